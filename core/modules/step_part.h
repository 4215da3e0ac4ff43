// SPDX-License-Identifier: Apache-2.0
/// Says which part of a training step is at work, for who measures one (core/training/step_recorder.h). Costs nothing
/// where nobody does.   Threads  one: the part ends where the object does.
#pragma once

#include <ATen/record_function.h>

namespace f8net {

class StepPart {
public:
    /// `name` must outlive the recording: a literal.
    explicit StepPart(const char* name) : guard_(at::RecordScope::USER_SCOPE) {
        if (guard_.isActive()) guard_.before(name, c10::ArrayRef<const c10::IValue>{});
    }

private:
    at::RecordFunction guard_;
};

}  // namespace f8net
