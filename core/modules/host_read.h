// SPDX-License-Identifier: Apache-2.0
/// While it lives the host takes values from the device, which it has to wait for: such reads are counted by who
/// measures a step (core/training/step_recorder.h).   Threads  one.
#pragma once

#include <ATen/record_function.h>

namespace f8net {

class HostRead {
public:
    static constexpr const char* kName = "f8net::host_read";
    HostRead() : guard_(at::RecordScope::FUNCTION) {
        if (guard_.isActive()) guard_.before(kName, c10::ArrayRef<const c10::IValue>{});
    }

private:
    at::RecordFunction guard_;
};

}  // namespace f8net
