// SPDX-License-Identifier: Apache-2.0
#include "core/training/weight_decay.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/architecture/layer_graph.h"
#include "core/base/atomic_file.h"

namespace f8net {
namespace {

TEST(WeightDecay, EqualsTheRecordedListsOfThePublishedProgram) {
    const std::map<std::string, WeightDecayScheme> schemes{
        {"all", WeightDecayScheme::kAll},
        {"only_no_depthwise", WeightDecayScheme::kOnlyNoDepthwise},
        {"only_no_bn", WeightDecayScheme::kOnlyNoBatchNorm},
        {"no_depthwise_no_bn", WeightDecayScheme::kNoDepthwiseNoBatchNorm},
    };
    const auto golden =
        nlohmann::json::parse(read_text_file(std::string(F8NET_SOURCE_DIR) + "/tests/golden/weight_decay.json"));
    int compared = 0;
    for (const auto& [network, by_scheme] : golden.items()) {
        ArchitectureOptions options;
        options.architecture = network;
        const LayerGraph graph = make_layer_graph(options);
        for (const auto& [scheme, parameters] : by_scheme.items()) {
            for (const auto& [parameter, value] : parameters.items()) {
                // module.<layer>.<conv|bn>.<weight|bias>, module.<layer>.alpha, module.classifier.0.<weight|bias>
                std::string name = parameter.substr(std::string("module.").size());
                int64_t dimensions = 1;
                bool is_depthwise = false;
                if (name.ends_with(".alpha")) dimensions = 0;
                if (name.ends_with(".conv.weight")) {
                    dimensions = 4;
                    is_depthwise =
                        graph.layer(name.substr(0, name.size() - std::string(".conv.weight").size())).is_depthwise();
                }
                if (name == "classifier.0.weight") dimensions = 2;
                EXPECT_DOUBLE_EQ(weight_decay_of(dimensions, is_depthwise, schemes.at(scheme), 4e-5),
                                 value.get<double>())
                    << network << " " << scheme << " " << parameter;
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 900);
}

}  // namespace
}  // namespace f8net
