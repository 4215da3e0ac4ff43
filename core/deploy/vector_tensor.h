// SPDX-License-Identifier: Apache-2.0
/// One tensor of golden vectors, in every kind of file that is wanted: written in parts, images after images, so that
/// memory does not grow with their number.
/// Layout   row-major in all of them: word i of a memory image is element i of the .npy file and of the safetensors.
/// Errors   IoError; DataError where fewer or more elements come than the shape holds.   Threads  one at a time.
#pragma once

#include <cstdint>
#include <list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/base/atomic_folder.h"
#include "core/base/hash.h"
#include "core/tensorfile/safetensors_slots.h"

namespace f8net {

enum class VectorFile {
    kSafetensors,  ///< all tensors in one file
    kNpy,          ///< NumPy
    kHex,          ///< $readmemh: a word a line and nothing else
    kMem,          ///< the same behind an address and a comment, as Xilinx's tools take it
};
std::string to_string(VectorFile kind);  ///< "safetensors", "npy", "hex", "mem"

class VectorTensor {
public:
    /// `name` is "LAYER/input": of the files, and in safetensors. Elements: int8, uint8 or int32.
    VectorTensor(AtomicFolder& folder, std::string name, DType type, std::vector<int64_t> shape,
                 const std::vector<VectorFile>& kinds);

    const std::string& name() const { return name_; }
    TensorInfo info() const { return {name_, type_, shape_, 0, 0}; }
    /// From now on elements go there, too, under this tensor's name.
    void use(SafetensorsSlots& safetensors) { safetensors_ = &safetensors; }
    /// In place of an own one in the safetensors: the tensor that holds the same.
    void refer_to(const std::string& name) { safetensors_name_ = name; }

    void append(std::span<const int8_t> values);
    /// Narrowed to the tensor's type; they are in its range.
    void append(std::span<const int32_t> values);

    /// {type, shape, word_bits, files:{npy:{path, bytes, xxh3_128}, ...}, safetensors}.   DataError where elements
    /// miss.
    nlohmann::ordered_json description() const;

private:
    struct File {
        VectorFile kind;
        std::string path, place;  ///< in the folder; where it is written
        Hasher hash;
        int64_t size_bytes = 0;
    };
    void append_elements(const void* data, size_t count);
    void write(File& file, const void* data, size_t size_bytes);

    std::string name_, safetensors_name_;
    DType type_;
    std::vector<int64_t> shape_;
    int64_t expected_ = 0, written_ = 0;  ///< elements
    std::list<File> files_;               ///< a Hasher stays where it is
    SafetensorsSlots* safetensors_ = nullptr;
};

}  // namespace f8net
