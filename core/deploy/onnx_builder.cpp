// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_builder.h"

#include <cstdio>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <utility>

namespace f8net {
namespace {

constexpr int64_t kOpset = 18;
constexpr int64_t kIrVersion = 8;

// Field numbers of onnx.proto.
namespace model {
enum : protozero::pbf_tag_type {
    kIrVersion = 1,
    kProducerName = 2,
    kProducerVersion = 3,
    kGraph = 7,
    kOpsetImport = 8,
    kMetadata = 14
};
}
namespace graph {
enum : protozero::pbf_tag_type { kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12, kValueInfo = 13 };
}
namespace node_field {
enum : protozero::pbf_tag_type { kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5 };
}
namespace attribute {
enum : protozero::pbf_tag_type { kName = 1, kInt = 3, kInts = 8, kType = 20 };
}
namespace tensor {
enum : protozero::pbf_tag_type { kDims = 1, kDataType = 2, kName = 8, kRawData = 9 };
}

constexpr int32_t kAttributeInt = 2, kAttributeInts = 7;

std::string value_info(const std::string& name, OnnxType type, const std::vector<int64_t>& shape) {
    std::string shape_bytes;
    protozero::pbf_writer shape_writer(shape_bytes);
    for (const int64_t size : shape) {
        protozero::pbf_writer dimension(shape_writer, 1);
        if (size < 1)
            dimension.add_string(2, "N");
        else
            dimension.add_int64(1, size);
    }
    std::string type_bytes;
    protozero::pbf_writer type_writer(type_bytes);
    {
        protozero::pbf_writer tensor_type(type_writer, 1);
        tensor_type.add_int32(1, static_cast<int32_t>(type));
        tensor_type.add_message(2, shape_bytes);
    }
    std::string bytes;
    protozero::pbf_writer writer(bytes);
    writer.add_string(1, name);
    writer.add_message(2, type_bytes);
    return bytes;
}

/// What stands before the bytes of a field whose length is known.
void add_length_prefix(std::string& bytes, protozero::pbf_tag_type field, size_t size) {
    constexpr uint64_t kLengthDelimited = 2;
    protozero::add_varint_to_buffer(&bytes, uint64_t{field} << 3 | kLengthDelimited);
    protozero::add_varint_to_buffer(&bytes, size);
}

template <typename T>
std::string raw(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

OnnxBuilder::OnnxBuilder(const std::string& graph_name) : parts_(1) {
    protozero::pbf_writer(graph()).add_string(graph::kName, graph_name);
}

std::string OnnxBuilder::input(const std::string& name, OnnxType type, const std::vector<int64_t>& shape) {
    protozero::pbf_writer(graph()).add_message(graph::kInput, value_info(name, type, shape));
    return name;
}

void OnnxBuilder::output(const std::string& name, OnnxType type, const std::vector<int64_t>& shape) {
    protozero::pbf_writer(graph()).add_message(graph::kOutput, value_info(name, type, shape));
}

void OnnxBuilder::expose(const std::string& name, OnnxType type, const std::vector<int64_t>& shape) {
    protozero::pbf_writer(graph()).add_message(graph::kValueInfo, value_info(name, type, shape));
}

void OnnxBuilder::metadata(const std::string& key, const std::string& value) {
    metadata_[key] = value;
}

std::string OnnxBuilder::initializer(const std::string& name, OnnxType type, const std::vector<int64_t>& shape,
                                     const void* data, size_t size_bytes) {
    protozero::pbf_writer graph_writer(graph());
    protozero::pbf_writer writer(graph_writer, graph::kInitializer);
    for (const int64_t size : shape) writer.add_int64(tensor::kDims, size);
    writer.add_int32(tensor::kDataType, static_cast<int32_t>(type));
    writer.add_string(tensor::kName, name);
    writer.add_bytes(tensor::kRawData, static_cast<const char*>(data), size_bytes);
    return name;
}

OnnxWeight OnnxBuilder::weight(const std::string& name, const std::vector<int64_t>& shape, bool is_unsigned,
                               std::function<void(int8_t*)> fill) {
    size_t size = 1;
    std::string tensor_bytes;
    protozero::pbf_writer writer(tensor_bytes);
    for (const int64_t each : shape) {
        writer.add_int64(tensor::kDims, each);
        size *= static_cast<size_t>(each);
    }
    writer.add_int32(tensor::kDataType, static_cast<int32_t>(is_unsigned ? OnnxType::kUint8 : OnnxType::kInt8));
    writer.add_string(tensor::kName, name);
    add_length_prefix(tensor_bytes, tensor::kRawData, size);

    add_length_prefix(graph(), graph::kInitializer, tensor_bytes.size() + size);
    graph() += tensor_bytes;
    parts_.back().weight_size = size;
    parts_.back().is_unsigned = is_unsigned;
    parts_.back().fill = std::move(fill);
    parts_.emplace_back();
    return {name, is_unsigned};
}

std::string OnnxBuilder::zero_point_of(const OnnxWeight& weight) {
    return weight.is_unsigned ? scalar(OnnxType::kUint8, 128) : scalar(OnnxType::kInt8, 0);
}

std::string OnnxBuilder::constant(const std::string& name, const std::vector<int64_t>& shape,
                                  const std::vector<int32_t>& values) {
    return initializer(name, OnnxType::kInt32, shape, values.data(), values.size() * sizeof(int32_t));
}

std::string OnnxBuilder::scalar(float value) {
    char text[48];
    std::snprintf(text, sizeof text, "const/f32/%a", static_cast<double>(value));
    if (!constants_.insert(text).second) return text;
    return initializer(text, OnnxType::kFloat, {}, &value, sizeof value);
}

std::string OnnxBuilder::scalar(OnnxType type, int64_t value) {
    static const std::map<OnnxType, std::string> prefixes = {
        {OnnxType::kUint8, "u8"}, {OnnxType::kInt8, "s8"}, {OnnxType::kInt32, "s32"}, {OnnxType::kInt64, "s64"}};
    const std::string name = "const/" + prefixes.at(type) + "/" + std::to_string(value);
    if (!constants_.insert(name).second) return name;
    std::string bytes;
    switch (type) {
        case OnnxType::kUint8:
            bytes = raw(static_cast<uint8_t>(value));
            break;
        case OnnxType::kInt8:
            bytes = raw(static_cast<int8_t>(value));
            break;
        case OnnxType::kInt32:
            bytes = raw(static_cast<int32_t>(value));
            break;
        default:
            bytes = raw(value);
            break;
    }
    return initializer(name, type, {}, bytes.data(), bytes.size());
}

std::string OnnxBuilder::list(const std::vector<int64_t>& values) {
    std::string name = "const/list";
    for (const int64_t value : values) name += "/" + std::to_string(value);
    if (!constants_.insert(name).second) return name;
    return initializer(name, OnnxType::kInt64, {static_cast<int64_t>(values.size())}, values.data(),
                       values.size() * sizeof(int64_t));
}

std::string OnnxBuilder::node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                              const std::vector<Attribute>& attributes) {
    edges_.insert(name);
    protozero::pbf_writer graph_writer(graph());
    protozero::pbf_writer writer(graph_writer, graph::kNode);
    for (const std::string& each : inputs) writer.add_string(node_field::kInput, each);
    writer.add_string(node_field::kOutput, name);
    writer.add_string(node_field::kName, name);
    writer.add_string(node_field::kOpType, op);
    for (const Attribute& each : attributes) {
        protozero::pbf_writer attribute_writer(writer, node_field::kAttribute);
        attribute_writer.add_string(attribute::kName, each.name);
        if (each.is_list) {
            for (const int64_t value : each.values) attribute_writer.add_int64(attribute::kInts, value);
        } else {
            attribute_writer.add_int64(attribute::kInt, each.values.front());
        }
        attribute_writer.add_int32(attribute::kType, each.is_list ? kAttributeInts : kAttributeInt);
    }
    return name;
}

std::string OnnxBuilder::binary(const std::string& op, const std::string& name, const std::string& a,
                                const std::string& b) {
    return node(op, name, {a, b});
}

std::vector<OnnxBuilder::Attribute> OnnxBuilder::window_attributes(const Window& window, int groups) {
    const int64_t kernel = window.kernel, stride = window.stride, padding = window.padding;
    std::vector<Attribute> attributes = {{"kernel_shape", {kernel, kernel}, true},
                                         {"strides", {stride, stride}, true},
                                         {"pads", {padding, padding, padding, padding}, true}};
    if (groups > 0) attributes.push_back({"group", {groups}, false});
    return attributes;
}

std::string OnnxBuilder::qlinear_conv(const std::string& name, const std::string& x, OnnxQuantization x_grid,
                                      const OnnxWeight& weight, float weight_scale, OnnxQuantization y_grid,
                                      const std::string& bias, Window window, int groups) {
    return node(
        "QLinearConv", name,
        {x, scalar(x_grid.scale), scalar(OnnxType::kUint8, x_grid.zero_point), weight.edge, scalar(weight_scale),
         zero_point_of(weight), scalar(y_grid.scale), scalar(OnnxType::kUint8, y_grid.zero_point), bias},
        window_attributes(window, groups));
}

std::string OnnxBuilder::conv_integer(const std::string& name, const std::string& x, int x_zero_point,
                                      const OnnxWeight& weight, Window window, int groups) {
    return node("ConvInteger", name, {x, weight.edge, scalar(OnnxType::kUint8, x_zero_point), zero_point_of(weight)},
                window_attributes(window, groups));
}

std::string OnnxBuilder::matmul_integer(const std::string& name, const std::string& a, int a_zero_point,
                                        const OnnxWeight& b) {
    return node("MatMulInteger", name, {a, b.edge, scalar(OnnxType::kUint8, a_zero_point), zero_point_of(b)});
}

std::string OnnxBuilder::quantize_linear(const std::string& name, const std::string& x, OnnxQuantization grid) {
    return node("QuantizeLinear", name, {x, scalar(grid.scale), scalar(OnnxType::kUint8, grid.zero_point)});
}

std::string OnnxBuilder::dequantize_linear(const std::string& name, const std::string& x, OnnxQuantization grid) {
    return node("DequantizeLinear", name, {x, scalar(grid.scale), scalar(OnnxType::kUint8, grid.zero_point)});
}

std::string OnnxBuilder::dequantize_weight(const std::string& name, const OnnxWeight& weight, float scale) {
    return node("DequantizeLinear", name, {weight.edge, scalar(scale), zero_point_of(weight)});
}

std::string OnnxBuilder::dequantize_bias(const std::string& name, const std::string& bias, float scale) {
    return node("DequantizeLinear", name, {bias, scalar(scale)});
}

std::string OnnxBuilder::conv(const std::string& name, const std::string& x, const std::string& weight,
                              const std::string& bias, Window window, int groups) {
    return node("Conv", name, {x, weight, bias}, window_attributes(window, groups));
}

std::string OnnxBuilder::gemm(const std::string& name, const std::string& a, const std::string& b,
                              const std::string& bias) {
    return node("Gemm", name, {a, b, bias});
}

std::string OnnxBuilder::relu(const std::string& name, const std::string& x) {
    return node("Relu", name, {x});
}

std::string OnnxBuilder::clip(const std::string& name, const std::string& x, OnnxType type, int64_t low, int64_t high) {
    return node("Clip", name, {x, scalar(type, low), scalar(type, high)});
}

std::string OnnxBuilder::clip_integers(const std::string& name, const std::string& x, OnnxType type, int64_t low,
                                       int64_t high) {
    return node("Min", name, {node("Max", name + "/low", {x, scalar(type, low)}), scalar(type, high)});
}

std::string OnnxBuilder::cast(const std::string& name, const std::string& x, OnnxType to) {
    return node("Cast", name, {x}, {{"to", {static_cast<int64_t>(to)}, false}});
}

std::string OnnxBuilder::flatten(const std::string& name, const std::string& x) {
    return node("Flatten", name, {x}, {{"axis", {1}, false}});
}

std::string OnnxBuilder::max(const std::string& name, const std::vector<std::string>& operands) {
    return node("Max", name, operands);
}

std::string OnnxBuilder::pad_plane(const std::string& name, const std::string& x, OnnxType type, int64_t padding) {
    return node("Pad", name, {x, list({0, 0, padding, padding, 0, 0, padding, padding}), scalar(type, 0)});
}

std::string OnnxBuilder::slice(const std::string& name, const std::string& x, int64_t axis, int64_t begin,
                               int64_t count, int64_t stride) {
    const int64_t end = begin + (count - 1) * stride + 1;
    return node("Slice", name, {x, list({begin}), list({end}), list({axis}), list({stride})});
}

std::string OnnxBuilder::max_pool(const std::string& name, const std::string& x, Window window) {
    return node("MaxPool", name, {x}, window_attributes(window, 0));
}

std::string OnnxBuilder::reduce_sum_plane(const std::string& name, const std::string& x) {
    return node("ReduceSum", name, {x, list({2, 3})}, {{"keepdims", {1}, false}});
}

void OnnxBuilder::write(const std::string& producer, const std::string& producer_version,
                        const std::function<void(std::string_view)>& sink) const {
    size_t graph_size = 0;
    for (const Part& part : parts_) graph_size += part.bytes.size() + part.weight_size;
    std::string head, tail;
    protozero::pbf_writer before(head), after(tail);
    before.add_int64(model::kIrVersion, kIrVersion);
    before.add_string(model::kProducerName, producer);
    before.add_string(model::kProducerVersion, producer_version);
    {
        protozero::pbf_writer opset(before, model::kOpsetImport);
        opset.add_string(1, "");
        opset.add_int64(2, kOpset);
    }
    add_length_prefix(head, model::kGraph, graph_size);
    for (const auto& [key, value] : metadata_) {
        protozero::pbf_writer entry(after, model::kMetadata);
        entry.add_string(1, key);
        entry.add_string(2, value);
    }

    sink(head);
    std::vector<int8_t> weight;
    for (const Part& part : parts_) {
        sink(part.bytes);
        if (!part.fill) continue;
        weight.resize(part.weight_size);
        part.fill(weight.data());
        if (part.is_unsigned) {
            for (int8_t& code : weight) code = static_cast<int8_t>(code ^ -128);  // + 128 as a byte
        }
        sink({reinterpret_cast<const char*>(weight.data()), weight.size()});
    }
    sink(tail);
}

}  // namespace f8net
