// SPDX-License-Identifier: Apache-2.0
/// A small network with random weights, and an evaluator that passes its integers on with one of them changed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace f8net {

inline IntegerNetwork small_network(bool keep_effective_weights = false) {
    ArchitectureOptions options;
    options.architecture = "resnet18";
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 12;
    options.input_channels = 1;
    options.num_classes = 4;
    RandomNetworkOptions random;
    random.keep_effective_weights = keep_effective_weights;
    return make_random_network(make_layer_graph(options), 7, random);
}

/// What is reported of one layer of one image, changed by `delta` at one element (H W C order).
struct InjectedFault {
    std::string layer;
    bool in_codes = false;
    int64_t element = 0;
    int32_t delta = 1;
    uint8_t only_pixel = 0;  ///< applies where the image's first byte is this one
};

/// A second integer mode: the executor, with a fault in what it reports (not in what it computes).
class FaultyEvaluator final : public ModeEvaluator {
public:
    FaultyEvaluator(const IntegerNetwork& network, NumericMode mode, std::optional<InjectedFault> fault = {})
        : executor_(make_executor(network, "scalar", 1)), mode_(mode), fault_(std::move(fault)) {}

    NumericMode mode() const override { return mode_; }
    std::string path() const override { return "faulty"; }
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override {
        if (!trace || !fault_) return executor_->run(pixels, images, trace);
        Relay relay{*trace, *fault_, pixels, images};
        return executor_->run(pixels, images, &relay);
    }

private:
    struct Relay final : LayerTrace {
        Relay(LayerTrace& to_, const InjectedFault& fault_, std::span<const uint8_t> pixels_, int64_t images_)
            : to(to_), fault(fault_), pixels(pixels_), images(images_) {}
        void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override {
            to.on_codes(layer, shape, changed(layer, shape, values, true));
        }
        void on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override {
            to.on_accumulators(layer, shape, changed(layer, shape, values, false));
        }
        std::span<const int32_t> changed(const std::string& layer, const Shape& shape, std::span<const int32_t> values,
                                         bool codes) {
            if (layer != fault.layer || codes != fault.in_codes) return values;
            copy.assign(values.begin(), values.end());
            const size_t pixels_each = pixels.size() / static_cast<size_t>(images);
            for (int64_t image = 0; image < images; ++image) {
                if (pixels[static_cast<size_t>(image) * pixels_each] != fault.only_pixel) continue;
                copy[static_cast<size_t>(image * shape.size() + fault.element)] += fault.delta;
            }
            return copy;
        }
        LayerTrace& to;
        const InjectedFault& fault;
        std::span<const uint8_t> pixels;
        int64_t images;
        std::vector<int32_t> copy;
    };

    std::unique_ptr<Executor> executor_;
    NumericMode mode_;
    std::optional<InjectedFault> fault_;
};

}  // namespace f8net
