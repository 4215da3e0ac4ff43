// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/safetensors_slots.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "core/base/error.h"
#include "core/tensorfile/safetensors_header.h"

namespace f8net {

SafetensorsSlots::SafetensorsSlots(const std::string& path, std::vector<TensorInfo> tensors,
                                   const std::map<std::string, std::string>& metadata)
    : path_(path), temporary_(path + ".tmp-" + std::to_string(::getpid())) {
    const std::string header = format_safetensors_header(tensors, metadata);
    int64_t end = static_cast<int64_t>(header.size());
    for (const TensorInfo& tensor : tensors) {
        end = tensor.offset_bytes + tensor.size_bytes;
        slots_.emplace(tensor.name, tensor);
    }
    descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw IoError("write", temporary_, errno);
    try {
        write_at(0, header.data(), header.size());
        if (const int failure = ::posix_fallocate(descriptor_, 0, end); failure == ENOSPC) {
            throw IoError("write", path_, failure);
        } else if (failure != 0 && ::ftruncate(descriptor_, end) != 0) {
            throw IoError("write", path_, errno);
        }
    } catch (...) {
        ::close(descriptor_);
        ::unlink(temporary_.c_str());
        throw;
    }
}

SafetensorsSlots::~SafetensorsSlots() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
}

void SafetensorsSlots::put(const std::string& name, int64_t offset_bytes, const void* data, size_t size_bytes) {
    const auto slot = slots_.find(name);
    if (slot == slots_.end()) throw DataError(path_ + ": no tensor '" + name + "' was declared");
    if (offset_bytes < 0 || offset_bytes + static_cast<int64_t>(size_bytes) > slot->second.size_bytes) {
        throw DataError(path_ + ": " + std::to_string(size_bytes) + " bytes at " + std::to_string(offset_bytes) +
                        " do not fit into tensor '" + name + "' of " + std::to_string(slot->second.size_bytes));
    }
    write_at(slot->second.offset_bytes + offset_bytes, data, size_bytes);
}

void SafetensorsSlots::write_at(int64_t offset, const void* data, size_t size_bytes) {
    const auto* at = static_cast<const char*>(data);
    while (size_bytes > 0) {
        const ssize_t written = ::pwrite(descriptor_, at, size_bytes, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw IoError("write", path_, errno);
        at += written;
        offset += written;
        size_bytes -= static_cast<size_t>(written);
    }
}

void SafetensorsSlots::commit() {
    if (::fsync(descriptor_) != 0) throw IoError("write", path_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) throw IoError("write", path_, errno);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) throw IoError("write", path_, errno);
}

}  // namespace f8net
