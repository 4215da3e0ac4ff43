// SPDX-License-Identifier: Apache-2.0
#include "core/pretrained/pretrained.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/pretrained/recognition.h"
#include "core/tensorfile/checkpoint_file.h"

namespace f8net {

namespace {

constexpr const char* kOurs = "f8net";

std::string text(const std::vector<int64_t>& shape) {
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
    return out + "]";
}

std::string quoted(const std::string& name) {
    return "'" + name + "'";
}

/// The same with another key, without a copy.
void rename(std::map<std::string, HostTensor>& tensors, const std::string& from, const std::string& to,
            const std::string& file) {
    auto node = tensors.extract(from);
    node.key() = to;
    if (!tensors.insert(std::move(node)).inserted) throw DataError(file + ": two tensors become " + quoted(to));
}

class Translation {
public:
    Translation(TensorMap file, const LayerGraph& graph, const PretrainedOptions& options)
        : file_(std::move(file)),
          name_(file_.source.empty() ? "the weights" : file_.source),
          graph_(graph),
          options_(options) {}

    PretrainedWeights run() {
        strip_wrappers();
        remap();
        recognise();
        check_structure();
        result_.state.source = file_.source;
        result_.state.metadata = std::move(file_.metadata);
        const std::vector<int> layers = graph_.weighted_layers();
        for (size_t i = 0; i < layers.size(); ++i) {
            const Layer& layer = graph_.layers[static_cast<size_t>(layers[i])];
            if (layer.kind == LayerKind::kConv) {
                take_convolution(layer, fit_.modules[i]);
            } else {
                take_classifier(layer, fit_.modules[i].conv);
            }
            take_clip_level(layer);
        }
        settle_the_rest();
        return std::move(result_);
    }

private:
    bool is_ours() const { return fit_.scheme->origins.front() == kOurs; }
    bool has(const std::string& key) const { return file_.tensors.contains(key); }

    /// "module." of data-parallel training, "_orig_mod." of compiled modules.
    void strip_wrappers() {
        for (const std::string wrapper : {"module.", "_orig_mod.", "module."}) {
            const auto wrapped = [&](const auto& entry) { return entry.first.starts_with(wrapper); };
            const auto is_network = [](const auto& entry) { return !is_of_training(entry.first); };
            std::vector<std::string> keys;
            for (const auto& entry : file_.tensors) {
                if (wrapped(entry)) keys.push_back(entry.first);
            }
            const auto network = std::count_if(file_.tensors.begin(), file_.tensors.end(), is_network);
            if (keys.empty() || static_cast<int64_t>(keys.size()) != network) continue;
            for (const std::string& key : keys) rename(file_.tensors, key, key.substr(wrapper.size()), name_);
        }
    }
    static bool is_of_training(const std::string& key) {
        const std::vector<std::string> prefixes = training_prefixes();
        return std::any_of(prefixes.begin(), prefixes.end(),
                           [&](const std::string& prefix) { return key.starts_with(prefix); });
    }

    void remap() {
        for (const std::string& pair : options_.remap) {
            const size_t equals = pair.find('=');
            const std::string theirs = pair.substr(0, equals), ours = pair.substr(equals + 1);
            std::vector<std::string> keys;
            for (const auto& [key, tensor] : file_.tensors) {
                if (key == theirs || key.starts_with(theirs + ".")) keys.push_back(key);
            }
            if (keys.empty()) {
                const std::string near = nearest_name(theirs, module_names());
                throw ConfigError("network.pretrained_remap holds " + quoted(pair) + ", but " + name_ + " has no " +
                                  quoted(theirs) + (near.empty() ? "" : ", did you mean " + quoted(near) + "?"));
            }
            for (const std::string& key : keys) {
                if (ours.empty()) {
                    file_.tensors.erase(key);
                } else {
                    rename(file_.tensors, key, ours + key.substr(theirs.size()), name_);
                }
            }
        }
    }
    std::set<std::string> module_names() const {
        std::set<std::string> names;
        for (const auto& [key, tensor] : file_.tensors) {
            names.insert(key);
            names.insert(key.substr(0, key.rfind('.')));
        }
        return names;
    }

    void recognise() {
        for (const auto& [key, tensor] : file_.tensors) keys_.insert(key);
        fit_ = best_fit(graph_, keys_, options_.origin);
        if (fit_.scheme == nullptr)
            throw DataError(name_ + ": network.pretrained_origin is " + options_.origin + ", which has no " +
                            graph_.architecture);
        if (fit_.found == 0) refuse_names();
        result_.recognised =
            name_ + ": " + graph_.architecture + " as " + origin_text(*fit_.scheme) + " names it (" +
            quoted(fit_.modules.front().conv) +
            (fit_.blocks.empty() ? ""
                                 : ", " + std::to_string(fit_.blocks.size()) + " blocks " +
                                       quoted(fit_.blocks.front()) + " to " + quoted(fit_.blocks.back())) +
            ", " + quoted(fit_.modules.back().conv) + ")";
    }
    [[noreturn]] void refuse_names() const {
        std::string message = name_ + ": ";
        const std::string expected = fit_.modules.front().conv + ".weight";
        const std::string first = keys_.empty() ? "" : *keys_.begin();
        if (options_.origin == "auto") {
            message += "its names are not those of " + graph_.architecture +
                       " in any program known here (torchvision, timm, pytorchcv, nvidia, hawq, or our own)";
        } else {
            message += "network.pretrained_origin is " + options_.origin + ", but there is no " + quoted(expected);
        }
        message += keys_.empty() ? "; it holds no tensors" : "; its first is " + quoted(first);
        if (const std::string found = architecture_by_keys(keys_); !found.empty()) message += "; it holds " + found;
        throw DataError(message + "; network.pretrained_remap names modules by hand");
    }

    /// Another architecture says so at the first layer that differs.
    void check_structure() {
        const int blocks = count_blocks(graph_);
        const auto found = static_cast<int>(fit_.blocks.size());
        if (found == blocks && fit_.strange.empty()) return;
        std::string message = name_ + ": not the weights of " + graph_.architecture + ": ";
        const std::string layer = first_that_differs();
        if (!layer.empty()) message += layer + "; ";
        if (found != blocks) {
            message += "it has " + std::to_string(found) + " blocks, expected " + std::to_string(blocks);
        } else {
            message += quoted(fit_.strange.front()) + " has no layer here";
        }
        if (const std::string holds = architecture_by_keys(keys_); !holds.empty())
            message += "; it holds " + holds + " (network.architecture)";
        throw DataError(message);
    }
    std::string first_that_differs() const {
        const std::vector<int> layers = graph_.weighted_layers();
        for (size_t i = 0; i < layers.size(); ++i) {
            const Layer& layer = graph_.layers[static_cast<size_t>(layers[i])];
            const std::string key = fit_.modules[i].conv + ".weight";
            const auto tensor = file_.tensors.find(key);
            if (fit_.modules[i].conv.empty()) return layer.name + " is not there";
            if (tensor == file_.tensors.end()) return layer.name + " (" + quoted(key) + ") is not there";
            if (layer.kind == LayerKind::kConv && tensor->second.shape != layer.weight_shape())
                return layer.name + " (" + quoted(key) + ") is " + text(tensor->second.shape) + ", expected " +
                       text(layer.weight_shape());
        }
        return {};
    }

    void take_convolution(const Layer& layer, const ModulePair& modules) {
        take(layer, modules.conv + ".weight", layer.name + ".conv.weight", layer.weight_shape());
        if (has(modules.conv + ".bias"))
            throw DataError(name_ + ": " + quoted(modules.conv + ".bias") +
                            ": a convolution with a bias has its batch norm folded in; weights from before that are "
                            "needed");
        for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
            take(layer, modules.batch_norm + "." + part, layer.name + ".bn." + part, {layer.out_channels});
        }
        const std::string counted = modules.batch_norm + ".num_batches_tracked";
        if (!has(counted)) return;
        HostTensor count = extract(counted);
        if (count.num_elements() != 1)
            throw DataError(name_ + ": " + quoted(counted) + " is " + count.description() + ", expected one number");
        put(layer.name + ".bn.num_batches_tracked", std::move(count));
    }

    void take_classifier(const Layer& layer, const std::string& module) {
        const std::string weight = module + ".weight", bias = module + ".bias";
        const auto found = file_.tensors.find(weight);
        const bool is_convolution = found != file_.tensors.end() && found->second.shape.size() == 4 &&
                                    found->second.shape[2] == 1 && found->second.shape[3] == 1;
        if (is_convolution) found->second.shape.resize(2);
        take(layer, weight, layer.name + ".weight", layer.weight_shape());
        if (is_convolution && !has(bias)) {
            put(layer.name + ".bias", HostTensor(DType::kF32, {layer.out_channels}));
        } else {
            take(layer, bias, layer.name + ".bias", {layer.out_channels});
        }
    }

    void take(const Layer& layer, const std::string& theirs, const std::string& ours,
              const std::vector<int64_t>& shape) {
        const auto found = file_.tensors.find(theirs);
        if (found == file_.tensors.end()) {
            if (options_.is_strict)
                throw DataError(name_ + ": no tensor " + quoted(theirs) + " for " + ours + " of " +
                                graph_.architecture + "; network.pretrained_strict: false keeps its initial value");
            result_.missing.push_back(ours);
            return;
        }
        if (found->second.shape != shape) refuse_shape(layer, theirs, found->second.shape, shape);
        HostTensor tensor = extract(theirs);
        if (!is_ours() && tensor.dtype != DType::kF32) tensor = as_float(tensor, theirs);
        put(ours, std::move(tensor));
    }
    [[noreturn]] void refuse_shape(const Layer& layer, const std::string& theirs, const std::vector<int64_t>& got,
                                   const std::vector<int64_t>& expected) const {
        std::string message = name_ + ": " + layer.name + ": " + quoted(theirs) + " is " + text(got) + ", expected " +
                              text(expected) + " for " + graph_.architecture;
        if (layer.kind == LayerKind::kLinear && !got.empty() && got[0] != expected[0]) {
            const std::string module = theirs.substr(0, theirs.rfind('.'));
            message += ": it tells " + std::to_string(got[0]) + " classes apart, network.num_classes is " +
                       std::to_string(expected[0]) +
                       "; to train a new classifier leave theirs out with "
                       "network.pretrained_remap: [" +
                       module + "=] and network.pretrained_strict: false";
        } else if (layer.inputs == std::vector<int>{0} && got.size() == 4 && got[1] != expected[1]) {
            message += ": it reads images of " + std::to_string(got[1]) + " channels (network.input_channels)";
        } else if (const std::string holds = architecture_by_keys(keys_); !holds.empty()) {
            message += "; the file holds " + holds + " (network.architecture, network.width_multiplier)";
        }
        throw DataError(message);
    }
    HostTensor as_float(const HostTensor& tensor, const std::string& theirs) const {
        if (tensor.dtype != DType::kF64 && tensor.dtype != DType::kF16 && tensor.dtype != DType::kBF16)
            throw DataError(name_ + ": " + quoted(theirs) + " is " + tensor.description() +
                            ", expected floating-point weights");
        return HostTensor::from<float>(tensor.shape, tensor.to_float());
    }

    HostTensor extract(const std::string& key) { return std::move(file_.tensors.extract(key).mapped()); }
    void put(const std::string& ours, HostTensor tensor) { result_.state.tensors.emplace(ours, std::move(tensor)); }

    void take_clip_level(const Layer& layer) {
        if (!is_ours()) {
            put(layer.name + ".alpha", HostTensor::scalar(static_cast<float>(options_.clip_level)));
            return;
        }
        for (const char* part : {".alpha", ".input_fraclen"}) {
            if (has(layer.name + part)) put(layer.name + part, extract(layer.name + part));
        }
    }

    void settle_the_rest() {
        for (auto& [key, tensor] : file_.tensors) {
            const bool is_by_product = std::any_of(fit_.scheme->by_products.begin(), fit_.scheme->by_products.end(),
                                                   [&key = key](const std::string& end) { return key.ends_with(end); });
            if (is_by_product || (is_ours() && is_of_training(key))) continue;
            result_.unknown.push_back(key);
        }
        if (options_.is_strict && !result_.unknown.empty())
            throw DataError(name_ + ": tensor " + quoted(result_.unknown.front()) + " is not part of " +
                            graph_.architecture + " as " + origin_text(*fit_.scheme) + " names it (" +
                            std::to_string(result_.unknown.size()) +
                            " unknown in all); network.pretrained_strict: false leaves them out");
    }

    TensorMap file_;
    const std::string name_;
    const LayerGraph& graph_;
    const PretrainedOptions& options_;
    std::set<std::string> keys_;
    SchemeFit fit_;
    PretrainedWeights result_;
};

}  // namespace

PretrainedWeights translate_pretrained(TensorMap file, const LayerGraph& graph, const PretrainedOptions& options) {
    return Translation(std::move(file), graph, options).run();
}

}  // namespace f8net
