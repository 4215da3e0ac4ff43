// SPDX-License-Identifier: Apache-2.0
#include "core/training/optimizer.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/atomic_file.h"

namespace f8net {
namespace {

const std::map<std::string, WeightDecayScheme> kSchemes{
    {"all", WeightDecayScheme::kAll},
    {"only_no_depthwise", WeightDecayScheme::kOnlyNoDepthwise},
    {"only_no_bn", WeightDecayScheme::kOnlyNoBatchNorm},
    {"no_depthwise_no_bn", WeightDecayScheme::kNoDepthwiseNoBatchNorm},
};

TEST(Optimizer, TrainsWhatThePublishedProgramTrainsWithItsDecay) {
    const auto golden =
        nlohmann::json::parse(read_text_file(std::string(F8NET_SOURCE_DIR) + "/tests/golden/weight_decay.json"));
    for (const auto& [name, by_scheme] : golden.items()) {
        ArchitectureOptions architecture;
        architecture.architecture = name;
        architecture.width_multiplier = 0.25;
        const Network network(make_layer_graph(architecture), QuantizationConfig());
        for (const auto& [scheme, recorded] : by_scheme.items()) {
            OptimizerConfig options;
            options.weight_decay_scheme = kSchemes.at(scheme);
            std::set<std::string> trained;
            const Sgd optimizer = make_optimizer(network, options, NumericMode::kFakeQuant);
            for (const Sgd::Parameter& parameter : optimizer.parameters()) {
                const std::string key = "module." + parameter.name;
                ASSERT_TRUE(recorded.contains(key)) << key;
                EXPECT_DOUBLE_EQ(parameter.weight_decay, recorded[key].get<double>()) << scheme << " " << key;
                trained.insert(key);
            }
            // What is left over are clipping levels that nobody reads: of raw pixels, and of layers that use another's.
            for (const auto& [key, decay] : recorded.items()) {
                if (trained.contains(key)) continue;
                ASSERT_TRUE(key.ends_with(".alpha")) << key;
                const std::string layer = key.substr(7, key.size() - 7 - std::string(".alpha").size());
                const int index = network.graph().index_of(layer);
                ASSERT_GE(index, 0) << key;
                const Layer& found = network.graph().layers[static_cast<size_t>(index)];
                EXPECT_TRUE(found.reads_pixels || found.clip_owner != index) << key;
            }
        }
    }
}

}  // namespace
}  // namespace f8net
