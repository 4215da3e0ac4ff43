// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/trace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "core/base/error.h"
#include "core/tensorfile/safetensors_header.h"

namespace f8net {

namespace {

struct Declaration {
    TensorInfo info;
    Shape shape;
};

/// One image from H W C to C H W.
template <typename T>
void append_channels_first(std::vector<T>& to, const int32_t* image, const Shape& shape) {
    const int64_t plane = shape.height * shape.width;
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int64_t at = 0; at < plane; ++at) to.push_back(static_cast<T>(image[at * shape.channels + c]));
    }
}

std::vector<Declaration> declare(const IntegerNetwork& network, int64_t images) {
    std::vector<Declaration> declarations;
    const auto add = [&](const std::string& name, DType type, const Shape& shape) {
        declarations.push_back({{name, type, {images, shape.channels, shape.height, shape.width}, 0, 0}, shape});
    };
    for (const IntegerNode& node : network.nodes) {
        if (node.kind == NodeKind::kInput || node.kind == NodeKind::kRelu) continue;
        if (node.has_weights()) {
            const Shape& input = network.nodes[static_cast<size_t>(node.inputs.at(0))].output;
            add("code/" + node.name, node.input_format.is_signed ? DType::kI8 : DType::kU8, input);
        }
        add("acc/" + node.name, DType::kI32, node.output);
    }
    return declarations;
}

}  // namespace

TraceFile::TraceFile(const std::string& path, const IntegerNetwork& network, int64_t images,
                     const std::map<std::string, std::string>& metadata)
    : path_(path), temporary_(path + ".tmp-" + std::to_string(::getpid())) {
    const std::vector<Declaration> declarations = declare(network, images);
    std::vector<TensorInfo> infos;
    for (const Declaration& declaration : declarations) infos.push_back(declaration.info);
    infos.push_back({"labels", DType::kI64, {images}, 0, 0});
    const std::string header = format_safetensors_header(infos, metadata);
    for (size_t i = 0; i < infos.size(); ++i) {
        Place place;
        place.offset = infos[i].offset_bytes;
        place.bytes_per_element = static_cast<int64_t>(dtype_size(infos[i].dtype));
        if (i < declarations.size()) place.shape = declarations[i].shape;
        places_.emplace(infos[i].name, place);
    }
    descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw IoError("write", temporary_, errno);
    try {
        put(header.data(), header.size(), 0);
        const int64_t end = infos.back().offset_bytes + infos.back().size_bytes;
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

TraceFile::~TraceFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
}

void TraceFile::put(const void* data, size_t size_bytes, int64_t offset) {
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

void TraceFile::write(const RecordedTrace& trace, int64_t first_image, int64_t count) {
    for (const RecordedTensor& tensor : trace.tensors()) {
        const std::string name = to_string(tensor.tensor) + "/" + tensor.layer;
        const auto found = places_.find(name);
        if (found == places_.end()) throw DataError("trace has " + name + ", which the network has not");
        const Place& place = found->second;
        if (place.shape != tensor.shape) throw DataError("trace has " + name + " in another shape than the network");
        const int64_t size = tensor.shape.size();
        const int64_t offset = place.offset + first_image * size * place.bytes_per_element;
        std::vector<int32_t> wide;
        std::vector<uint8_t> narrow;  // also of signed codes: the same bits
        for (int64_t image = 0; image < count; ++image) {
            const int32_t* values = tensor.values.data() + image * size;
            if (place.bytes_per_element == 1) {
                append_channels_first(narrow, values, tensor.shape);
            } else {
                append_channels_first(wide, values, tensor.shape);
            }
        }
        put(narrow.data(), narrow.size(), offset);
        put(wide.data(), wide.size() * sizeof(int32_t), offset);
    }
}

void TraceFile::write_labels(const std::vector<int64_t>& labels, int64_t first_image) {
    const auto offset = places_.at("labels").offset + first_image * static_cast<int64_t>(sizeof(int64_t));
    put(labels.data(), labels.size() * sizeof(int64_t), offset);
}

void TraceFile::commit() {
    if (::fsync(descriptor_) != 0) throw IoError("write", path_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) throw IoError("write", path_, errno);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) throw IoError("write", path_, errno);
}

}  // namespace f8net
