// SPDX-License-Identifier: Apache-2.0
// The state of a stage as checkpoints hold it.
#include <cstring>

#include "core/base/error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/training/stage.h"

namespace f8net {

namespace {

constexpr const char* kMomentumPrefix = "optimizer.momentum.";
constexpr const char* kGeneratorKey = "generator.cpu";

/// Where a checkpoint keeps what is rank r's own; empty for rank 0, whose statistics are the network's.
std::string prefix_of_rank(int rank) {
    return rank == 0 ? "" : "rank." + std::to_string(rank) + ".";
}

/// What batches leave behind in a network beside its gradients.
bool is_statistic(const std::string& name) {
    for (const char* suffix : {".running_mean", ".running_var", ".num_batches_tracked", ".input_fraclen"}) {
        if (name.ends_with(suffix)) return true;
    }
    return false;
}

torch::Tensor as_bytes(const TensorMap& state) {
    std::vector<uint8_t> bytes;
    for (const auto& [name, tensor] : state.tensors) {
        const auto* data = reinterpret_cast<const uint8_t*>(tensor.bytes.data());
        bytes.insert(bytes.end(), data, data + tensor.bytes.size());
    }
    return torch::tensor(bytes, torch::kUInt8);
}

/// Tensors of the names and shapes of `like`.
TensorMap from_bytes(const torch::Tensor& bytes, const TensorMap& like) {
    TensorMap state = like;
    const uint8_t* data = bytes.const_data_ptr<uint8_t>();
    for (auto& [name, tensor] : state.tensors) {
        std::memcpy(tensor.bytes.data(), data, tensor.bytes.size());
        data += tensor.bytes.size();
    }
    return state;
}

}  // namespace

TensorMap StageAtWork::rank_state() const {
    TensorMap own;
    for (auto& [name, tensor] : export_state(*network_).tensors) {
        if (is_statistic(name)) own.set(name, std::move(tensor));
    }
    own.set(kGeneratorKey, to_host(at::detail::getDefaultCPUGenerator().get_state()));
    return own;
}

std::vector<TensorMap> StageAtWork::gather_rank_states() {
    const TensorMap own = rank_state();
    std::vector<TensorMap> states;
    for (const torch::Tensor& bytes : ranks_.gather_tensors(as_bytes(own))) states.push_back(from_bytes(bytes, own));
    return states;
}

TensorMap StageAtWork::state(const std::vector<TensorMap>& rank_states,
                             const std::map<std::string, std::string>& metadata) const {
    TensorMap state = export_state(*network_);
    for (const auto& [name, buffer] : optimizer_.momentum_buffers()) state.set(kMomentumPrefix + name, to_host(buffer));
    for (size_t rank = 0; rank < rank_states.size(); ++rank) {
        for (const auto& [name, tensor] : rank_states[rank].tensors) {
            state.set(prefix_of_rank(static_cast<int>(rank)) + name, tensor);
        }
    }
    state.metadata = metadata;
    state.metadata["state_hash"] = state_hash(state);
    return state;
}

void StageAtWork::load_state(const TensorMap& checkpoint) {
    import_state(*network_, checkpoint, StatePolicy::kStrict, training_prefixes());
    std::map<std::string, torch::Tensor> momentum;
    TensorMap own;
    const std::string own_prefix = prefix_of_rank(ranks_.rank());
    for (const auto& [name, tensor] : checkpoint.tensors) {
        if (name.starts_with(kMomentumPrefix)) {
            momentum[name.substr(std::string_view(kMomentumPrefix).size())] = from_host(tensor);
        } else if (!own_prefix.empty() && name.starts_with(own_prefix)) {
            own.set(name.substr(own_prefix.size()), tensor);
        }
    }
    optimizer_.load_momentum_buffers(momentum);
    import_state(*network_, own, StatePolicy::kTolerant, training_prefixes());
    const bool is_known = own_prefix.empty() || checkpoint.contains(own_prefix + kGeneratorKey);
    if (!is_known) return;
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(from_host(checkpoint.at(own_prefix + kGeneratorKey)));
}

StateReport StageAtWork::load_model(const TensorMap& checkpoint, bool is_strict) {
    StateReport report = import_state(*network_, checkpoint, is_strict ? StatePolicy::kStrict : StatePolicy::kTolerant,
                                      training_prefixes());
    if (!checkpoint.tensors.empty() && report.unknown.size() == checkpoint.tensors.size()) {
        throw DataError(checkpoint.source + ": none of its " + std::to_string(report.unknown.size()) +
                        " tensors belongs to " + graph_.architecture + " (the first is '" + report.unknown.front() +
                        "')");
    }
    return report;
}

}  // namespace f8net
