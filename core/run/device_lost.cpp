// SPDX-License-Identifier: Apache-2.0
#include "core/run/device_lost.h"

namespace f8net {

// Out of line: one type information for the program and the module it opens.
DeviceLostError::~DeviceLostError() = default;

}  // namespace f8net
