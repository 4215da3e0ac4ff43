// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/tensor_view.h"

#include <cstring>

#include "core/base/error.h"

namespace f8net {

int64_t TensorView::elements() const {
    return count_elements(shape, "tensor");
}

void TensorView::check(const std::string& what) const {
    if (strides.size() != shape.size()) throw DataError(what + ": sizes and strides differ in number");
    const int64_t count = count_elements(shape, what);
    bool fits = offset >= 0 && offset <= storage_elements;
    int64_t last = offset;
    for (size_t d = 0; d < shape.size() && fits && count > 0; ++d) {
        if (shape[d] == 1) continue;
        fits = strides[d] >= 0 && (strides[d] == 0 || shape[d] - 1 <= storage_elements / strides[d]);
        if (fits) last += (shape[d] - 1) * strides[d];
        fits = fits && last < storage_elements;
    }
    if (!fits || (count > 0 && last >= storage_elements))
        throw DataError(what + ": reaches outside its storage of " + std::to_string(storage_elements) + " elements");
}

bool TensorView::is_whole_storage() const {
    int64_t stride = 1;
    for (size_t d = shape.size(); d > 0; --d) {
        if (shape[d - 1] != 1 && strides[d - 1] != stride) return false;
        stride *= shape[d - 1];
    }
    return offset == 0 && stride == storage_elements;
}

HostTensor TensorView::copy_from(const std::vector<std::byte>& storage) const {
    HostTensor result(dtype, shape);
    if (result.bytes.empty()) return result;
    const auto size = static_cast<int64_t>(dtype_size(dtype));
    const std::byte* from = storage.data() + offset * size;
    std::byte* to = result.bytes.data();
    std::vector<int64_t> place(shape.size(), 0);
    while (true) {
        std::memcpy(to, from, static_cast<size_t>(size));
        to += size;
        size_t d = shape.size();
        for (; d > 0; --d) {
            if (++place[d - 1] < shape[d - 1]) {
                from += strides[d - 1] * size;
                break;
            }
            from -= (shape[d - 1] - 1) * strides[d - 1] * size;
            place[d - 1] = 0;
        }
        if (d == 0) return result;
    }
}

}  // namespace f8net
