// SPDX-License-Identifier: Apache-2.0
// Time and peak memory of loading a ResNet50 checkpoint as our safetensors file and as a .pth file in the authors'
// layout (zip and the form before PyTorch 1.6), beside the limit: the same bytes copied out of the page cache and
// hashed. Usage: checkpoint_loading [ARCHITECTURE]; default resnet50.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/pretrained/pretrained.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/file_source.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/tensorfile/pth_files.h"

namespace {

using namespace f8net;
using namespace f8net::testing;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 9;

TensorMap make_state(const LayerGraph& graph) {
    TensorMap state;
    std::mt19937 random(1);
    const auto add = [&](const std::string& name, const std::vector<int64_t>& shape) {
        HostTensor tensor(DType::kF32, shape);
        for (float& value : tensor.as<float>()) value = static_cast<float>(random()) * 0x1p-32f;
        state.set(name, std::move(tensor));
    };
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        const bool is_conv = layer.kind == LayerKind::kConv;
        add(layer.name + (is_conv ? ".conv.weight" : ".weight"), layer.weight_shape());
        if (!is_conv) add(layer.name + ".bias", {layer.out_channels});
        for (const char* part : {".bn.weight", ".bn.bias", ".bn.running_mean", ".bn.running_var"}) {
            if (is_conv) add(layer.name + part, {layer.out_channels});
        }
        add(layer.name + ".alpha", {});
        add(layer.name + ".input_fraclen", {1});
    }
    return state;
}

std::string bytes_of(const HostTensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

/// {"model": {"module.NAME": tensor, ...}, "last_epoch": 149}
std::string authors_pickle(const TensorMap& state, bool is_legacy) {
    std::string items;
    int key = 0;
    for (const auto& [name, tensor] : state.tensors) {
        std::vector<int64_t> strides(tensor.shape.size(), 1);
        for (size_t d = tensor.shape.size(); d > 1; --d) strides[d - 2] = strides[d - 1] * tensor.shape[d - 1];
        items += unicode("module." + name) +
                 tensor_pickle(tensor.num_elements(), 0, tensor.shape, strides, std::to_string(key++), is_legacy);
    }
    return kPickleBegin + "}(" + unicode("model") + "}(" + items + "u" + unicode("last_epoch") + "K\x95u.";
}

std::string authors_file(const TensorMap& state) {
    ZipEntries entries = {{"best_model/data.pkl", authors_pickle(state, false)}};
    int key = 0;
    for (const auto& [name, tensor] : state.tensors)
        entries.emplace_back("best_model/data/" + std::to_string(key++), bytes_of(tensor));
    return zip(entries);
}

std::string authors_legacy_file(const TensorMap& state) {
    std::vector<LegacyStorage> storages;
    for (const auto& [name, tensor] : state.tensors)
        storages.push_back({std::to_string(storages.size()), tensor.num_elements(), bytes_of(tensor)});
    return legacy_file(authors_pickle(state, true), storages);
}

int64_t kilobytes(const char* key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key)) return std::stoll(line.substr(std::string(key).size() + 1));
    }
    return 0;
}

/// Each round in a process of its own: no memory of the one before is there to use again.
void measure(const char* what, int64_t file_bytes, const std::function<void()>& load) {
    std::vector<double> ms;
    double most = 0;
    for (int round = 0; round < kRounds; ++round) {
        int ends[2];
        if (::pipe(ends) != 0) std::abort();
        const pid_t child = ::fork();
        if (child == 0) {
            const int64_t before = kilobytes("VmRSS:");
            std::ofstream("/proc/self/clear_refs") << "5";  // the peak counts from here on
            const auto begin = Clock::now();
            load();
            double result[2];
            result[0] = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
            result[1] = static_cast<double>(kilobytes("VmHWM:") - before) * 1024;
            const bool written = ::write(ends[1], result, sizeof result) == sizeof result;
            std::_Exit(written ? 0 : 1);
        }
        double result[2] = {};
        if (::read(ends[0], result, sizeof result) != sizeof result) std::abort();
        ::waitpid(child, nullptr, 0);
        ::close(ends[0]);
        ::close(ends[1]);
        ms.push_back(result[0]);
        most = std::max(most, result[1]);
    }
    std::sort(ms.begin(), ms.end());
    std::printf("%-34s median %6.1f ms  min %6.1f ms  %5.2f GB/s  peak memory %.2f x the file\n", what, ms[kRounds / 2],
                ms[0], static_cast<double>(file_bytes) / ms[kRounds / 2] * 1e-6,
                most / static_cast<double>(file_bytes));
}

}  // namespace

int main(int argc, char** argv) {
    ArchitectureOptions options;
    options.architecture = argc > 1 ? argv[1] : "resnet50";
    const LayerGraph graph = make_layer_graph(options);
    const auto folder = std::filesystem::temp_directory_path() / ("f8net-loading-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string safetensors = (folder / "net.safetensors").string(), pth = (folder / "net.pth").string(),
                      legacy = (folder / "legacy.pth").string();
    {
        const TensorMap state = make_state(graph);
        write_safetensors(safetensors, state);
        write_text_file(pth, authors_file(state));
        write_text_file(legacy, authors_legacy_file(state));
    }
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(safetensors));
    std::printf("%s: %lld bytes\n", options.architecture.c_str(), static_cast<long long>(bytes));
    measure("limit: copy out of the page cache", bytes, [&] {
        FileSource source(safetensors);
        std::vector<std::byte> data(static_cast<size_t>(source.size()));
        source.read(0, data.data(), data.size());
    });
    measure("limit: copy and hash", bytes, [&] {
        FileSource source(safetensors);
        std::vector<std::byte> data(static_cast<size_t>(source.size()));
        source.read(0, data.data(), data.size());
        (void)hash_hex(data.data(), data.size());
    });
    for (const auto& [what, path] : {std::pair{"our safetensors, hashes checked", safetensors},
                                     {"authors' .pth, checksums checked", pth},
                                     {"authors' .pth before PyTorch 1.6", legacy}}) {
        measure(what, static_cast<int64_t>(std::filesystem::file_size(path)), [&, &path = path] {
            const PretrainedWeights weights = translate_pretrained(load_checkpoint_file(path), graph, {});
            if (weights.state.tensors.empty()) std::abort();
        });
    }
    std::filesystem::remove_all(folder);
    return 0;
}
