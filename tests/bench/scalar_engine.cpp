// SPDX-License-Identifier: Apache-2.0
// How fast the scalar executor is: GMAC/s of one thread, per network and per node.
// Usage: scalar_engine [threads=1] [rounds=5]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace {

struct Network {
    const char* title;
    f8net::ArchitectureOptions options;
    int64_t images;
};

void measure(const Network& each, int threads, int rounds) {
    const f8net::IntegerNetwork network = f8net::make_random_network(f8net::make_layer_graph(each.options), 1);
    const auto executor = f8net::make_executor(network, "scalar", threads);
    const int64_t images = each.images * threads;
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    executor->run(pixels, images, nullptr);
    executor->take_node_ms();
    double best = 1e30;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        executor->run(pixels, images, nullptr);
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    const double macs = static_cast<double>(network.macs() * images);
    std::printf("%-28s %8.3f ms/image  %6.2f GMAC/s a thread\n", each.title, best * 1e3 / static_cast<double>(images),
                macs * 1e-9 / best / threads);
    const auto ms = executor->take_node_ms();
    double weighted = 0, all = 0;
    for (size_t i = 0; i < ms.size(); ++i) {
        all += ms[i];
        if (network.nodes[i].has_weights()) weighted += ms[i];
    }
    std::printf("%-28s %8.1f %% in convolutions and linear layers\n", "", 100 * weighted / all);
}

f8net::ArchitectureOptions imagenet(const std::string& architecture) {
    f8net::ArchitectureOptions options;
    options.architecture = architecture;
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
    const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
    f8net::ArchitectureOptions quickstart = imagenet("resnet18");
    quickstart.width_multiplier = 0.25;
    quickstart.stem = f8net::Stem::kSmall;
    quickstart.image_size = 28;
    quickstart.input_channels = 1;
    quickstart.num_classes = 10;
    measure({"quickstart (resnet18 x 0.25)", quickstart, 16}, threads, rounds);
    for (const char* name : {"resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"}) {
        measure({name, imagenet(name), 1}, threads, rounds);
    }
}
