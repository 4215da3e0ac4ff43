// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/output_error.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/real_network.h"
#include "core/analysis/recorded_trace.h"
#include "core/base/error.h"
#include "tests/core/analysis/damaged_network.h"

namespace f8net {
namespace {

const IntegerNode& node_of(const IntegerNetwork& network, const std::string& name) {
    return network.nodes[static_cast<size_t>(network.index_of(name))];
}

TEST(OutputError, IsThatOfItsDefinition) {
    const IntegerNetwork network = small_network(true);
    const EvaluationSet set = small_images(3);
    const auto executor = make_executor(network, "scalar", 1);
    const auto errors = measure_output_errors(network, *executor, set, 2);

    // By hand, for one layer: all images one after another.
    const std::string layer = "stage_1_layer_0.body.0";
    const auto index = static_cast<size_t>(network.index_of(layer));
    const RealNetwork real(network);
    std::vector<double> expected, got;
    for_each_batch(set, 1, [&](const Batch& batch, int64_t) {
        RealNetwork::Outputs outputs;
        real.run(batch.pixels.data(), real.all_layers(false), outputs);
        RecordedTrace trace;
        executor->run(batch.pixels, 1, &trace);
        const RecordedTensor* const recorded = trace.find(layer, TraceTensor::kAccumulators);
        for (size_t i = 0; i < outputs[index].size(); ++i) {
            expected.push_back(outputs[index][i]);
            got.push_back(recorded->values[i] * std::exp2(-network.nodes[index].fractional_length));
        }
    });
    double signal = 0, noise = 0, product = 0, squares = 0, sum = 0, largest = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        signal += expected[i] * expected[i];
        squares += got[i] * got[i];
        product += expected[i] * got[i];
        noise += (got[i] - expected[i]) * (got[i] - expected[i]);
        sum += std::abs(got[i] - expected[i]);
        largest = std::max(largest, std::abs(got[i] - expected[i]));
    }
    const double lsb = node_of(network, "stage_1_layer_0.body.1").input_format.scale();
    const OutputError& error = errors.at(layer);
    EXPECT_NEAR(error.sqnr_db, 10 * std::log10(signal / noise), 1e-9);
    EXPECT_NEAR(error.cosine, product / std::sqrt(signal * squares), 1e-12);
    EXPECT_NEAR(*error.mean_lsb, sum / static_cast<double>(expected.size()) / lsb, 1e-9);
    EXPECT_NEAR(*error.max_lsb, largest / lsb, 1e-9);
    EXPECT_FALSE(errors.at("classifier.0").mean_lsb);  // nobody reads it
    EXPECT_FALSE(errors.contains("input"));

    const auto alone = measure_output_errors(network, *executor, set, 1);
    EXPECT_EQ(alone.at(layer).sqnr_db, error.sqnr_db);  // whatever the number of threads
}

TEST(OutputError, ShowsTheLayerThatIsDamaged) {
    const IntegerNetwork good = small_network(true), damaged = damaged_network();
    const auto measure = [&](const IntegerNetwork& network) {
        return measure_output_errors(network, *make_executor(network, "scalar", 1), small_images(4), 2);
    };
    const auto before = measure(good), after = measure(damaged);
    EXPECT_EQ(after.at("stage_1_layer_0.body.0").sqnr_db, before.at("stage_1_layer_0.body.0").sqnr_db);
    EXPECT_LT(after.at(kDamagedLayer).sqnr_db, before.at(kDamagedLayer).sqnr_db - 10);
    EXPECT_LT(after.at(kDamagedLayer).cosine, before.at(kDamagedLayer).cosine);
    EXPECT_GT(*after.at(kDamagedLayer).mean_lsb, 2 * *before.at(kDamagedLayer).mean_lsb);
}

TEST(OutputError, LsbIsTheFinestStepOfThoseWhoRead) {
    const IntegerNetwork network = small_network();
    for (size_t i = 1; i < network.nodes.size(); ++i) {
        if (network.nodes[i].kind != NodeKind::kAdd) continue;
        // The stream is read by the next block's first convolution, its shortcut or sum, and what lies behind those.
        const std::optional<double> step = reader_step(network, i);
        ASSERT_TRUE(step) << network.nodes[i].name;
        double finest = INFINITY;
        for (size_t reader = i + 1; reader < network.nodes.size(); ++reader) {
            const IntegerNode& node = network.nodes[reader];
            if (!node.has_weights()) continue;
            // Directly, or through the ReLU of the sum.
            const IntegerNode& source = network.nodes[static_cast<size_t>(node.inputs[0])];
            const bool reads = node.inputs[0] == static_cast<int>(i) ||
                               (source.kind == NodeKind::kRelu && source.inputs[0] == static_cast<int>(i));
            if (reads) finest = std::min(finest, node.input_format.scale());
        }
        EXPECT_LE(*step, finest) << network.nodes[i].name;
    }
    EXPECT_FALSE(reader_step(network, network.nodes.size() - 1));
    EXPECT_EQ(reader_step(network, static_cast<size_t>(network.index_of("stage_0_layer_0.body.0"))),
              node_of(network, "stage_0_layer_0.body.1").input_format.scale());
}

TEST(OutputError, NeedsRealWeights) {
    const IntegerNetwork network = small_network();
    EXPECT_THROW(measure_output_errors(network, *make_executor(network, "scalar", 1), small_images(1), 1), DataError);
}

}  // namespace
}  // namespace f8net
