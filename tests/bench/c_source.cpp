// SPDX-License-Identifier: Apache-2.0
// How fast the exported C source is: seconds to compile, ms an image and GMAC/s per compiler and flags, beside the law
// (scalar, one thread) in the same run; bytes of code.
// Usage: c_source [NETWORK...]      NETWORK: quickstart (default), resnet18, mobilenet_v2, ... at 224 pixels
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/c/c_compiler.h"
#include "core/deploy/c/c_source.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Prints the least milliseconds of some images.
constexpr const char* kDriver = R"(#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>
#include "net.h"
static uint8_t pixels[F8NET_HEIGHT * F8NET_WIDTH * F8NET_CHANNELS];
static int32_t logits[F8NET_CLASSES];
int main(void)
{
    double best = 1e30, all = 0;
    for (uint32_t i = 0; i < sizeof pixels; ++i) pixels[i] = (uint8_t)(i * 2654435761u >> 13);
    for (int round = 0; round < 200 && (round < 3 || all < 2000); ++round) {
        struct timespec a, b;
        double ms;
        clock_gettime(CLOCK_MONOTONIC, &a);
        f8net_infer(pixels, logits);
        clock_gettime(CLOCK_MONOTONIC, &b);
        ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) * 1e-6;
        all += ms;
        best = ms < best ? ms : best;
    }
    printf("%f\n", best);
    return 0;
}
)";

f8net::ArchitectureOptions options_of(const std::string& network) {
    f8net::ArchitectureOptions options;
    options.architecture = network;
    if (network == "quickstart") {
        options.architecture = "resnet18";
        options.width_multiplier = 0.25;
        options.stem = f8net::Stem::kSmall;
        options.image_size = 28;
        options.input_channels = 1;
        options.num_classes = 10;
    }
    return options;
}

double law_ms(const f8net::IntegerNetwork& network) {
    const auto law = f8net::make_executor(network, "scalar", 1);
    const std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()), 100);
    double best = 1e30;
    for (int round = 0; round < 5; ++round) {
        const auto begin = Clock::now();
        (void)law->run(pixels, 1, nullptr);
        best = std::min(best, seconds_since(begin) * 1e3);
    }
    return best;
}

void measure(const std::string& name) {
    const f8net::IntegerNetwork network = f8net::make_random_network(f8net::make_layer_graph(options_of(name)), 1);
    const auto gmacs = [&](double ms) { return static_cast<double>(network.macs()) / 1e6 / ms; };
    const double law = law_ms(network);
    std::printf("%s: the law, one thread: %.2f ms, %.1f GMAC/s\n", name.c_str(), law, gmacs(law));
    const f8net::TemporaryFolder folder;
    const f8net::CMemory memory = f8net::export_c(network, folder.file("c"));
    std::printf("constants %lld, code %lld, RAM %lld bytes\n", static_cast<long long>(memory.constants_bytes),
                static_cast<long long>(f8net::c_code_bytes(network).value_or(0)),
                static_cast<long long>(memory.ram_bytes()));
    f8net::write_text_file(folder.file("driver.c"), kDriver);
    for (const char* compiler : {"gcc", "clang"}) {
        for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{{"-Os", "-DF8NET_PORTABLE"},
                                                                                           {"-O3", "-DF8NET_PORTABLE"},
                                                                                           {"-O3"},
                                                                                           {"-O3", "-mavx2"},
                                                                                           {"-O3", "-march=native"}}) {
            std::vector<std::string> words = {"-std=c11", "-I", folder.file("c")};
            words.insert(words.end(), flags.begin(), flags.end());
            words.insert(words.end(), {folder.file("c/net.c"), folder.file("driver.c"), "-o", folder.file("run")});
            std::string text;
            for (const std::string& flag : flags) text += " " + flag;
            try {
                const auto begin = Clock::now();
                f8net::compile_c({compiler}, words);
                const double compile_s = seconds_since(begin);
                if (std::system((folder.file("run") + " >" + folder.file("ms")).c_str()) != 0) continue;
                const double ms = std::stod(f8net::read_text_file(folder.file("ms")));
                std::printf("%-6s%-24s compiled in %5.1f s, %9.2f ms, %6.1f GMAC/s\n", compiler, text.c_str(),
                            compile_s, ms, gmacs(ms));
            } catch (const f8net::Error& error) {
                std::printf("%-6s%-24s %s\n", compiler, text.c_str(), error.what());
            }
            std::fflush(stdout);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty()) names = {"quickstart"};
    for (const std::string& name : names) measure(name);
    return 0;
}
