// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/memory_budget.h"

#include <algorithm>

#include "core/base/error.h"

namespace f8net {

MemoryBudget::MemoryBudget(int64_t file_size_bytes, std::string file_name)
    : left_(kBesides + kTimesFileSize * std::min(file_size_bytes, int64_t{1} << 58)),
      size_(file_size_bytes),
      name_(std::move(file_name)) {}

void MemoryBudget::refuse(const std::string& what) const {
    throw DataError(name_ + ": " + what + ": more data than a file of " + std::to_string(size_) +
                    " bytes honestly holds (at most " + std::to_string(kTimesFileSize) + " times its size and " +
                    std::to_string(kBesides >> 20) + " MiB are taken)");
}

}  // namespace f8net
