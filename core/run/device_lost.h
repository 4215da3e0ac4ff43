// SPDX-License-Identifier: Apache-2.0
/// A GPU that does not answer any more, or the connection between GPUs.
#pragma once

#include "core/base/error.h"

namespace f8net {

/// Nothing of this process can use the GPU again: it has to end. Exit code 71. The run is as if it had crashed, and
/// goes on from its last checkpoint in another process.
class DeviceLostError final : public Error {
public:
    explicit DeviceLostError(const std::string& message) : Error(ExitCode::kDevice, message) {}
    ~DeviceLostError() override;
};

}  // namespace f8net
