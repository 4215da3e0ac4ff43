// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <set>
#include <utility>

#include "core/base/error.h"

namespace f8net {
namespace {

IntegerNetwork without_weights(const IntegerNetwork& network) {
    IntegerNetwork light;
    light.normalization = network.normalization;
    light.logit_scale = network.logit_scale;
    for (const IntegerNode& node : network.nodes) {
        IntegerNode& copy = light.nodes.emplace_back();
        copy.name = node.name;
        copy.kind = node.kind;
        copy.inputs = node.inputs;
        copy.output = node.output;
        copy.out_channels = node.out_channels;
        copy.input_format = node.input_format;
        copy.fractional_length = node.fractional_length;
    }
    return light;
}

// Field numbers of onnx.proto.
constexpr protozero::pbf_tag_type kModelGraph = 7, kGraphOutput = 12, kGraphValueInfo = 13, kValueInfoName = 1;

std::vector<std::string> edges_with_type(const std::string& model) {
    std::vector<std::string> edges;
    protozero::pbf_reader reader(model);
    while (reader.next(kModelGraph)) {
        protozero::pbf_reader graph = reader.get_message();
        while (graph.next(kGraphValueInfo)) {
            protozero::pbf_reader info = graph.get_message();
            if (info.next(kValueInfoName)) edges.push_back(info.get_string());
        }
    }
    return edges;
}

/// The same model with more outputs: messages that follow each other in protobuf's format are merged.
std::string with_outputs(const std::string& model, const std::vector<std::string>& edges) {
    std::string outputs;
    protozero::pbf_writer graph(outputs);
    for (const std::string& edge : edges) {
        protozero::pbf_writer info(graph, kGraphOutput);
        info.add_string(kValueInfoName, edge);
    }
    std::string bytes = model;
    protozero::pbf_writer(bytes).add_message(kModelGraph, outputs);
    return bytes;
}

std::string prefix_of(const std::string& edge) {
    return edge.substr(0, edge.find('/'));
}
std::string node_of(const std::string& edge) {
    return edge.substr(edge.find('/') + 1);
}

/// The integer that a real number stands for; one that none can be where it is no such number.
int32_t integer_of(float real, int fractional_length) {
    const double scaled = std::ldexp(static_cast<double>(real), fractional_length);
    const bool is_whole = std::abs(scaled) <= std::numeric_limits<int32_t>::max() && scaled == std::floor(scaled);
    return is_whole ? static_cast<int32_t>(scaled) : std::numeric_limits<int32_t>::min();
}

/// Values as integers, in the tensor's own order.
std::vector<int32_t> integers_of(const OnnxTensor& tensor, const std::string& edge, int fractional_length, int zero) {
    std::vector<int32_t> values;
    switch (tensor.type) {
        case OnnxType::kUint8:
            for (const uint8_t each : tensor.as<uint8_t>()) values.push_back(each - zero);
            break;
        case OnnxType::kInt32:
            values.assign(tensor.as<int32_t>().begin(), tensor.as<int32_t>().end());
            break;
        case OnnxType::kFloat:
            for (const float each : tensor.as<float>()) values.push_back(integer_of(each, fractional_length));
            break;
        default:
            throw DataError("ONNX edge '" + edge + "' is of type " + std::to_string(static_cast<int>(tensor.type)) +
                            ", expected uint8, int32 or float");
    }
    return values;
}

std::vector<int32_t> channels_last(const std::vector<int32_t>& values, int64_t images, const Shape& shape) {
    std::vector<int32_t> result(values.size());
    const int64_t plane = shape.height * shape.width;
    for (int64_t n = 0; n < images; ++n) {
        for (int64_t c = 0; c < shape.channels; ++c) {
            const int32_t* const from = values.data() + (n * shape.channels + c) * plane;
            int32_t* const to = result.data() + n * shape.size() + c;
            for (int64_t i = 0; i < plane; ++i) to[i * shape.channels] = from[i];
        }
    }
    return result;
}

/// N H W C pixels to the N C H W bytes that the file takes.
std::vector<uint8_t> input_of(const IntegerNetwork& network, std::span<const uint8_t> pixels, int64_t images) {
    const Shape& shape = network.input().output;
    const int zero = network.input().input_format.is_signed ? 128 : 0;
    std::vector<uint8_t> input(pixels.size());
    const int64_t plane = shape.height * shape.width;
    for (int64_t n = 0; n < images; ++n) {
        const std::vector<int16_t> codes = input_codes(network, pixels.data() + n * shape.size());
        uint8_t* to = input.data() + n * shape.size();
        for (int64_t c = 0; c < shape.channels; ++c) {
            for (int64_t i = 0; i < plane; ++i)
                *to++ = static_cast<uint8_t>(codes[static_cast<size_t>(i * shape.channels + c)] + zero);
        }
    }
    return input;
}

}  // namespace

OnnxEvaluator::OnnxEvaluator(const IntegerNetwork& network, std::string model, std::string path, bool optimized,
                             int threads)
    : network_(without_weights(network)),
      model_(std::move(model)),
      path_(std::move(path)),
      optimized_(optimized),
      threads_(threads),
      session_(OnnxRuntime::instance(), model_, optimized, threads) {
    std::set<std::string> seen;  // acc/NODE and real/NODE may both be there
    for (const std::string& edge : edges_with_type(model_)) {
        const int index = network_.index_of(node_of(edge));
        const bool is_code = prefix_of(edge) == "code";
        if (index < 0 || (!is_code && optimized_)) continue;
        // Of ReLUs no evaluator reports anything.
        if (!is_code && network_.nodes[static_cast<size_t>(index)].kind == NodeKind::kRelu) continue;
        if (seen.insert((is_code ? "code/" : "acc/") + node_of(edge)).second) exposed_.push_back(edge);
    }
}

Logits OnnxEvaluator::run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) {
    const Shape& shape = network_.input().output;
    if (static_cast<int64_t>(pixels.size()) != images * shape.size()) {
        throw ShapeError("pixels", std::to_string(images) + " x " + std::to_string(shape.size()) + " bytes",
                         std::to_string(pixels.size()));
    }
    const std::vector<uint8_t> input = input_of(network_, pixels, images);
    const std::vector<int64_t> input_shape = {images, shape.channels, shape.height, shape.width};
    if (trace != nullptr) {
        if (!traced_) {
            traced_ = std::make_unique<OnnxSession>(OnnxRuntime::instance(), with_outputs(model_, exposed_), optimized_,
                                                    threads_);
        }
        const std::vector<OnnxTensor> tensors = traced_->run("pixels", input, input_shape, exposed_);
        for (size_t i = 0; i < tensors.size(); ++i) report(exposed_[i], tensors[i], images, *trace);
    }
    const std::vector<OnnxTensor> outputs = session_.run("pixels", input, input_shape, {"logits"});
    Logits logits;
    logits.images = images;
    logits.classes = network_.num_classes();
    logits.integers = integers_of(outputs[0], "logits", network_.output().fractional_length, 0);
    logits.values.assign(logits.integers.begin(), logits.integers.end());
    logits.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
    return logits;
}

void OnnxEvaluator::report(const std::string& edge, const OnnxTensor& tensor, int64_t images, LayerTrace& trace) const {
    const std::string name = node_of(edge);
    const IntegerNode& node = network_.nodes[static_cast<size_t>(network_.index_of(name))];
    const bool is_code = prefix_of(edge) == "code";
    const Shape& shape = is_code ? network_.nodes[static_cast<size_t>(node.inputs[0])].output : node.output;
    const int zero = is_code && node.input_format.is_signed ? 128 : 0;
    const std::vector<int32_t> values = integers_of(tensor, edge, node.fractional_length, zero);
    if (static_cast<int64_t>(values.size()) != images * shape.size()) {
        throw DataError("ONNX edge '" + edge + "' has " + std::to_string(values.size()) + " values, expected " +
                        std::to_string(images * shape.size()));
    }
    const std::vector<int32_t> layout = channels_last(values, images, shape);
    if (is_code)
        trace.on_codes(name, shape, layout);
    else
        trace.on_accumulators(name, shape, layout);
}

std::vector<std::unique_ptr<ModeEvaluator>> make_onnx_evaluators(const IntegerNetwork& network,
                                                                 const std::string& model, int threads) {
    const std::string name = "ONNX Runtime " + OnnxRuntime::instance().version();
    std::vector<std::unique_ptr<ModeEvaluator>> evaluators;
    for (const bool optimized : {false, true}) {
        evaluators.push_back(std::make_unique<OnnxEvaluator>(
            network, model, name + (optimized ? " (optimized)" : " (not optimized)"), optimized, threads));
    }
    return evaluators;
}

}  // namespace f8net
