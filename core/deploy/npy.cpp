// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/npy.h"

#include "core/base/error.h"

namespace f8net {
namespace {

const char* descriptor_of(DType type) {
    switch (type) {
        case DType::kF64:
            return "<f8";
        case DType::kF32:
            return "<f4";
        case DType::kF16:
            return "<f2";
        case DType::kI64:
            return "<i8";
        case DType::kI32:
            return "<i4";
        case DType::kI16:
            return "<i2";
        case DType::kI8:
            return "|i1";
        case DType::kU8:
            return "|u1";
        case DType::kBool:
            return "|b1";
        case DType::kBF16:
            break;
    }
    throw DataError("NumPy has no type " + std::string(dtype_name(type)));
}

}  // namespace

std::string npy_header(DType type, const std::vector<int64_t>& shape) {
    std::string description =
        std::string("{'descr': '") + descriptor_of(type) + "', 'fortran_order': False, 'shape': (";
    // A tuple of one element ends in a comma.
    for (size_t i = 0; i < shape.size(); ++i) {
        description += std::to_string(shape[i]) + (i + 1 == shape.size() && i > 0 ? "" : ",");
        if (i + 1 < shape.size()) description += ' ';
    }
    description += "), }";
    // Elements begin at a multiple of 64.
    constexpr size_t kAlignment = 64, kBefore = 10;
    const size_t total = (kBefore + description.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
    description.resize(total - kBefore - 1, ' ');
    description += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(description.size() & 0xFF);
    header += static_cast<char>(description.size() >> 8);
    return header + description;
}

}  // namespace f8net
