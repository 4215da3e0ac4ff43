// SPDX-License-Identifier: Apache-2.0
/// The running fractional length of a layer's input: how a batch moves it, what it stands for.
/// Formula  buffer <- mu * FL_batch + (1 - mu) * buffer, each operation rounded to T;
///          FL = clamp(round_half_even(buffer), 0, largest).
/// Source   method.md 2.3.   Threads  pure, host and device.
#pragma once

#include <cmath>

#include "core/fixedpoint/quantize.h"

namespace f8net {

/// added: mu as T, kept: 1 - mu as T.
template <typename T>
F8NET_HOST_DEVICE T averaged_length(T running, int batch_length, T added, T kept) {
    const T batch_part = added * static_cast<T>(batch_length), running_part = kept * running;
    return batch_part + running_part;
}

F8NET_HOST_DEVICE inline int rounded_length(double running, int largest) {
    const int nearest = static_cast<int>(std::nearbyint(running));
    return nearest < 0 ? 0 : nearest > largest ? largest : nearest;
}

}  // namespace f8net
