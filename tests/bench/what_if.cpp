// SPDX-License-Identifier: Apache-2.0
// One layer of a network in another format: seconds to the first answer (50 images), to the first differences of the
// layers (16 images), and to both on all images, per layer; what the cache takes. Random weights, random pictures.
//
// Usage: what_if [--threads N] [--images N] [--limit-mb N] [NETWORK]      (default: 1, 200, 1024, resnet18 at 224 pixels)
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "core/network/random_network.h"
#include "core/whatif/what_if_session.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

class RandomPictures final : public f8net::Dataset {
public:
    RandomPictures(int64_t size, const f8net::Shape& shape, int classes)
        : size_(size), shape_(shape), names_(static_cast<size_t>(classes), "class") {}
    int64_t size() const override { return size_; }
    const std::vector<std::string>& class_names() const override { return names_; }
    int channels() const override { return static_cast<int>(shape_.channels); }
    std::optional<f8net::ImageSize> image_size() const override {
        return f8net::ImageSize{static_cast<int>(shape_.height), static_cast<int>(shape_.width)};
    }
    f8net::Sample get(int64_t index) const override {
        f8net::Image image(static_cast<int>(shape_.height), static_cast<int>(shape_.width), channels());
        std::mt19937 random(static_cast<uint32_t>(index));
        for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(random());
        return {image, label(index)};
    }
    int64_t label(int64_t index) const override { return index % num_classes(); }
    std::string name(int64_t index) const override { return "picture " + std::to_string(index); }
    std::string fingerprint() const override { return "random"; }
    std::string description() const override { return "random pictures"; }

private:
    const int64_t size_;
    const f8net::Shape shape_;
    const std::vector<std::string> names_;
};

}  // namespace

int main(int argc, char** argv) {
    int threads = 1;
    int64_t images = 200, limit_mb = 1024;
    f8net::ArchitectureOptions options;
    options.architecture = "resnet18";
    for (int i = 1; i < argc; ++i) {
        const bool has_value = i + 1 < argc;
        if (!std::strcmp(argv[i], "--threads") && has_value)
            threads = std::atoi(argv[++i]);
        else if (!std::strcmp(argv[i], "--images") && has_value)
            images = std::atol(argv[++i]);
        else if (!std::strcmp(argv[i], "--limit-mb") && has_value)
            limit_mb = std::atol(argv[++i]);
        else
            options.architecture = argv[i];
    }
    const f8net::IntegerNetwork network =
        f8net::make_random_network(f8net::make_layer_graph(options), 1, {.keep_effective_weights = true});
    const auto pictures = std::make_shared<RandomPictures>(images, network.input().output, network.num_classes());
    const f8net::EvaluationSet set{pictures, f8net::ImageTransform(f8net::TransformOptions{}, *pictures), images, 16,
                                   threads};
    const auto begin = Clock::now();
    f8net::WhatIfSession session(network, set, {"", threads}, {limit_mb << 20, {}});
    std::printf("%s, %ld images, %d threads: cache %.0f MB, cut at", options.architecture.c_str(), images, threads,
                static_cast<double>(session.cache().size_bytes()) * 1e-6);
    for (const f8net::CutPoint& cut : session.cache().cuts())
        std::printf(" %s", network.nodes[static_cast<size_t>(cut.node)].name.c_str());
    std::printf("; made in %.2f s\n", seconds_since(begin));

    const auto measure = [&](const char* what, const std::vector<f8net::FormatChange>& changes) {
        double first = 0, differences = 0, accuracy = 0;
        f8net::WhatIfListener listener;
        const auto start = Clock::now();
        listener.on_progress = [&](const f8net::WhatIfResult& result) {
            const double now = seconds_since(start);
            if (first == 0 && result.accuracy.images >= std::min<int64_t>(images, 50)) first = now;
            if (differences == 0 && result.difference_images >= 16) differences = now;
            if (accuracy == 0 && result.accuracy.images >= images) accuracy = now;
        };
        const f8net::WhatIfResult result = session.evaluate(changes, 0, {}, listener);
        std::printf("%-36s from %-24s %8.3f %8.3f %8.3f %8.3f\n", what, result.computed_from.c_str(), first,
                    differences, accuracy, seconds_since(start));
    };
    std::printf("%-36s %-29s %8s %8s %8s %8s\n", "seconds to", "", "first 50", "SQNR 16", "top-1", "SQNR");
    measure("(nothing, images read for the first time)", {});
    for (const f8net::IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        const int length = node.weight_format.fractional_length;
        measure(node.name.c_str(),
                {{node.name, f8net::ChangedTensor::kWeight, {8, length > 4 ? length - 1 : 7, true}}});
    }
    return 0;
}
