// SPDX-License-Identifier: Apache-2.0
/// A tensor as PyTorch stores it: sizes, strides and offset over a storage that others may use too.
/// Errors   DataError naming file and tensor.   Threads  reentrant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

struct TensorView {
    DType dtype = DType::kF32;
    int64_t offset = 0;  ///< in elements, as all that follow
    std::vector<int64_t> shape, strides;
    int64_t storage_elements = 0;

    int64_t elements() const;
    int64_t size_bytes() const { return elements() * static_cast<int64_t>(dtype_size(dtype)); }
    /// No element lies outside the storage; there may be more of them than it has (strides of 0). `what` names file
    /// and tensor.
    void check(const std::string& what) const;
    /// Its elements are the whole storage, in order.
    bool is_whole_storage() const;
    /// A copy of its elements in row-major order, out of the storage's bytes.
    HostTensor copy_from(const std::vector<std::byte>& storage) const;
};

}  // namespace f8net
