// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_export.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/onnx_arithmetic.h"
#include "core/deploy/onnx_builder.h"

namespace f8net {
namespace {

const char* description(OnnxFlavour flavour) {
    switch (flavour) {
        case OnnxFlavour::kQLinear:
            return "QLinear operators";
        case OnnxFlavour::kQdq:
            return "quantize-dequantize pairs";
        case OnnxFlavour::kInteger:
            break;
    }
    return "integer operators only";
}

/// Who reads whom: walks the network, names the codes, and lets the flavour's arithmetic write the operators.
class Converter {
public:
    Converter(const IntegerNetwork& network, const OnnxOptions& options)
        : network_(network),
          options_(options),
          builder_(network.architecture.empty() ? "f8net" : network.architecture),
          arithmetic_(make_onnx_arithmetic(builder_, network, options)),
          codes_(network.nodes.size()) {}

    void write(const std::function<void(std::string_view)>& sink) {
        const Shape& input = network_.input().output;
        builder_.input("pixels", OnnxType::kUint8, {0, input.channels, input.height, input.width});
        for (size_t i = 0; i < network_.nodes.size(); ++i) convert(i);
        const bool is_real = arithmetic_->is_real(network_.nodes.size() - 1);
        builder_.output("logits", is_real ? OnnxType::kFloat : OnnxType::kInt32, {0, network_.num_classes()});
        write_metadata();
        builder_.write("F8Net Workbench", F8NET_VERSION, sink);
    }

private:
    const IntegerNode& at(size_t index) const { return network_.nodes[index]; }
    size_t input_index(size_t index) const { return static_cast<size_t>(at(index).inputs[0]); }

    std::vector<size_t> readers_of(size_t index) const {
        std::vector<size_t> readers;
        for (size_t i = index + 1; i < network_.nodes.size(); ++i) {
            const auto& inputs = at(i).inputs;
            if (std::find(inputs.begin(), inputs.end(), static_cast<int>(index)) != inputs.end()) readers.push_back(i);
        }
        return readers;
    }

    /// The layer whose codes are all that is wanted of this node; a ReLU before unsigned codes is their clip at zero.
    std::optional<size_t> only_code_reader(size_t index) const {
        const auto readers = readers_of(index);
        if (readers.size() != 1) return std::nullopt;
        const IntegerNode& reader = at(readers[0]);
        if (reader.has_weights()) return readers[0];
        if (reader.kind != NodeKind::kRelu) return std::nullopt;
        const auto behind = only_code_reader(readers[0]);
        return behind && !at(*behind).input_format.is_signed ? behind : std::nullopt;
    }

    void convert(size_t index) {
        switch (at(index).kind) {
            case NodeKind::kInput:
                hand_codes_to_readers(index, "pixels");
                return;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                convert_weighted(index);
                return;
            case NodeKind::kRelu:
                // Its reader's codes are there already where the convolution before it gave them.
                if (const auto reader = only_code_reader(index); reader && !codes_[*reader].empty()) return;
                arithmetic_->relu(index);
                break;
            case NodeKind::kAdd:
                arithmetic_->add(index);
                break;
            case NodeKind::kMaxPool:
                arithmetic_->max_pool(index);
                break;
            case NodeKind::kSumPool:
                arithmetic_->sum_pool(index);
                break;
            case NodeKind::kAveragePool:
                convert_average_pool(index);
                return;
        }
        expose_accumulators(index);
    }

    void convert_weighted(size_t index) {
        const bool is_last = index + 1 == network_.nodes.size();
        if (at(index).kind == NodeKind::kLinear) {
            if (!is_last) throw DataError("node '" + at(index).name + "' is linear, but not last: no ONNX form");
            arithmetic_->products(index, builder_.flatten("flat/" + at(index).name, codes_of(index)));
            return;
        }
        const std::string codes = codes_of(index);
        if (const auto reader = only_code_reader(index)) {
            const std::string name = "code/" + at(*reader).name;
            arithmetic_->product_codes(name, index, codes, at(*reader).input_format);
            codes_[*reader] = name;
            expose_codes(name, index);
        } else {
            arithmetic_->products(index, codes);
        }
        if (builder_.has_edge(arithmetic_->accumulator_edge(index))) expose_accumulators(index);
    }

    void convert_average_pool(size_t index) {
        const auto readers = readers_of(index);
        const std::string name = "code/" + at(readers.empty() ? index : readers.front()).name;
        arithmetic_->average_pool(name, index);
        expose_codes(name, index);
        hand_codes_to_readers(index, name);
    }

    /// For nodes whose output is codes already.
    void hand_codes_to_readers(size_t index, const std::string& edge) {
        for (const size_t reader : readers_of(index)) {
            if (!at(reader).has_weights() || !(at(reader).input_format == at(index).input_format)) {
                throw DataError("node '" + at(reader).name + "' reads the codes of '" + at(index).name +
                                "' in another format: no ONNX form");
            }
            codes_[reader] = edge;
        }
    }

    /// The layer's input codes, requantized here where no earlier node gave them.
    std::string codes_of(size_t index) {
        if (codes_[index].empty()) {
            codes_[index] = "code/" + at(index).name;
            arithmetic_->requantize(codes_[index], input_index(index), at(index).input_format);
            expose_codes(codes_[index], input_index(index));
        }
        return codes_[index];
    }

    void expose(const std::string& edge, OnnxType type, const Shape& shape) {
        builder_.expose(edge, type, {0, shape.channels, shape.height, shape.width});
    }
    void expose_codes(const std::string& edge, size_t source) { expose(edge, OnnxType::kUint8, at(source).output); }
    void expose_accumulators(size_t index) {
        expose(arithmetic_->accumulator_edge(index), arithmetic_->is_real(index) ? OnnxType::kFloat : OnnxType::kInt32,
               at(index).output);
    }

    void write_metadata() {
        for (const auto& [key, value] : network_.metadata) builder_.metadata("f8net." + key, value);
        builder_.metadata("f8net.flavour", description(options_.flavour));
        builder_.metadata("f8net.architecture", network_.architecture);
        builder_.metadata("f8net.input",
                          network_.normalization.empty() ? "raw bytes" : "codes of the normalized image + 128");
        builder_.metadata("f8net.input_format", network_.input().input_format.to_string());
        builder_.metadata("f8net.logits_fractional_length", std::to_string(network_.output().fractional_length));
        const auto& class_names = network_.class_names.empty() ? options_.class_names : network_.class_names;
        std::string names;
        for (const std::string& name : class_names) names += (names.empty() ? "" : "\n") + name;
        if (!names.empty()) builder_.metadata("f8net.class_names", names);
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            const IntegerNode& node = at(i);
            if (!node.has_weights()) continue;
            const std::string remark = arithmetic_->remark(i);
            builder_.metadata("f8net.layer." + node.name, "input " + node.input_format.to_string() + ", weight " +
                                                              node.weight_format.to_string() +
                                                              (remark.empty() ? "" : ", " + remark));
        }
    }

    const IntegerNetwork& network_;
    const OnnxOptions& options_;
    OnnxBuilder builder_;
    const std::unique_ptr<OnnxArithmetic> arithmetic_;
    std::vector<std::string> codes_;  ///< per layer: the edge of its input codes, once it is made
};

}  // namespace

std::string to_onnx(const IntegerNetwork& network, const OnnxOptions& options) {
    check(network);
    std::string bytes;
    Converter(network, options).write([&](std::string_view part) { bytes += part; });
    return bytes;
}

void export_onnx(const IntegerNetwork& network, const std::string& path, const OnnxOptions& options) {
    check(network);
    AtomicFile file(path);
    Converter(network, options).write([&](std::string_view part) { file.write(part); });
    file.commit();
}

}  // namespace f8net
