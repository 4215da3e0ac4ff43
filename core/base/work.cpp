// SPDX-License-Identifier: Apache-2.0
#include "core/base/work.h"

#include "core/base/error.h"

namespace f8net {

void Work::need_going_on() const {
    if (stop != nullptr && stop->stop_requested()) throw Error(ExitCode::kStopped, "stopped; nothing was changed");
}

}  // namespace f8net
