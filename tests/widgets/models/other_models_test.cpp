// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <cmath>

#include "widgets/models/empty_last_proxy.h"
#include "widgets/models/event_model.h"
#include "widgets/models/format_table_model.h"
#include "widgets/models/job_list.h"
#include "widgets/models/property_model.h"
#include "widgets/models/store_follower.h"

namespace f8net {
namespace {

using Tester = QAbstractItemModelTester;

EventRecord makeEvent(int64_t id, EventLevel level = EventLevel::kInfo) {
    EventRecord event;
    event.id = id;
    event.run = RunId("a");
    event.time = 1000.0 + static_cast<double>(id);
    event.event.level = level;
    event.event.message = "event " + std::to_string(id);
    return event;
}

TEST(EventModel, AppendsOnceAndDropsTheOldest) {
    EventModel model;
    const Tester tester(&model, Tester::FailureReportingMode::Warning);
    model.append({makeEvent(1), makeEvent(2)});
    model.append({makeEvent(2), makeEvent(3)});
    EXPECT_EQ(model.rowCount(), 3);
    std::vector<EventRecord> many;
    for (int i = 4; i < 4 + EventModel::kLongest; ++i) many.push_back(makeEvent(i));
    model.append(many);
    EXPECT_EQ(model.rowCount(), EventModel::kLongest);
    EXPECT_EQ(model.index(model.rowCount() - 1, EventModel::kMessage).data().toString(),
              QString("event %1").arg(3 + EventModel::kLongest));
}

TEST(EventModel, SaysLevelsInWordsAndLearnsNames) {
    EventModel model;
    model.append({makeEvent(1, EventLevel::kError)});
    EXPECT_EQ(model.index(0, EventModel::kMessage).data().toString(), "Error: event 1");
    EXPECT_EQ(model.index(0, EventModel::kRun).data().toString(), "a");
    RunSummary run;
    run.id = RunId("a");
    run.name = "resnet18";
    model.learnNames({{run}, false});
    EXPECT_EQ(model.index(0, EventModel::kRun).data().toString(), "resnet18");
}

std::shared_ptr<FormatsData> makeFormats(int layers) {
    auto data = std::make_shared<FormatsData>();
    data->epochs = {1, 2};
    data->epoch = 2;
    for (int i = 0; i < layers; ++i) {
        FormatLayer layer;
        layer.name = "layer" + std::to_string(i);
        layer.kind = "conv";
        layer.input = make_track({5, 5}, data->epochs);
        layer.weight = make_track({4, 4}, data->epochs);
        layer.report.emplace();
        layer.report->input_format = {8, i % 9, false};
        layer.report->weight_format = {8, 4, true};
        layer.report->input_clipped_share = i == 1 ? 0.02 : 0;
        data->layers.push_back(layer);
    }
    return data;
}

TEST(FormatTable, SortsFormatsByFractionalLengthAndLayersByDepth) {
    FormatTableModel model;
    const Tester tester(&model, Tester::FailureReportingMode::Warning);
    model.setFormats(makeFormats(12));
    EXPECT_EQ(model.index(10, FormatTableModel::kLayer).data(FormatTableModel::kSortRole).toInt(),
              10);  // not "layer10" < "layer2"
    EXPECT_EQ(model.index(3, FormatTableModel::kInput).data().toString(), "u8.3");
    EXPECT_EQ(model.index(3, FormatTableModel::kInput).data(FormatTableModel::kFractionalLengthRole).toInt(), 3);
    EXPECT_TRUE(model.index(1, FormatTableModel::kClipped).data(FormatTableModel::kIsTroubleRole).toBool());
    EXPECT_FALSE(model.index(2, FormatTableModel::kClipped).data(FormatTableModel::kIsTroubleRole).toBool());
    model.setFormats(makeFormats(12));
    model.setFormats(makeFormats(3));
    EXPECT_EQ(model.rowCount(), 3);
    model.setFormats(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(FormatTable, WhatNoStatisticChoseIsADashAndSortsLast) {
    const auto formats = makeFormats(4);
    const char* const chosenBy[] = {"grid", "std", "fixed", "std"};
    const double unrounded[] = {std::nan(""), 6.25, 0, 5.5};
    for (size_t i = 0; i < 4; ++i) {
        formats->layers[i].report->statistic = chosenBy[i];
        formats->layers[i].report->input_statistic = 1;
        formats->layers[i].report->input_unrounded = unrounded[i];
    }
    FormatTableModel model;
    model.setFormats(formats);
    EmptyLastProxy sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(FormatTableModel::kSortRole);
    const Tester tester(&sorted, Tester::FailureReportingMode::Warning);
    const auto shown = [&](Qt::SortOrder order) {
        sorted.sort(FormatTableModel::kUnrounded, order);
        QStringList texts;
        for (int row = 0; row < 4; ++row) texts << sorted.index(row, FormatTableModel::kUnrounded).data().toString();
        return texts;
    };
    EXPECT_EQ(shown(Qt::AscendingOrder), (QStringList{"5.50", "6.25", "\u2013", "\u2013"}));
    EXPECT_EQ(shown(Qt::DescendingOrder), (QStringList{"6.25", "5.50", "\u2013", "\u2013"}));
    EXPECT_TRUE(model.toCsv().contains(",1,,"));  // nothing where there is no number
}

TEST(FormatTable, UnsettledMeansMovingThenNearestToAChange) {
    const auto formats = makeFormats(4);
    const double unrounded[] = {5.5, 5.04, 5.9, 5.3};  // 0.5, 0.04, 0.1 and 0.3 bits from a change
    for (size_t i = 0; i < 4; ++i) {
        LayerFormatReport& report = *formats->layers[i].report;
        report.statistic = "std";
        report.input_statistic = 1;
        report.input_unrounded = unrounded[i];
        report.weight_unrounded = std::nan("");  // so that the input decides
    }
    formats->layers[3].weight.is_moving = true;
    FormatTableModel model;
    model.setFormats(formats);
    EmptyLastProxy sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(FormatTableModel::kUnsettledRole);
    sorted.sort(FormatTableModel::kNearness, Qt::AscendingOrder);
    QStringList shown;
    for (int row = 0; row < 4; ++row) shown << sorted.index(row, FormatTableModel::kNearness).data().toString();
    EXPECT_EQ(shown, (QStringList{"0.30", "0.04", "0.10", "0.50"}));
}

TEST(FormatTable, CsvHasAHeaderAndALinePerLayer) {
    FormatTableModel model;
    model.setFormats(makeFormats(2));
    const QStringList lines = model.toCsv().trimmed().split('\n');
    ASSERT_EQ(lines.size(), 3);
    EXPECT_TRUE(lines[0].startsWith("Layer,Kind,Input,Weight"));
    EXPECT_TRUE(lines[1].startsWith("layer0,conv,u8.0,s8.4"));
    for (const QString& line : lines) EXPECT_EQ(line.count(','), FormatTableModel::kNumColumns - 1);
}

TEST(PropertyModel, KeepsItsShapeWhereOnlyValuesChange) {
    PropertyModel model;
    const Tester tester(&model, Tester::FailureReportingMode::Warning);
    int resets = 0;
    QObject::connect(&model, &QAbstractItemModel::modelReset, [&resets] { ++resets; });
    model.setGroups({{"Run", {{"state", "running", "", false, false}}}, {"Files", {}}});
    model.setGroups({{"Run", {{"state", "finished", "", false, true}}}, {"Files", {}}});
    EXPECT_EQ(resets, 1);
    const QModelIndex group = model.index(0, 0);
    EXPECT_EQ(model.index(0, PropertyModel::kValue, group).data().toString(), "finished");
    EXPECT_TRUE(model.index(0, PropertyModel::kValue, group).data(PropertyModel::kEmphasizedRole).toBool());
    EXPECT_EQ(model.parent(model.index(0, 0, group)), group);
}

void waitForEnd(const JobList& jobs) {
    QElapsedTimer clock;
    clock.start();
    while (jobs.numRunning() > 0 && clock.elapsed() < 60'000)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
}

TEST(JobList, TellsResultsFailuresAndProgramsThatAreMissing) {
    JobList jobs;
    const Tester tester(&jobs, Tester::FailureReportingMode::Warning);
    jobs.start("good", "/bin/sh", {"-c", "echo working >&2; echo '{}'"},
               [](const QByteArray& json, int) { return "got " + QString(json).trimmed(); });
    jobs.start("bad", "/bin/sh", {"-c", "echo 'disk full: /x (3 bytes free)' >&2; exit 74"}, {});
    jobs.start("missing", "/no/such/program", {}, {});
    waitForEnd(jobs);
    ASSERT_EQ(jobs.rowCount(), 3);  // newest first
    EXPECT_EQ(jobs.job(2).state, Job::State::kDone);
    EXPECT_EQ(jobs.job(2).message, "got {}");
    EXPECT_EQ(jobs.job(1).state, Job::State::kFailed);
    EXPECT_EQ(jobs.job(1).message, "disk full: /x (3 bytes free)");
    EXPECT_EQ(jobs.job(0).state, Job::State::kFailed);
    EXPECT_TRUE(jobs.job(0).message.contains("/no/such/program"));
}

TEST(JobList, CancelsAndEndsItsProcesses) {
    JobList jobs;
    jobs.start("long", "/bin/sleep", {"60"}, {});
    jobs.cancel(0);
    waitForEnd(jobs);
    EXPECT_EQ(jobs.job(0).state, Job::State::kCancelled);
    jobs.start("left over", "/bin/sleep", {"60"}, {});  // the destructor ends it
}

}  // namespace
}  // namespace f8net
