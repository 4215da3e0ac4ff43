// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/test_vectors.h"

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/deploy/vector_description.h"
#include "core/inference/executor.h"

namespace f8net {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSafetensorsName = "vectors.safetensors";
constexpr int64_t kTraceBytes = int64_t{512} << 20;  // integers of a batch that may be in memory

/// Node names as names of folders: those of strangers' files may hold anything.
std::vector<std::string> folder_names(const IntegerNetwork& network) {
    std::vector<std::string> names;
    std::set<std::string> used;
    for (const IntegerNode& node : network.nodes) {
        std::string name = node.name.substr(0, 200);
        std::replace_if(
            name.begin(), name.end(),
            [](char c) {
                const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                return !letter && c != '.' && c != '_' && c != '-';
            },
            '_');
        if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
        while (!used.insert(name).second) name += "_" + std::to_string(names.size());
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<int64_t> activation_shape(int64_t images, const Shape& shape) {
    return {images, shape.height, shape.width, shape.channels};
}

DType code_type(const FixedPointFormat& format) {
    return format.is_signed ? DType::kI8 : DType::kU8;
}

class VectorExport final : public LayerTrace {
public:
    VectorExport(const IntegerNetwork& network, const VectorImages& images, const std::string& folder,
                 const TestVectorOptions& options)
        : network_(network), images_(images), options_(options), folder_names_(folder_names(network)), folder_(folder) {
        declare();
    }

    void write() {
        write_constants();
        run();
        if (safetensors_) safetensors_->commit();
        folder_.write("vectors.json", description().dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
        folder_.commit();
    }

    void on_codes(const std::string& layer, const Shape&, std::span<const int32_t> codes) override {
        for (VectorTensor* tensor : codes_[layer]) tensor->append(codes);
    }
    void on_accumulators(const std::string& layer, const Shape&, std::span<const int32_t> values) override {
        for (VectorTensor* tensor : accumulators_[layer]) tensor->append(values);
    }

private:
    /// Tensors of one step, by what they are called in the description.
    struct Step {
        std::vector<std::pair<std::string, VectorTensor*>> tensors;
        std::vector<std::pair<StepOutput, VectorTensor*>> outputs;
    };

    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    const Shape& input_shape(const IntegerNode& it) const { return node(it.inputs[0]).output; }

    bool is_wanted(const IntegerNode& it) const {
        return options_.layers.empty() ||
               std::find(options_.layers.begin(), options_.layers.end(), it.name) != options_.layers.end();
    }

    VectorTensor* add(const std::string& name, DType type, std::vector<int64_t> shape) {
        return &tensors_.emplace_back(folder_, name, type, std::move(shape), options_.kinds);
    }

    void declare() {
        steps_.resize(network_.nodes.size());
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            if (is_wanted(network_.nodes[i])) declare_step(static_cast<int>(i));
        }
        const IntegerNode& last = network_.output();
        logits_ = add("logits", DType::kI32, {images_.count, network_.num_classes()});
        accumulators_[last.name].push_back(logits_);
        const auto& kinds = options_.kinds;
        if (std::find(kinds.begin(), kinds.end(), VectorFile::kSafetensors) == kinds.end()) return;
        std::vector<TensorInfo> infos;
        std::set<const VectorTensor*> copies;
        for (const Step& step : steps_) {
            for (const auto& [output, tensor] : step.outputs) {
                // What a reader of the step reads is there already where the reader is.
                if (!is_wanted(node(output.readers.front()))) continue;
                tensor->refer_to(folder_names_[static_cast<size_t>(output.readers.front())] + "/input");
                copies.insert(tensor);
            }
        }
        for (const VectorTensor& tensor : tensors_) {
            if (!copies.contains(&tensor)) infos.push_back(tensor.info());
        }
        safetensors_.emplace(folder_.file(kSafetensorsName), infos,
                             std::map<std::string, std::string>{{"content", "golden vectors, see vectors.json"}});
        for (VectorTensor& tensor : tensors_) tensor.use(*safetensors_);
    }

    void declare_step(int index) {
        const IntegerNode& it = node(index);
        Step& step = steps_[static_cast<size_t>(index)];
        const std::string base = folder_names_[static_cast<size_t>(index)] + "/";
        const auto add_tensor = [&](const char* what, DType type, std::vector<int64_t> shape) {
            step.tensors.emplace_back(what, add(base + what, type, std::move(shape)));
            return step.tensors.back().second;
        };
        if (it.kind == NodeKind::kRelu) return;
        if (it.kind == NodeKind::kInput) {
            const std::vector<int64_t> shape = activation_shape(images_.count, it.output);
            input_codes_ = add_tensor("codes", code_type(it.input_format), shape);
            if (!network_.normalization.empty()) pixels_ = add_tensor("pixels", DType::kU8, shape);
            return;
        }
        if (it.has_weights()) {
            VectorTensor* input =
                add_tensor("input", code_type(it.input_format), activation_shape(images_.count, input_shape(it)));
            codes_[it.name].push_back(input);
            add_tensor("weight", DType::kI8,
                       {it.out_channels, it.window.kernel, it.window.kernel, it.in_channels / it.groups});
            add_tensor("bias", DType::kI32, {it.out_channels});
        }
        accumulators_[it.name].push_back(
            add_tensor("accumulator", DType::kI32, activation_shape(images_.count, it.output)));
        const std::vector<StepOutput> outputs = outputs_of(network_, index);
        for (const StepOutput& output : outputs) {
            const int reader = output.readers.front();
            const std::string name =
                outputs.size() == 1 ? "output" : "output-to-" + folder_names_[static_cast<size_t>(reader)];
            VectorTensor* tensor =
                add(base + name, code_type(output.format), activation_shape(images_.count, it.output));
            codes_[node(reader).name].push_back(tensor);
            step.outputs.emplace_back(output, tensor);
        }
    }

    void write_constants() {
        for (size_t i = 0; i < steps_.size(); ++i) {
            for (const auto& [what, tensor] : steps_[i].tensors) {
                if (what == "weight") tensor->append(std::span<const int8_t>(network_.nodes[i].weight_s8));
                if (what == "bias") tensor->append(std::span<const int32_t>(network_.nodes[i].bias_s32));
            }
        }
    }

    int64_t batch_size(int threads) const {
        int64_t bytes = 0;
        for (const IntegerNode& it : network_.nodes) {
            bytes += (it.output.size() + (it.has_weights() ? input_shape(it).size() : 0)) * 4;
        }
        return std::clamp<int64_t>(kTraceBytes / std::max<int64_t>(bytes, 1), 1, threads);
    }

    void run() {
        const int threads = options_.num_threads > 0 ? options_.num_threads : available_threads();
        const auto law = make_executor(network_, "scalar", threads);
        const int64_t batch = batch_size(threads), size = network_.input().output.size();
        for (int64_t first = 0; first < images_.count; first += batch) {
            const int64_t count = std::min(batch, images_.count - first);
            const std::span<const uint8_t> pixels(images_.pixels.data() + first * size,
                                                  static_cast<size_t>(count * size));
            put_input(pixels, count);
            law->run(pixels, count, this);
        }
    }

    void put_input(std::span<const uint8_t> pixels, int64_t count) {
        if (input_codes_ == nullptr) return;
        const auto size = static_cast<size_t>(network_.input().output.size());
        for (int64_t image = 0; image < count; ++image) {
            const auto part = pixels.subspan(static_cast<size_t>(image) * size, size);
            const std::vector<int16_t> codes = input_codes(network_, part.data());
            input_codes_->append(std::vector<int32_t>(codes.begin(), codes.end()));
            if (pixels_ != nullptr) pixels_->append(std::vector<int32_t>(part.begin(), part.end()));
        }
    }

    Json description() const {
        Json steps = Json::array();
        for (size_t i = 0; i < steps_.size(); ++i) steps.push_back(describe(static_cast<int>(i)));
        Json images = {{"count", images_.count}, {"source", images_.source}};
        images["labels"] = images_.labels.empty() ? Json(nullptr) : Json(images_.labels);
        images["names"] = images_.names.empty() ? Json(nullptr) : Json(images_.names);
        Json described = describe_network(network_);
        if (!options_.class_names.empty()) described["class_names"] = options_.class_names;
        Json value = {{"format", "f8net-golden-vectors"},
                      {"version", 1},
                      {"producer", "F8Net Workbench " F8NET_VERSION},
                      {"network", described},
                      {"images", images},
                      {"arithmetic", describe_arithmetic()}};
        value["safetensors"] = safetensors_ ? Json(kSafetensorsName) : Json(nullptr);
        value["steps"] = steps;
        Json logits = logits_->description();
        logits["fractional_length"] = network_.output().fractional_length;
        value["logits"] = logits;
        return value;
    }

    Json describe(int index) const {
        const Step& step = steps_[static_cast<size_t>(index)];
        Json value = describe_step(network_, node(index));
        Json tensors = Json::object(), outputs = Json::array();
        for (const auto& [what, tensor] : step.tensors) tensors[what] = tensor->description();
        for (const auto& [output, tensor] : step.outputs) {
            Json readers = Json::array();
            for (const int reader : output.readers) readers.push_back(node(reader).name);
            outputs.push_back({{"read_by", readers},
                               {"relu", output.through_relu},
                               {"shift", output.shift},
                               {"format", describe_format(output.format)},
                               {"tensor", tensor->description()}});
        }
        value["tensors"] = tensors;
        value["outputs"] = outputs;
        return value;
    }

    const IntegerNetwork& network_;
    const VectorImages& images_;
    const TestVectorOptions& options_;
    const std::vector<std::string> folder_names_;
    AtomicFolder folder_;
    std::list<VectorTensor> tensors_;
    std::vector<Step> steps_;
    std::map<std::string, std::vector<VectorTensor*>> codes_, accumulators_;  ///< what a layer's trace goes to
    VectorTensor *logits_ = nullptr, *input_codes_ = nullptr, *pixels_ = nullptr;
    std::optional<SafetensorsSlots> safetensors_;
};

void need_layers(const IntegerNetwork& network, const std::vector<std::string>& layers) {
    std::vector<std::string> names;
    for (const IntegerNode& node : network.nodes) names.push_back(node.name);
    for (const std::string& layer : layers) {
        if (std::find(names.begin(), names.end(), layer) != names.end()) continue;
        const std::string nearest = nearest_name(layer, names);
        throw ConfigError("golden vectors: there is no layer '" + layer + "'" +
                          (nearest.empty() ? "" : ", did you mean '" + nearest + "'?"));
    }
}

}  // namespace

void export_test_vectors(const IntegerNetwork& network, const VectorImages& images, const std::string& folder,
                         const TestVectorOptions& options) {
    check(network);
    need_layers(network, options.layers);
    const int64_t size = network.input().output.size();
    if (images.count < 1 || static_cast<int64_t>(images.pixels.size()) != images.count * size) {
        throw DataError("golden vectors: " + std::to_string(images.pixels.size()) + " bytes are not " +
                        std::to_string(images.count) + " images of " + std::to_string(size));
    }
    VectorExport(network, images, folder, options).write();
}

}  // namespace f8net
