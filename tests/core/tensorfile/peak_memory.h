// SPDX-License-Identifier: Apache-2.0
/// How much memory a piece of code holds at most, through operator new (replaced in this program).
#pragma once

#include <cstdint>

namespace f8net::testing {

class PeakMemory {
public:
    PeakMemory();
    /// Bytes above what was held at construction, at most since then.
    int64_t bytes() const;

private:
    int64_t before_;
};

}  // namespace f8net::testing
