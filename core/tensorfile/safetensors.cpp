// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/safetensors.h"

#include <algorithm>
#include <cstring>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/tensorfile/file_source.h"
#include "core/tensorfile/safetensors_header.h"

namespace f8net {

namespace {

const std::string kHashPrefix = "f8net.hash.";
const std::string kMetadataHash = "f8net.hash";

SafetensorsHeader read_header(ByteSource& source) {
    const std::string& name = source.name();
    if (source.size() < 8)
        throw DataError(name + ": " + std::to_string(source.size()) + " bytes are too few for a safetensors file");
    unsigned char field[8];
    source.read(0, field, 8);
    uint64_t length = 0;
    for (size_t i = 0; i < 8; ++i) length |= static_cast<uint64_t>(field[i]) << (8 * i);
    if (length > kSafetensorsHeaderLimit || static_cast<int64_t>(length) > source.size() - 8)
        throw DataError(name + ": header of " + std::to_string(length) + " bytes does not fit the file's " +
                        std::to_string(source.size()) + " bytes: not a safetensors file, or truncated");
    std::string text(length, '\0');
    source.read(8, text.data(), text.size());
    return parse_safetensors_header(text, source.size() - 8 - static_cast<int64_t>(length), name);
}

std::string metadata_hash(const std::map<std::string, std::string>& metadata) {
    Hasher hasher;
    for (const auto& [key, value] : metadata) {
        if (key == kMetadataHash) continue;
        hasher.update(std::to_string(key.size()) + ":" + key + std::to_string(value.size()) + ":" + value);
    }
    return hasher.hex();
}

/// The hash entries are all there or none is; they are checked and taken out.
void check_hashes(TensorMap& map) {
    const auto is_hash = [](const auto& entry) {
        return entry.first == kMetadataHash || entry.first.starts_with(kHashPrefix);
    };
    if (std::none_of(map.metadata.begin(), map.metadata.end(), is_hash)) return;
    for (const auto& [name, tensor] : map.tensors) {
        const auto entry = map.metadata.find(kHashPrefix + name);
        if (entry == map.metadata.end())
            throw DataError(map.source + ": tensor '" + name + "' has no hash beside it: the file is damaged");
        if (entry->second != tensor_hash(tensor))
            throw DataError(map.source + ": tensor '" + name + "' does not match its hash: the file is damaged");
    }
    const auto entry = map.metadata.find(kMetadataHash);
    if (entry == map.metadata.end() || entry->second != metadata_hash(map.metadata))
        throw DataError(map.source + ": the metadata do not match their hash: the file is damaged");
    std::erase_if(map.metadata, is_hash);
}

TensorMap read_all(ByteSource& source) {
    SafetensorsHeader header = read_header(source);
    TensorMap map;
    map.source = source.name();
    map.metadata = std::move(header.metadata);
    for (TensorInfo& info : header.tensors) {
        HostTensor tensor(info.dtype, std::move(info.shape));
        source.read(info.offset_bytes, tensor.bytes.data(), tensor.bytes.size());
        map.tensors.emplace(std::move(info.name), std::move(tensor));
    }
    check_hashes(map);
    return map;
}

}  // namespace

SafetensorsHeader read_safetensors_header(const std::string& path) {
    FileSource source(path);
    return read_header(source);
}

TensorMap read_safetensors(const std::string& path) {
    FileSource source(path);
    return read_all(source);
}

TensorMap parse_safetensors(const void* data, size_t size_bytes, const std::string& name) {
    MemorySource source(data, size_bytes, name);
    return read_all(source);
}

void write_safetensors(const std::string& path, const TensorMap& map) {
    std::map<std::string, std::string> metadata = map.metadata;
    for (const auto& [key, value] : metadata) {
        if (key.starts_with(kMetadataHash))
            throw DataError(path + ": metadata key '" + key + "' begins with 'f8net.hash', which is reserved");
    }
    std::vector<TensorInfo> infos;
    for (const auto& [name, tensor] : map.tensors) {
        const int64_t elements = count_elements(tensor.shape, "tensor '" + name + "'");
        if (static_cast<int64_t>(tensor.bytes.size()) != elements * static_cast<int64_t>(dtype_size(tensor.dtype)))
            throw DataError(path + ": tensor '" + name + "' has " + std::to_string(tensor.bytes.size()) +
                            " bytes, which does not fit " + tensor.description());
        infos.push_back({name, tensor.dtype, tensor.shape});
        metadata[kHashPrefix + name] = tensor_hash(tensor);
    }
    metadata[kMetadataHash] = metadata_hash(metadata);
    // Wide elements first, so that every tensor lies at a multiple of its element's size.
    std::stable_sort(infos.begin(), infos.end(), [](const TensorInfo& a, const TensorInfo& b) {
        return dtype_size(a.dtype) > dtype_size(b.dtype);
    });
    const std::string header = format_safetensors_header(infos, metadata);
    AtomicFile file(path);
    file.write(header);
    for (const TensorInfo& info : infos) {
        const HostTensor& tensor = map.tensors.at(info.name);
        file.write(tensor.bytes.data(), tensor.bytes.size());
    }
    file.commit();
}

struct SafetensorsStream::State {
    explicit State(const std::string& file_path) : path(file_path), file(file_path) {}
    std::string path;
    AtomicFile file;
    int64_t left_bytes = 0;
};

SafetensorsStream::SafetensorsStream(const std::string& path, const std::vector<TensorInfo>& tensors,
                                     const std::map<std::string, std::string>& metadata) {
    for (const auto& [key, value] : metadata) {
        if (key.starts_with(kMetadataHash))
            throw DataError(path + ": metadata key '" + key + "' begins with 'f8net.hash', which is reserved");
    }
    std::vector<TensorInfo> infos = tensors;
    const std::string header = format_safetensors_header(infos, metadata);
    state_ = std::make_unique<State>(path);
    for (const TensorInfo& info : infos) state_->left_bytes += info.size_bytes;
    state_->file.write(header);
}

SafetensorsStream::~SafetensorsStream() = default;

void SafetensorsStream::append(const void* data, size_t size_bytes) {
    if (static_cast<int64_t>(size_bytes) > state_->left_bytes)
        throw DataError(state_->path + ": more bytes than the declared tensors hold");
    state_->file.write(data, size_bytes);
    state_->left_bytes -= static_cast<int64_t>(size_bytes);
}

void SafetensorsStream::commit() {
    if (state_->left_bytes != 0)
        throw DataError(state_->path + ": " + std::to_string(state_->left_bytes) + " declared bytes were not written");
    state_->file.commit();
}

}  // namespace f8net
