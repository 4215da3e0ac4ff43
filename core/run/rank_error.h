// SPDX-License-Identifier: Apache-2.0
/// What can go wrong between the processes (ranks) of one run. Both say which rank, and the way on.
#pragma once

#include "core/base/error.h"

namespace f8net {

/// Another rank is gone or silent, or never came, and nobody knows why. Exit code 74. The run is as if it had crashed.
class RankLostError final : public Error {
public:
    explicit RankLostError(const std::string& message) : Error(ExitCode::kIo, message) {}
    ~RankLostError() override;
};

/// Another rank ended with an error and told it before it went. Its exit code.
class RankFailedError final : public Error {
public:
    RankFailedError(int rank, ExitCode code, const std::string& message)
        : Error(code, "rank " + std::to_string(rank) + ": " + message) {}
    ~RankFailedError() override;
};

}  // namespace f8net
