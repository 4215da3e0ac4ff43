// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/analysis/small_network.h"
#include "tests/core/analysis/synthetic_data.h"

namespace f8net {
namespace {

EvaluationSet small_set(int64_t size, int batch) {
    const auto data = std::make_shared<SyntheticData>(size, 12, 4);
    return {data, ImageTransform({}, *data), 0, batch, 1};
}

/// Answers `right` for images whose number is below a limit and the next class for others; in float.
class Oracle final : public ModeEvaluator {
public:
    explicit Oracle(int right_below) : right_below_(right_below) {}
    NumericMode mode() const override { return NumericMode::kFloat; }
    std::string path() const override { return "oracle"; }
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace*) override {
        Logits logits;
        logits.images = images;
        logits.classes = 4;
        logits.values.assign(static_cast<size_t>(images) * 4, 0.0f);
        const size_t size = pixels.size() / static_cast<size_t>(images);
        for (size_t i = 0; i < static_cast<size_t>(images); ++i) {
            const int number = pixels[i * size];
            logits.values[i * 4 + static_cast<size_t>((number % 4 + (number < right_below_ ? 0 : 1)) % 4)] = 1;
        }
        return logits;
    }

private:
    int right_below_;
};

TEST(Evaluation, CountsTopOneTopFiveAndClasses) {
    Oracle oracle(30);
    const Evaluation evaluation = evaluate(small_set(40, 7), {{&oracle}});
    ASSERT_EQ(evaluation.modes.size(), 1u);
    const ModeResult& result = evaluation.modes[0];
    EXPECT_EQ(result.images, 40);
    EXPECT_DOUBLE_EQ(result.top1, 0.75);
    EXPECT_DOUBLE_EQ(result.top5, 1.0);  // four classes: always among the first five
    // Numbers 0..29 hold classes 0 and 1 eight times, 2 and 3 seven times; of ten each.
    EXPECT_THAT(result.per_class, testing::ElementsAre(0.8, 0.8, 0.7, 0.7));
    // Wrong answers are the next class.
    EXPECT_THAT(result.confusion, testing::ElementsAre(8, 2, 0, 0, 0, 8, 2, 0, 0, 0, 7, 3, 3, 0, 0, 7));
    const double right = std::log(1 + 3 * std::exp(-1.0)), wrong = std::log(3 + std::exp(1.0));
    EXPECT_NEAR(result.loss, 0.75 * right + 0.25 * wrong, 1e-12);
    EXPECT_FALSE(evaluation.integer_modes_agree.has_value());
}

TEST(Evaluation, TiesGoToTheSmallerClass) {
    const float logits[] = {1, 3, 3, 0};
    EXPECT_EQ(rank_of(logits, 4, 1), 0);
    EXPECT_EQ(rank_of(logits, 4, 2), 1);
    EXPECT_EQ(rank_of(logits, 4, 3), 3);
}

TEST(Evaluation, CountsFurtherTopsThatAreAskedFor) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    EvaluationOptions options;
    options.topk = {1, 2, 5, 1000};
    const ModeResult result = evaluate(small_set(20, 7), {{law.get()}}, options).modes[0];
    ASSERT_EQ(result.topk.size(), 2U);  // 1 and 5 have fields of their own
    EXPECT_GE(result.topk.at(2), result.top1);
    EXPECT_LE(result.topk.at(2), result.top5);
    EXPECT_EQ(result.topk.at(1000), 1);
    options.topk = {1};
    EXPECT_TRUE(evaluate(small_set(20, 7), {{law.get()}}, options).modes[0].topk.empty());
}

TEST(Evaluation, LossDoesNotOverflowAndScales) {
    const float logits[] = {100'000, 0};
    EXPECT_DOUBLE_EQ(cross_entropy(logits, 2, 0, 1), 0);
    EXPECT_DOUBLE_EQ(cross_entropy(logits, 2, 1, 1), 100'000);
    EXPECT_NEAR(cross_entropy(logits, 2, 1, 1e-5), std::log(1 + std::exp(1.0)), 1e-12);
}

TEST(Evaluation, IntegerModesThatAreEqualAgree) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    FaultyEvaluator same(network, NumericMode::kIntegerFloat);
    const Evaluation evaluation = evaluate(small_set(10, 4), {{&same}, {law.get()}});
    EXPECT_EQ(evaluation.integer_modes_agree, true);
    EXPECT_EQ(evaluation.agreement_images, 10);
    EXPECT_DOUBLE_EQ(evaluation.modes[0].top1, evaluation.modes[1].top1);
}

TEST(Evaluation, FindsOneChangedAccumulatorAndComparesWithIntegerOnly) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    InjectedFault fault;
    fault.layer = "head.0";
    fault.element = 17;
    fault.only_pixel = 6;
    FaultyEvaluator other(network, NumericMode::kSimulatedInteger, fault);
    const Evaluation evaluation = evaluate(small_set(10, 4), {{&other}, {law.get()}});
    EXPECT_EQ(evaluation.integer_modes_agree, false);
    ASSERT_TRUE(evaluation.first_difference);
    EXPECT_EQ(evaluation.first_difference->image, 6);
    EXPECT_EQ(evaluation.first_difference->layer, "head.0");
    EXPECT_EQ(evaluation.first_difference->reference_path, law->path());
}

TEST(Evaluation, ComparesOnlyTheImagesAskedFor) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    InjectedFault fault;
    fault.layer = "head.0";
    fault.only_pixel = 6;
    FaultyEvaluator other(network, NumericMode::kSimulatedInteger, fault);
    EvaluationOptions options;
    options.agreement_images = 6;  // images 0 to 5
    EvaluatedMode limited{&other, 6};
    const Evaluation evaluation = evaluate(small_set(10, 4), {{law.get()}, limited}, options);
    EXPECT_EQ(evaluation.integer_modes_agree, true);
    EXPECT_EQ(evaluation.agreement_images, 6);
    EXPECT_EQ(evaluation.modes[0].images, 10);
    EXPECT_EQ(evaluation.modes[1].images, 6);
    options.agreement_images = 7;
    limited.image_limit = 7;
    EXPECT_EQ(evaluate(small_set(10, 4), {{law.get()}, limited}, options).integer_modes_agree, false);
}

TEST(Evaluation, LabelOutsideOfTheNetworksClassesIsAnError) {
    const auto data = std::make_shared<SyntheticData>(10, 12, 5);  // labels up to 4
    Oracle oracle(0);                                              // classes 0 to 3
    const EvaluationSet set{data, ImageTransform({}, *data), 0, 4, 1};
    EXPECT_THROW(evaluate(set, {{&oracle}}), std::runtime_error);
}

}  // namespace
}  // namespace f8net
