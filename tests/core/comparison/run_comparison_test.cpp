// SPDX-License-Identifier: Apache-2.0
#include "core/comparison/run_comparison.h"

#include "core/analysis/predictions.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::Optional;

class Comparison : public StoreTest {
protected:
    /// A finished run with formats; `weight_length` and `sqnr` of its one layer.
    RunId add(const std::string& name, const std::string& lr, int weight_length, double sqnr) {
        NewRun run;
        run.name = name;
        run.config_values = {{"optimizer.lr", lr}, {"optimizer.momentum", "0.9"}};
        const RunId id = open().create_run(run);
        RunWriter writer(path, id, nullptr);
        EpochReport report = epoch_report(1, 10);
        report.formats[0].weight_format.fractional_length = weight_length;
        report.formats[0].input_sqnr_db = sqnr;
        writer.on_step(step_report(10));
        writer.on_epoch(report);
        writer.finish(RunState::kFinished, 0);
        return id;
    }
    void evaluate(const RunId& run, double top1, std::vector<int32_t> classes) {
        RunStore store = open();
        EvaluationRecord evaluation;
        evaluation.checkpoint = "best";
        evaluation.mode = "integer-only";
        evaluation.split = "test";
        evaluation.images = 200;
        evaluation.top1 = top1;
        store.set_evaluation(run, evaluation);
        if (classes.empty()) return;
        Predictions predictions;
        predictions.dataset_fingerprint = "f";
        predictions.split = "test";
        predictions.labels.resize(classes.size());
        predictions.modes["integer-only"] = {"best", classes, std::vector<float>(classes.size())};
        ArtifactRecord artifact;
        artifact.path = store.run_folder(run) + "/predictions.safetensors";
        artifact.role = "predictions";
        write_predictions(artifact.path, predictions);
        store.add_artifact(run, artifact);
    }
    RunComparison compare(const std::vector<RunId>& runs) {
        const RunStore store = open(RunStore::Mode::kReadOnly);
        return compare_runs(RunReader(store), runs);
    }
};

TEST_F(Comparison, SaysWhatDiffersFromTheFirstRun) {
    const RunId a = add("a", "0.1", 5, 30), b = add("b", "0.2", 6, 21), c = add("c", "0.1", 5, 30);
    const RunComparison comparison = compare({a, b, c});
    EXPECT_THAT(comparison.differing_options(1), ElementsAre("optimizer.lr"));
    EXPECT_TRUE(comparison.differing_options(2).empty());
    EXPECT_EQ(comparison.options.size(), 2u);
    EXPECT_EQ(comparison.layers_with_other_formats(1), 1);
    EXPECT_EQ(comparison.layers_with_other_formats(2), 0);
    ASSERT_NE(comparison.largest_gap(1), nullptr);
    EXPECT_THAT(comparison.largest_gap(1)->sqnr_gap(1), Optional(-9.0));
    EXPECT_EQ(comparison.largest_gap(2), nullptr);
    EXPECT_FALSE(comparison.accuracies[0].has_value());
    ASSERT_TRUE(comparison.accuracies[1].has_value());  // neither was evaluated
    EXPECT_EQ(comparison.accuracies[1]->mode, "best while training");
}

TEST_F(Comparison, TellsADifferenceFromChanceOnTheSameImages) {
    const RunId a = add("a", "0.1", 5, 30), b = add("b", "0.1", 5, 30), c = add("c", "0.1", 5, 30);
    std::vector<int32_t> right(200, 0), one_wrong(200, 0), many_wrong(200, 0);
    one_wrong[7] = 1;
    std::fill_n(many_wrong.begin(), 20, 1);
    evaluate(a, 1.0, right);
    evaluate(b, 0.995, one_wrong);
    evaluate(c, 0.9, many_wrong);
    evaluate(c, 0.75, {});  // a few images only, later
    const RunComparison comparison = compare({a, b, c});
    ASSERT_TRUE(comparison.accuracies[1] && comparison.accuracies[1]->paired);
    EXPECT_EQ(comparison.accuracies[1]->mode, "integer-only");
    EXPECT_EQ(comparison.accuracies[1]->images, 200);
    EXPECT_NEAR(comparison.accuracies[1]->paired->difference, -0.005, 1e-12);
    EXPECT_FALSE(comparison.accuracies[1]->paired->is_distinguishable());
    ASSERT_TRUE(comparison.accuracies[2] && comparison.accuracies[2]->paired);
    EXPECT_TRUE(comparison.accuracies[2]->paired->is_distinguishable());
    EXPECT_DOUBLE_EQ(comparison.accuracies[2]->first, 1);
    EXPECT_DOUBLE_EQ(comparison.accuracies[2]->other, 0.9);
}

TEST_F(Comparison, AccuraciesOfUnknownImagesAreComparedWithoutAVerdict) {
    const RunId a = add("a", "0.1", 5, 30), b = add("b", "0.1", 5, 30);
    evaluate(a, 0.9, std::vector<int32_t>(200, 0));
    evaluate(b, 0.8, {});
    const RunComparison comparison = compare({a, b});
    ASSERT_TRUE(comparison.accuracies[1]);
    EXPECT_EQ(comparison.accuracies[1]->images, 0);
    EXPECT_FALSE(comparison.accuracies[1]->paired.has_value());
    EXPECT_NEAR(comparison.accuracies[1]->other - comparison.accuracies[1]->first, -0.1, 1e-12);
}

}  // namespace
}  // namespace f8net
