// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/chosen_lengths.h"

#include <cmath>

#include "core/base/error.h"
#include "core/quantization/device_lengths.h"

namespace f8net {

const FractionalLengths& ChosenLengths::read() const {
    if (known_.empty() && choice_.defined()) {
        const LengthChoice choice = device::read(choice_);
        if (!std::isfinite(choice.value))
            throw NumericError(tensor_ + ": holds a value that is not finite, so no format fits it");
        known_ = {choice.length};
    }
    return known_;
}

}  // namespace f8net
