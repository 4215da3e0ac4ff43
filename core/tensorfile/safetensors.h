// SPDX-License-Identifier: Apache-2.0
/// safetensors files in and out: 8 bytes header length, a JSON header, the tensors' bytes.
/// Writing adds a hash per tensor to the metadata (`f8net.hash.<tensor>`, and `f8net.hash` over the other entries);
/// where one of them is there, reading demands and checks all of them, so that one changed byte anywhere in the file is
/// an error that names the tensor. Files of others, without hashes, load too.
///
/// Errors   DataError with file, tensor and place for anything wrong in the file; IoError where the system fails.
/// Threads  free functions, reentrant.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

/// One entry of a header.
struct TensorInfo {
    std::string name;
    DType dtype = DType::kF32;
    std::vector<int64_t> shape;
    int64_t offset_bytes = 0;  ///< from the start of the file
    int64_t size_bytes = 0;
};

struct SafetensorsHeader {
    std::vector<TensorInfo> tensors;              ///< in file order
    std::map<std::string, std::string> metadata;  ///< with the hash entries
};

/// Only the header, checked against the file's size: cheap for files of any size.
SafetensorsHeader read_safetensors_header(const std::string& path);

/// The whole file, hashes checked and taken out of the metadata again.
TensorMap read_safetensors(const std::string& path);
/// The same from memory; `name` stands for the path in messages.
TensorMap parse_safetensors(const void* data, size_t size_bytes, const std::string& name);

/// Atomically replaces `path`, tensor by tensor (no second copy of the data in memory).
/// DataError where a metadata key of the caller begins with "f8net.hash" (reserved) or a tensor's bytes do not fit its
/// shape.
void write_safetensors(const std::string& path, const TensorMap& map);

/// Writes a file larger than memory: all tensors are declared first, then their bytes follow in declared order, in
/// parts of any size. Without hashes (they would have to be known before the data).
class SafetensorsStream {
public:
    /// Only name, dtype and shape of each entry are used.
    SafetensorsStream(const std::string& path, const std::vector<TensorInfo>& tensors,
                      const std::map<std::string, std::string>& metadata = {});
    ~SafetensorsStream();
    SafetensorsStream(const SafetensorsStream&) = delete;
    SafetensorsStream& operator=(const SafetensorsStream&) = delete;

    void append(const void* data, size_t size_bytes);
    /// DataError where bytes are missing; without commit() nothing becomes visible.
    void commit();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace f8net
