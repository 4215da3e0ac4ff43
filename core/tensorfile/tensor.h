// SPDX-License-Identifier: Apache-2.0
/// Tensors as plain buffers: what checkpoints, golden files and integer networks are made of outside LibTorch.
/// Layout   row-major (last dimension fastest), contiguous, little endian.
/// Errors   DataError where a tensor is not what the caller asked for; the message names it where the name is known.
/// Threads  plain values: as std::vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace f8net {

enum class DType : uint8_t { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

size_t dtype_size(DType dtype);            ///< bytes of one element
std::string_view dtype_name(DType dtype);  ///< as in safetensors: "F32", "I8", "BOOL"

/// The DType of a C++ type. A bool tensor is read as uint8_t elements of 0 and 1; F16 and BF16 have no C++ type:
/// to_float().
template <typename T>
constexpr DType dtype_of() {
    if constexpr (std::is_same_v<T, double>)
        return DType::kF64;
    else if constexpr (std::is_same_v<T, float>)
        return DType::kF32;
    else if constexpr (std::is_same_v<T, int64_t>)
        return DType::kI64;
    else if constexpr (std::is_same_v<T, int32_t>)
        return DType::kI32;
    else if constexpr (std::is_same_v<T, int16_t>)
        return DType::kI16;
    else if constexpr (std::is_same_v<T, int8_t>)
        return DType::kI8;
    else {
        static_assert(std::is_same_v<T, uint8_t>, "no tensor element has this type");
        return DType::kU8;
    }
}

/// One tensor. shape {} is a scalar of one element; a dimension may be 0.
struct HostTensor {
    DType dtype = DType::kF32;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;

    HostTensor() = default;
    /// Zeros of that shape; DataError where a dimension is negative or the size overflows.
    HostTensor(DType element_type, std::vector<int64_t> dimensions);

    template <typename T>
    static HostTensor from(std::vector<int64_t> dimensions, std::span<const T> values) {
        HostTensor tensor(dtype_of<T>(), std::move(dimensions));
        tensor.assign(values.data(), values.size());
        return tensor;
    }
    template <typename T>
    static HostTensor from(std::vector<int64_t> dimensions, const std::vector<T>& values) {
        return from(std::move(dimensions), std::span<const T>(values));
    }
    template <typename T>
    static HostTensor scalar(T value) {
        return from({}, std::span<const T>(&value, 1));
    }

    int64_t num_elements() const;
    std::string description() const;  ///< "F32 [64, 3, 7, 7]"

    /// The elements in place; DataError where the type differs (uint8_t also reads bool).
    template <typename T>
    std::span<const T> as() const {
        check_type(dtype_of<T>());
        return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
    }
    template <typename T>
    std::span<T> as() {
        check_type(dtype_of<T>());
        return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
    }

    /// Converted copies, from any type. to_int64 raises DataError for a value that is no integer.
    std::vector<float> to_float() const;
    std::vector<double> to_double() const;
    std::vector<int64_t> to_int64() const;
    /// The only element of a tensor of one element; DataError for any other size.
    double item() const;

    bool operator==(const HostTensor&) const = default;

private:
    void check_type(DType asked) const;
    void assign(const void* values, size_t count);
};

/// Named tensors, in the order of their names, and the text entries beside them (a safetensors file as a value).
struct TensorMap {
    std::map<std::string, HostTensor> tensors;
    std::map<std::string, std::string> metadata;
    std::string source;  ///< where they came from, for messages: a file's path, or empty

    bool contains(const std::string& name) const { return tensors.contains(name); }
    /// DataError that names the tensor, the file and the nearest name there is.
    const HostTensor& at(const std::string& name) const;
    /// As at(), and the type is checked too, with both named in the message.
    template <typename T>
    std::span<const T> values(const std::string& name) const {
        return {reinterpret_cast<const T*>(checked(name, dtype_of<T>()).bytes.data()), element_count(name)};
    }
    void set(const std::string& name, HostTensor tensor) { tensors.insert_or_assign(name, std::move(tensor)); }

private:
    const HostTensor& checked(const std::string& name, DType asked) const;
    size_t element_count(const std::string& name) const;
};

/// XXH3 over one tensor's type, shape and bytes.
std::string tensor_hash(const HostTensor& tensor);
/// XXH3 over names, types, shapes and bytes of all tensors in the order of their names (metadata not): two runs ended
/// in the same state exactly if these are equal.
std::string state_hash(const TensorMap& map);

/// Number of elements of a shape; DataError (naming `what`) for a negative dimension or more than 2^62 elements.
int64_t count_elements(const std::vector<int64_t>& shape, const std::string& what);

}  // namespace f8net
