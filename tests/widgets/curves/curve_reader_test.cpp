// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curve_reader.h"

#include <gtest/gtest.h>

#include <QTemporaryDir>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "tests/widgets/synthetic/synthetic_store.h"

namespace f8net {
namespace {

class CurveReading : public testing::Test {
protected:
    std::shared_ptr<const CurveSet> read(CurveRequest request) {
        const RunStore opened(store.path(), RunStore::Mode::kReadOnly);
        return reader.read(RunReader(opened), request);
    }
    static const CurveChart* chartOf(const CurveSet& set, const QString& key) {
        for (const CurveChart& chart : set.charts) {
            if (chart.kind.key == key) return &chart;
        }
        return nullptr;
    }
    QTemporaryDir folder;
    synthetic::Store store{folder.filePath("runs.db").toStdString()};
    CurveReader reader;
};

TEST_F(CurveReading, MakesAChartAMetricInTheirOrder) {
    const RunId run = store.add({.name = "a", .epochs = 6, .doneEpochs = 6, .stepsPerEpoch = 200, .floatEpochs = 2});
    CurveRequest request;
    request.runs = {run};
    request.layer = "classifier.0";
    const auto set = read(request);
    ASSERT_GE(set->charts.size(), 7u);
    EXPECT_TRUE(set->isComplete);
    EXPECT_EQ(set->charts[0].kind.key, "train/loss");
    EXPECT_EQ(set->charts[1].kind.key, "test/top1");
    EXPECT_EQ(set->charts[0].curves[0].line->size(), 1200);
    EXPECT_EQ(set->charts.back().kind.key, "clip");
    EXPECT_EQ(set->charts.back().curves[0].line->size(), 4);  // one per fixed-point epoch
    EXPECT_LT(set->lower, 0.1);
    EXPECT_GT(set->upper, 6);
    EXPECT_TRUE(chartOf(*set, "test/top1")->isLogY);
    EXPECT_FALSE(chartOf(*set, "train/learning_rate")->isLogY);
}

TEST_F(CurveReading, WhatDidNotChangeIsHandedOutAsItWas) {
    const RunId run = store.add({.name = "a", .epochs = 3, .doneEpochs = 3, .stepsPerEpoch = 50, .floatEpochs = 3});
    CurveRequest request;
    request.runs = {run};
    const auto first = read(request), second = read(request);
    EXPECT_EQ(first->charts[0].curves[0].line, second->charts[0].curves[0].line);
    request.smoothing = 0.9;
    EXPECT_NE(first->charts[0].curves[0].line, read(request)->charts[0].curves[0].line);
    request.runs = {};
    EXPECT_TRUE(read(request)->charts.empty());
}

TEST_F(CurveReading, NewRowsAreAddedAndAResumedRunLosesWhatItRepeats) {
    const RunId id = [&] {
        RunStore opened(store.path(), RunStore::Mode::kReadWrite);
        NewRun run;
        run.name = "b";
        return opened.create_run(run);
    }();
    const auto log = [](RunWriter& writer, int from, int to, double value) {
        for (int step = from; step <= to; ++step) writer.on_step({{step}, {1}, step / 100.0, {{"train/loss", value}}});
        writer.flush();
    };
    CurveRequest request;
    request.runs = {id};
    request.smoothing = 0;
    request.xAxis = XAxis::kStep;
    {
        RunWriter writer(store.path(), id, nullptr);
        log(writer, 1, 10, 1.0);
        EXPECT_EQ(read(request)->charts[0].curves[0].line->size(), 10);
        log(writer, 11, 20, 1.0);
        EXPECT_EQ(read(request)->charts[0].curves[0].line->size(), 20);
        writer.finish(RunState::kStopped, 75);
    }
    RunWriter writer(store.path(), id, nullptr);
    writer.resume_from({15}, {1});
    log(writer, 16, 20, 2.0);
    const auto set = read(request);
    const Curve& curve = set->charts[0].curves[0];
    EXPECT_EQ(curve.line->size(), 20);  // it goes on
    EXPECT_EQ(curve.lastY, 2.0);
    EXPECT_EQ(curve.resumedX, (QVector<double>{15}));
    writer.finish(RunState::kFinished, 0);
}

TEST_F(CurveReading, LegendsSayWhatDiffers) {
    const RunId a = store.add({.name = "a", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .seed = 1});
    const RunId b = store.add({.name = "b", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .seed = 3});
    CurveRequest request;
    request.runs = {a, b};
    const auto set = read(request);
    EXPECT_TRUE(set->differences.at(a).contains("lr 0.1")) << set->differences.at(a).toStdString();
    EXPECT_TRUE(set->differences.at(b).contains("lr 0.05"));
}

}  // namespace
}  // namespace f8net
