// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/vector_tensor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/deploy/memory_image.h"
#include "core/deploy/npy.h"

namespace f8net {
namespace {

constexpr size_t kPart = size_t{1} << 16;  // elements; what is on its way at a time

/// A file that grows at its end. Opened for each part: a network has more tensors than a process may have open files.
class OpenFile {
public:
    explicit OpenFile(const std::string& path) : path_(path) {
        descriptor_ = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
        if (descriptor_ < 0) throw IoError("create", path, errno);
    }
    ~OpenFile() {
        // Goes to the disk while the next one is made; the folder waits for all of them at its end.
        ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
        ::close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    void write(const void* data, size_t size_bytes) {
        const auto* at = static_cast<const char*>(data);
        while (size_bytes > 0) {
            const ssize_t written = ::write(descriptor_, at, size_bytes);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw IoError("write", path_, errno);
            at += written;
            size_bytes -= static_cast<size_t>(written);
        }
    }

private:
    const std::string& path_;
    int descriptor_ = -1;
};

}  // namespace

std::string to_string(VectorFile kind) {
    switch (kind) {
        case VectorFile::kSafetensors:
            return "safetensors";
        case VectorFile::kNpy:
            return "npy";
        case VectorFile::kHex:
            return "hex";
        case VectorFile::kMem:
            return "mem";
    }
    return {};
}

VectorTensor::VectorTensor(AtomicFolder& folder, std::string name, DType type, std::vector<int64_t> shape,
                           const std::vector<VectorFile>& kinds)
    : name_(std::move(name)), type_(type), shape_(std::move(shape)) {
    expected_ = count_elements(shape_, name_);
    for (const VectorFile kind : kinds) {
        if (kind == VectorFile::kSafetensors) {
            safetensors_name_ = name_;
            continue;
        }
        File& file = files_.emplace_back();
        file.kind = kind;
        file.path = name_ + "." + to_string(kind);
        file.place = folder.file(file.path);
        if (kind == VectorFile::kNpy) {
            const std::string header = npy_header(type_, shape_);
            write(file, header.data(), header.size());
        } else if (kind == VectorFile::kMem) {
            std::string header = "// " + name_ + ": " + std::to_string(expected_) + " words of " +
                                 std::to_string(8 * dtype_size(type_)) + " bits\n@00000000\n";
            write(file, header.data(), header.size());
        }
    }
}

void VectorTensor::append(std::span<const int8_t> values) {
    append_elements(values.data(), values.size());
}

void VectorTensor::append(std::span<const int32_t> values) {
    if (type_ == DType::kI32) return append_elements(values.data(), values.size());
    std::vector<uint8_t> narrow(values.size());  // the same bits, signed or not
    std::transform(values.begin(), values.end(), narrow.begin(), [](int32_t v) { return static_cast<uint8_t>(v); });
    append_elements(narrow.data(), narrow.size());
}

void VectorTensor::append_elements(const void* data, size_t count) {
    const size_t width = dtype_size(type_);
    if (written_ + static_cast<int64_t>(count) > expected_) {
        throw DataError("golden vectors: " + name_ + " gets more than its " + std::to_string(expected_) + " elements");
    }
    if (safetensors_ != nullptr && safetensors_name_ == name_) {
        safetensors_->put(name_, written_ * static_cast<int64_t>(width), data, count * width);
    }
    written_ += static_cast<int64_t>(count);
    std::string text;
    for (File& file : files_) {
        OpenFile open(file.place);
        for (size_t first = 0; first < count; first += kPart) {
            const size_t part = std::min(kPart, count - first);
            const auto* at = static_cast<const std::byte*>(data) + first * width;
            const void* bytes = at;
            size_t size_bytes = part * width;
            if (file.kind != VectorFile::kNpy) {
                text.clear();
                if (width == 1) {
                    append_memory_words(text, {reinterpret_cast<const uint8_t*>(at), part});
                } else {
                    append_memory_words(text, {reinterpret_cast<const uint32_t*>(at), part});
                }
                bytes = text.data();
                size_bytes = text.size();
            }
            open.write(bytes, size_bytes);
            file.hash.update(bytes, size_bytes);
            file.size_bytes += static_cast<int64_t>(size_bytes);
        }
    }
}

void VectorTensor::write(File& file, const void* data, size_t size_bytes) {
    OpenFile(file.place).write(data, size_bytes);
    file.hash.update(data, size_bytes);
    file.size_bytes += static_cast<int64_t>(size_bytes);
}

nlohmann::ordered_json VectorTensor::description() const {
    if (written_ != expected_) {
        throw DataError("golden vectors: " + name_ + " has " + std::to_string(written_) + " elements, expected " +
                        std::to_string(expected_));
    }
    const char* type = type_ == DType::kU8 ? "uint8" : type_ == DType::kI8 ? "int8" : "int32";
    nlohmann::ordered_json files = nlohmann::ordered_json::object();
    for (const File& file : files_) {
        files[to_string(file.kind)] = {{"path", file.path}, {"bytes", file.size_bytes}, {"xxh3_128", file.hash.hex()}};
    }
    nlohmann::ordered_json value = {
        {"type", type}, {"shape", shape_}, {"word_bits", 8 * dtype_size(type_)}, {"files", files}};
    if (!safetensors_name_.empty()) value["safetensors"] = safetensors_name_;
    return value;
}

}  // namespace f8net
