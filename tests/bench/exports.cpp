// SPDX-License-Identifier: Apache-2.0
// How long exports take and how much memory, each in a process of its own: seconds with all that is on the disk at the
// end, bytes written, largest memory besides the network's own, and that over the bytes.
// Usage: exports [NETWORK...]      NETWORK: resnet50 (default), resnet18, mobilenet_v1, ... at 224 pixels
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "core/base/atomic_folder.h"
#include "core/deploy/c/c_compiler.h"
#include "core/deploy/c/c_source.h"
#include "core/deploy/onnx_export.h"
#include "core/network/random_network.h"

namespace {

using f8net::IntegerNetwork;

struct Format {
    const char* name;
    std::function<void(const IntegerNetwork&, const std::string& path)> write;
};

const std::vector<Format>& formats() {
    static const std::vector<Format> all = {
        {"onnx", [](const auto& network, const auto& path) { f8net::export_onnx(network, path); }},
        {"onnx-qdq",
         [](const auto& network, const auto& path) {
             f8net::export_onnx(network, path, {.flavour = f8net::OnnxFlavour::kQdq});
         }},
        {"onnx-integer",
         [](const auto& network, const auto& path) {
             f8net::export_onnx(network, path, {.flavour = f8net::OnnxFlavour::kInteger});
         }},
        {"c", [](const auto& network, const auto& path) { f8net::export_c(network, path); }},
    };
    return all;
}

int64_t largest_kilobytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

void measure(const IntegerNetwork& network, const std::string& name, const Format& format) {
    const f8net::TemporaryFolder folder;
    const std::string path = folder.file("out");
    const int64_t before = largest_kilobytes();
    const auto begin = std::chrono::steady_clock::now();
    format.write(network, path);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double megabytes = static_cast<double>(f8net::size_on_disk(path)) / 1e6;
    const double memory = static_cast<double>(largest_kilobytes() - before) * 1024 / 1e6;
    std::printf("%-12s %-13s %6.2f s %8.1f MB written %8.1f MB of memory, %.2f of the file\n", name.c_str(),
                format.name, seconds, megabytes, memory, memory / megabytes);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty()) names = {"resnet50"};
    for (const std::string& name : names) {
        for (const Format& format : formats()) {
            std::fflush(stdout);
            const pid_t child = ::fork();
            if (child == 0) {
                f8net::ArchitectureOptions options;
                options.architecture = name;
                measure(f8net::make_random_network(f8net::make_layer_graph(options), 1), name, format);
                std::fflush(stdout);
                ::_exit(0);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            if (status != 0) return 1;
        }
    }
    return 0;
}
