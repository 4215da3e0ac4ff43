// SPDX-License-Identifier: Apache-2.0
/// How an export or import, which may take minutes, is followed and stopped.
#pragma once

#include <functional>

#include "core/base/stop_token.h"

namespace f8net {

struct Work {
    const StopToken* stop = nullptr;       ///< asked now and then; nullptr: nobody stops it
    std::function<void(double)> progress;  ///< completed share, 0 to 1; may be empty

    /// Error with ExitCode::kStopped once somebody asked to stop: whoever works lets go of what it made.
    void need_going_on() const;
    void report(double share) const {
        if (progress) progress(share);
    }
};

}  // namespace f8net
