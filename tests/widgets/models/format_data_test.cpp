// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/format_data.h"

#include <gtest/gtest.h>

#include <cmath>

namespace f8net {
namespace {

TEST(StageOf, ReadsTheAuthorsModuleNames) {
    EXPECT_EQ(stageOf("stage_2_layer_0.shortcut.0"), "stage 2");
    EXPECT_EQ(stageOf("stage_12_layer_1.body.0"), "stage 12");
    EXPECT_EQ(stageOf("head.0"), "head");
    EXPECT_EQ(stageOf("classifier.0"), "fc");
}

LayerFormatReport reportOf(double sigma) {
    LayerFormatReport report;
    report.statistic = "std";
    report.input_statistic = sigma;
    report.input_unrounded = std::log2(70 / sigma);
    report.input_format = {8, 5, false};
    report.input_running_fractional_length = 5.12;
    return report;
}

TEST(WhySentence, IsThatOfTheDesign) {
    EXPECT_EQ(whySentence(reportOf(1.604), false).toStdString(),
              "sigma 1.604: log2(70 / 1.604) = 5.45, so 5; running value 5.12; next change at sigma 2.188 (5 to 4) or "
              "1.094 (5 to 6)");
}

TEST(WhySentence, SaysWhenTheRunningValueDecidesOtherwise) {
    LayerFormatReport report = reportOf(1.604);
    report.input_format.fractional_length = 4;
    EXPECT_TRUE(whySentence(report, false).contains("so 4 is used"));
}

TEST(WhySentence, WithoutAStatisticSaysWhatChose) {
    LayerFormatReport report = reportOf(1);
    report.input_statistic = 0;
    EXPECT_TRUE(whySentence(report, false).contains("no statistic"));
    // The spread is known there, too, but it chose nothing.
    for (const double unrounded : {std::nan(""), 0.0}) {  // 0: of older stores
        report = reportOf(1);
        report.input_unrounded = unrounded;
        report.statistic = "grid";
        EXPECT_EQ(whySentence(report, false).toStdString(),
                  "grid search: smallest squared error with 5 fractional bits");
        report.statistic = "fixed";
        EXPECT_EQ(whySentence(report, false).toStdString(), "fixed by the configuration at 5 fractional bits");
    }
}

TEST(WhySentence, OfRawPixelsSaysThatNothingWasChosen) {
    LayerFormatReport report = reportOf(0.3);
    report.input_format = {8, 8, false};
    report.input_unrounded = std::nan("");
    EXPECT_EQ(whySentence(report, false).toStdString(),
              "fixed: the image as it is, its bytes are the codes, so no statistic is asked");
}

TEST(LayerSentence, NamesBothFormatsAndTheClippedShare) {
    FormatLayer layer;
    layer.input = make_track({6, 5, 5, 5, 5}, {1, 2, 3, 4, 5});
    layer.report = reportOf(1.604);
    layer.report->weight_format = {8, 4, true};
    layer.report->input_clipped_share = 0.061;
    const QString sentence = layerSentence(layer, false);
    for (const char* part :
         {"input u8.5 (0 to 7.969, step 1/32)", "weight s8.4", "settled at epoch 2, 1 flip", "6.10 % clipped"}) {
        EXPECT_TRUE(sentence.contains(part)) << part << " in " << sentence.toStdString();
    }
}

}  // namespace
}  // namespace f8net
