// SPDX-License-Identifier: Apache-2.0
/// Writes a safetensors file whose tensors are filled in any order and in parts, so that it may be larger than memory:
/// all are declared first, their places in the file reserved. Without hashes (they would have to be known before).
/// Errors   IoError (disk full: path and free bytes).   Threads  one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/tensorfile/safetensors.h"

namespace f8net {

class SafetensorsSlots {
public:
    /// Only name, dtype and shape of each entry are used.
    SafetensorsSlots(const std::string& path, std::vector<TensorInfo> tensors,
                     const std::map<std::string, std::string>& metadata = {});
    ~SafetensorsSlots();  ///< without commit() nothing is left behind
    SafetensorsSlots(const SafetensorsSlots&) = delete;
    SafetensorsSlots& operator=(const SafetensorsSlots&) = delete;

    bool contains(const std::string& name) const { return slots_.contains(name); }
    /// Bytes from `offset_bytes` of the tensor on; DataError where they do not fit into it.
    void put(const std::string& name, int64_t offset_bytes, const void* data, size_t size_bytes);
    /// Atomically replaces the file at `path`. What nobody has put is zero.
    void commit();

private:
    void write_at(int64_t offset, const void* data, size_t size_bytes);

    std::string path_, temporary_;
    int descriptor_ = -1;
    std::map<std::string, TensorInfo> slots_;
};

}  // namespace f8net
