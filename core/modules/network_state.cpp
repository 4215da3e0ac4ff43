// SPDX-License-Identifier: Apache-2.0
#include "core/modules/network_state.h"

#include <cstring>
#include <functional>
#include <set>

#include "core/base/error.h"

namespace f8net {
namespace {

using torch::Tensor;

DType host_type(torch::ScalarType type) {
    switch (type) {
        case torch::kFloat:
            return DType::kF32;
        case torch::kDouble:
            return DType::kF64;
        case torch::kHalf:
            return DType::kF16;
        case torch::kBFloat16:
            return DType::kBF16;
        case torch::kLong:
            return DType::kI64;
        case torch::kInt:
            return DType::kI32;
        case torch::kShort:
            return DType::kI16;
        case torch::kChar:
            return DType::kI8;
        case torch::kByte:
            return DType::kU8;
        case torch::kBool:
            return DType::kBool;
        default:
            throw DataError(std::string("tensors of type ") + c10::toString(type) + " are not stored");
    }
}

torch::ScalarType torch_type(DType type) {
    switch (type) {
        case DType::kF32:
            return torch::kFloat;
        case DType::kF64:
            return torch::kDouble;
        case DType::kF16:
            return torch::kHalf;
        case DType::kBF16:
            return torch::kBFloat16;
        case DType::kI64:
            return torch::kLong;
        case DType::kI32:
            return torch::kInt;
        case DType::kI16:
            return torch::kShort;
        case DType::kI8:
            return torch::kChar;
        case DType::kU8:
            return torch::kByte;
        case DType::kBool:
            break;
    }
    return torch::kBool;
}

/// One tensor of a checkpoint: its name, its value out, its value in.
struct StateEntry {
    std::string name;
    std::function<HostTensor()> get;
    std::function<void(const HostTensor&)> set;
    bool may_be_missing = false;
};

StateEntry tensor_entry(const std::string& name, Tensor tensor) {
    return {name, [tensor] { return to_host(tensor); },
            [name, tensor](const HostTensor& host) mutable {
                const Tensor value = from_host(host);
                if (value.sizes() != tensor.sizes())
                    throw ShapeError(name, c10::str(tensor.sizes()), c10::str(value.sizes()));
                torch::NoGradGuard no_grad;
                tensor.copy_(value);
            }};
}

std::vector<StateEntry> state_entries(const Network& network) {
    std::vector<StateEntry> entries;
    for (const int index : network.graph().weighted_layers()) {
        const std::string& layer = network.graph().layers[static_cast<size_t>(index)].name;
        if (ConvBatchNorm* conv = network.conv(index)) {
            entries.push_back(tensor_entry(layer + ".conv.weight", conv->weight));
            entries.push_back(tensor_entry(layer + ".bn.weight", conv->gamma));
            entries.push_back(tensor_entry(layer + ".bn.bias", conv->beta));
            entries.push_back(tensor_entry(layer + ".bn.running_mean", conv->running_mean));
            entries.push_back(tensor_entry(layer + ".bn.running_var", conv->running_var));
            entries.push_back({layer + ".bn.num_batches_tracked",
                               [conv] { return HostTensor::scalar<int64_t>(conv->num_batches_tracked); },
                               [conv](const HostTensor& host) { conv->num_batches_tracked = host.to_int64().at(0); },
                               true});
        } else {
            QuantizedLinear* linear = network.linear(index);
            entries.push_back(tensor_entry(layer + ".weight", linear->weight));
            entries.push_back(tensor_entry(layer + ".bias", linear->bias));
        }
        entries.push_back(tensor_entry(layer + ".alpha", network.stored_clip_level(index).alpha));
        RunningLengths* lengths = &network.stored_running_lengths(index);
        entries.push_back({layer + ".input_fraclen",
                           [lengths] {
                               const std::vector<double>& values = lengths->values();
                               const auto count = static_cast<int64_t>(values.size());
                               if (lengths->is_double()) return HostTensor::from<double>({count}, values);
                               return HostTensor::from<float>({count},
                                                              std::vector<float>(values.begin(), values.end()));
                           },
                           [lengths, layer](const HostTensor& host) { lengths->set(host.to_double(), layer); }, true});
    }
    return entries;
}

}  // namespace

HostTensor to_host(const Tensor& tensor) {
    const Tensor dense = tensor.detach().cpu().contiguous();
    HostTensor host(host_type(dense.scalar_type()), dense.sizes().vec());
    if (!host.bytes.empty()) std::memcpy(host.bytes.data(), dense.const_data_ptr(), host.bytes.size());
    return host;
}

Tensor from_host(const HostTensor& host) {
    Tensor tensor = torch::empty(host.shape, torch_type(host.dtype));
    if (!host.bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), host.bytes.data(), host.bytes.size());
    return tensor;
}

TensorMap export_state(const Network& network) {
    TensorMap state;
    for (const StateEntry& entry : state_entries(network)) state.set(entry.name, entry.get());
    return state;
}

StateReport import_state(Network& network, const TensorMap& state, StatePolicy policy,
                         const std::vector<std::string>& ignored_prefixes) {
    constexpr const char* kParallelPrefix = "module.";
    StateReport report;
    std::set<std::string> used;
    const std::vector<StateEntry> entries = state_entries(network);
    // Everything is checked before anything changes, as far as names go.
    for (const StateEntry& entry : entries) {
        if (state.contains(entry.name)) {
            used.insert(entry.name);
        } else if (state.contains(kParallelPrefix + entry.name)) {
            used.insert(kParallelPrefix + entry.name);
        } else if (!entry.may_be_missing) {
            report.missing.push_back(entry.name);
        }
    }
    for (const auto& [name, tensor] : state.tensors) {
        const bool is_ignored =
            std::any_of(ignored_prefixes.begin(), ignored_prefixes.end(),
                        [&name = name](const std::string& prefix) { return name.starts_with(prefix); });
        if (!is_ignored && !used.contains(name)) report.unknown.push_back(name);
    }
    if (policy == StatePolicy::kStrict) {
        if (!report.missing.empty()) (void)state.at(report.missing.front());  // throws, naming file and nearest name
        if (!report.unknown.empty()) {
            throw DataError(state.source + ": tensor '" + report.unknown.front() + "' is not part of " +
                            network.graph().architecture + " (" + std::to_string(report.unknown.size()) +
                            " unknown in all)");
        }
    }
    for (const StateEntry& entry : entries) {
        const std::string name = used.contains(entry.name) ? entry.name : kParallelPrefix + entry.name;
        if (used.contains(name)) entry.set(state.at(name));
    }
    return report;
}

}  // namespace f8net
