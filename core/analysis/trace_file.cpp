// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/trace_file.h"

#include "core/base/error.h"

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

std::vector<TensorInfo> infos_of(const IntegerNetwork& network, int64_t images) {
    std::vector<TensorInfo> infos;
    for (const Declaration& declaration : declare(network, images)) infos.push_back(declaration.info);
    infos.push_back({"labels", DType::kI64, {images}, 0, 0});
    return infos;
}

}  // namespace

TraceFile::TraceFile(const std::string& path, const IntegerNetwork& network, int64_t images,
                     const std::map<std::string, std::string>& metadata)
    : file_(path, infos_of(network, images), metadata) {
    for (const Declaration& declaration : declare(network, images)) {
        shapes_.emplace(declaration.info.name, declaration.shape);
        if (dtype_size(declaration.info.dtype) == 1) narrow_.insert(declaration.info.name);
    }
}

void TraceFile::write(const RecordedTrace& trace, int64_t first_image, int64_t count) {
    for (const RecordedTensor& tensor : trace.tensors()) {
        const std::string name = to_string(tensor.tensor) + "/" + tensor.layer;
        const auto found = shapes_.find(name);
        if (found == shapes_.end()) throw DataError("trace has " + name + ", which the network has not");
        if (found->second != tensor.shape) throw DataError("trace has " + name + " in another shape than the network");
        const int64_t size = tensor.shape.size();
        const auto put = [&](const auto& values) {
            const auto bytes = static_cast<int64_t>(sizeof values[0]);
            file_.put(name, first_image * size * bytes, values.data(), values.size() * sizeof values[0]);
        };
        std::vector<int32_t> wide;
        std::vector<uint8_t> narrow;  // also of signed codes: the same bits
        const bool is_narrow = narrow_.contains(name);
        for (int64_t image = 0; image < count; ++image) {
            const int32_t* values = tensor.values.data() + image * size;
            if (is_narrow) {
                append_channels_first(narrow, values, tensor.shape);
            } else {
                append_channels_first(wide, values, tensor.shape);
            }
        }
        if (is_narrow) {
            put(narrow);
        } else {
            put(wide);
        }
    }
}

void TraceFile::write_labels(const std::vector<int64_t>& labels, int64_t first_image) {
    file_.put("labels", first_image * static_cast<int64_t>(sizeof(int64_t)), labels.data(),
              labels.size() * sizeof(int64_t));
}

void TraceFile::commit() {
    file_.commit();
}

}  // namespace f8net
