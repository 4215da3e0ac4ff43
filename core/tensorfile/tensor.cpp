// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/base/hash.h"

namespace f8net {

static_assert(std::endian::native == std::endian::little, "tensor files are little endian and read in place");

namespace {

float half_to_float(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 31u;
    const uint32_t fraction = half & 1023u;
    if (exponent == 0) {  // zero or subnormal: fraction * 2^-24 is exact in float32
        const float value = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -value : value;
    }
    const uint32_t bits = exponent == 31 ? 0x7f800000u | fraction << 13 : (exponent + 112u) << 23 | fraction << 13;
    return std::bit_cast<float>(sign | bits);
}

/// The upper half of a float32.
struct BFloat16 {
    uint16_t bits;
    explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};
struct Half {
    uint16_t bits;
    explicit operator float() const { return half_to_float(bits); }
};

/// Calls body(pointer to the elements as their C++ type).
template <typename Body>
void with_elements(const HostTensor& tensor, Body body) {
    const std::byte* data = tensor.bytes.data();
    switch (tensor.dtype) {
        case DType::kF64:
            return body(reinterpret_cast<const double*>(data));
        case DType::kF32:
            return body(reinterpret_cast<const float*>(data));
        case DType::kF16:
            return body(reinterpret_cast<const Half*>(data));
        case DType::kBF16:
            return body(reinterpret_cast<const BFloat16*>(data));
        case DType::kI64:
            return body(reinterpret_cast<const int64_t*>(data));
        case DType::kI32:
            return body(reinterpret_cast<const int32_t*>(data));
        case DType::kI16:
            return body(reinterpret_cast<const int16_t*>(data));
        case DType::kI8:
            return body(reinterpret_cast<const int8_t*>(data));
        case DType::kU8:
        case DType::kBool:
            return body(reinterpret_cast<const uint8_t*>(data));
    }
}

template <typename To>
std::vector<To> convert(const HostTensor& tensor) {
    std::vector<To> values(static_cast<size_t>(tensor.num_elements()));
    with_elements(tensor, [&](const auto* elements) {
        using From = std::remove_cvref_t<decltype(*elements)>;
        for (size_t i = 0; i < values.size(); ++i) {
            if constexpr (std::is_class_v<From>)
                values[i] = static_cast<To>(static_cast<float>(elements[i]));
            else
                values[i] = static_cast<To>(elements[i]);
        }
    });
    return values;
}

void hash_into(Hasher& hasher, const HostTensor& tensor) {
    hasher.update(tensor.description());
    hasher.update(tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace

size_t dtype_size(DType dtype) {
    switch (dtype) {
        case DType::kF64:
        case DType::kI64:
            return 8;
        case DType::kF32:
        case DType::kI32:
            return 4;
        case DType::kF16:
        case DType::kBF16:
        case DType::kI16:
            return 2;
        case DType::kI8:
        case DType::kU8:
        case DType::kBool:
            return 1;
    }
    return 1;
}

std::string_view dtype_name(DType dtype) {
    switch (dtype) {
        case DType::kF64:
            return "F64";
        case DType::kF32:
            return "F32";
        case DType::kF16:
            return "F16";
        case DType::kBF16:
            return "BF16";
        case DType::kI64:
            return "I64";
        case DType::kI32:
            return "I32";
        case DType::kI16:
            return "I16";
        case DType::kI8:
            return "I8";
        case DType::kU8:
            return "U8";
        case DType::kBool:
            return "BOOL";
    }
    return "?";
}

int64_t count_elements(const std::vector<int64_t>& shape, const std::string& what) {
    constexpr int64_t kLimit = int64_t{1} << 58;  // also times 8 bytes stays an int64
    int64_t count = 1;
    for (const int64_t size : shape) {
        if (size < 0) throw DataError(what + ": dimension " + std::to_string(size) + " is negative");
        if (size != 0 && count > kLimit / size) throw DataError(what + ": the shape has too many elements");
        count *= size;
    }
    return count;
}

HostTensor::HostTensor(DType element_type, std::vector<int64_t> dimensions)
    : dtype(element_type), shape(std::move(dimensions)) {
    bytes.resize(static_cast<size_t>(count_elements(shape, "tensor")) * dtype_size(dtype));
}

int64_t HostTensor::num_elements() const {
    return static_cast<int64_t>(bytes.size() / dtype_size(dtype));
}

std::string HostTensor::description() const {
    std::string text(dtype_name(dtype));
    text += " [";
    for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

void HostTensor::check_type(DType asked) const {
    if (dtype == asked || (asked == DType::kU8 && dtype == DType::kBool)) return;
    throw DataError("tensor is " + description() + ", expected " + std::string(dtype_name(asked)));
}

void HostTensor::assign(const void* values, size_t count) {
    if (static_cast<int64_t>(count) != num_elements())
        throw DataError("tensor " + description() + " got " + std::to_string(count) + " values");
    if (count > 0) std::memcpy(bytes.data(), values, bytes.size());
}

std::vector<float> HostTensor::to_float() const {
    return convert<float>(*this);
}
std::vector<double> HostTensor::to_double() const {
    return convert<double>(*this);
}

std::vector<int64_t> HostTensor::to_int64() const {
    if (dtype != DType::kF64 && dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16)
        return convert<int64_t>(*this);
    std::vector<int64_t> values;
    for (const double value : to_double()) {
        if (!(std::abs(value) < 0x1p63) || value != std::trunc(value))
            throw DataError("tensor " + description() + " holds " + std::to_string(value) + ", expected integers");
        values.push_back(static_cast<int64_t>(value));
    }
    return values;
}

double HostTensor::item() const {
    if (num_elements() != 1) throw DataError("tensor is " + description() + ", expected one element");
    return to_double().front();
}

const HostTensor& TensorMap::at(const std::string& name) const {
    const auto found = tensors.find(name);
    if (found != tensors.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, tensor] : tensors) names.push_back(known);
    const std::string near = nearest_name(name, names);
    throw DataError((source.empty() ? "" : source + ": ") + "no tensor '" + name + "'" +
                    (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

const HostTensor& TensorMap::checked(const std::string& name, DType asked) const {
    const HostTensor& tensor = at(name);
    if (tensor.dtype == asked || (asked == DType::kU8 && tensor.dtype == DType::kBool)) return tensor;
    throw DataError((source.empty() ? "" : source + ": ") + "tensor '" + name + "' is " + tensor.description() +
                    ", expected " + std::string(dtype_name(asked)));
}

size_t TensorMap::element_count(const std::string& name) const {
    return static_cast<size_t>(tensors.at(name).num_elements());
}

std::string tensor_hash(const HostTensor& tensor) {
    Hasher hasher;
    hash_into(hasher, tensor);
    return hasher.hex();
}

std::string state_hash(const TensorMap& map) {
    Hasher hasher;
    for (const auto& [name, tensor] : map.tensors) {
        hasher.update(std::to_string(name.size()) + ":" + name);
        hash_into(hasher, tensor);
    }
    return hasher.hex();
}

}  // namespace f8net
