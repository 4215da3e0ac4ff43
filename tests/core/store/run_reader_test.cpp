// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_reader.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunReaderTest : public StoreTest {
protected:
    std::vector<std::string> names(const RunListOptions& options = {}) {
        std::vector<std::string> result;
        for (const RunSummary& run : RunReader(open(RunStore::Mode::kReadOnly)).list(options).runs)
            result.push_back(run.name);
        return result;
    }
};

TEST_F(RunReaderTest, ListsNewestFirstAndAtMostTheLimit) {
    for (const char* name : {"a", "b", "c"}) create(name);
    EXPECT_THAT(names(), ElementsAre("c", "b", "a"));
    RunListOptions options;
    options.limit = 2;
    EXPECT_THAT(names(options), ElementsAre("c", "b"));
}

TEST_F(RunReaderTest, ListsMoreThanOneTransactionHolds) {
    const RunStore store = open();
    SQLite::Database(path, SQLite::OPEN_READWRITE)
        .exec(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO runs (id, "
            "name, state, "
            "created_at) SELECT printf('%012d', i), 'many', 'finished', 0 FROM n");
    const RunList list = RunReader(store).list();
    ASSERT_EQ(list.runs.size(), 2500u);  // read in parts of 1,000
    EXPECT_EQ(list.runs.front().id.text(), "000000002500");
    EXPECT_EQ(list.runs.back().id.text(), "000000000001");
    EXPECT_EQ(list.revision, 2500);
}

TEST_F(RunReaderTest, FilterReadsConfigurationAndMetrics) {
    NewRun run;
    run.name = "slow";
    run.config_values = {{"optimizer.lr", "0.01"}, {"optimizer.momentum", "0.9"}};
    const RunId slow = open().create_run(run);
    run.name = "fast";
    run.config_values["optimizer.lr"] = "0.5";
    open().create_run(run);
    RunWriter writer(path, slow, nullptr);
    writer.on_step(step_report(4));
    writer.finish(RunState::kFinished, 0);
    RunListOptions options;
    options.filter = RunFilter("lr<0.1");
    EXPECT_THAT(names(options), ElementsAre("slow"));
    options.filter = RunFilter("optimizer.lr>0.1");
    EXPECT_THAT(names(options), ElementsAre("fast"));
    options.filter = RunFilter("train/loss=0.25 state:finished");
    EXPECT_THAT(names(options), ElementsAre("slow"));
    options.filter = {};
    options.keys = {"momentum", "learning_rate"};
    const RunList list = RunReader(open()).list(options);
    EXPECT_EQ(list.runs[1].values.at("momentum"), "0.9");
    EXPECT_EQ(list.runs[1].values.at("learning_rate"), "0.1");
}

TEST_F(RunReaderTest, OnlyWhatChangedIsListedAgain) {
    const RunId a = create("a"), b = create("b");
    RunStore store = open();
    const RunReader reader(store);
    RunListOptions changed;
    changed.changed_since = reader.list().revision;
    EXPECT_THAT(reader.list(changed).runs, IsEmpty());
    store.add_tag(a, "x");
    const RunList list = reader.list(changed);
    ASSERT_EQ(list.runs.size(), 1u);
    EXPECT_EQ(list.runs[0].id, a);
    EXPECT_GT(list.revision, changed.changed_since);
    store.trash(b);
    changed.changed_since = list.revision;
    ASSERT_EQ(reader.list(changed).runs.size(), 1u);
    EXPECT_GT(reader.list(changed).runs[0].trashed_at, 0);
    EXPECT_EQ(list.total, 2);
    store.purge(b);
    EXPECT_EQ(reader.list(changed).total, 1);
    // The number of a purged run's change is not used again.
    changed.changed_since = reader.list(changed).revision;
    store.rename(a, "c");
    EXPECT_EQ(reader.list(changed).runs.size(), 1u);
}

TEST_F(RunReaderTest, FindsByIdNameAndPrefixAndSaysWhatElse) {
    const RunId a = create("quickstart"), b = create("resnet"), c = create("resnet");
    RunStore store = open();
    const RunReader reader(store);
    EXPECT_EQ(reader.find(a.text()), a);
    EXPECT_EQ(reader.find("quickstart"), a);
    std::string prefix;
    for (size_t length = 1; length <= 12; ++length) {
        prefix = a.text().substr(0, length);
        if (b.text().rfind(prefix, 0) != 0 && c.text().rfind(prefix, 0) != 0) break;
    }
    EXPECT_EQ(reader.find(prefix), a);
    const std::string ambiguous = message_of<ConfigError>([&] { reader.find("resnet"); });
    EXPECT_THAT(ambiguous, HasSubstr(b.text()));
    EXPECT_THAT(ambiguous, HasSubstr(c.text()));
    EXPECT_THAT(message_of<ConfigError>([&] { reader.find(a.text().substr(0, 1)); }), HasSubstr("3 runs"));
    EXPECT_THAT(message_of<ConfigError>([&] { reader.find("quikstart"); }), HasSubstr("did you mean 'quickstart'"));
    EXPECT_THAT(message_of<ConfigError>([&] { reader.find("%"); }), HasSubstr("no run '%'"));
    EXPECT_EQ(ExitCode::kUsage, ConfigError("x").exit_code());
    store.trash(c);
    EXPECT_EQ(reader.find("resnet"), b);
    EXPECT_EQ(reader.find(c.text()), c);
}

TEST_F(RunReaderTest, UnfinishedRunOfSameNameAndConfigurationIsFoundForResume) {
    NewRun run;
    run.name = "job";
    run.config = "seed: 1";
    const RunId id = open().create_run(run);
    EXPECT_FALSE(RunReader(open()).find_unfinished("job", "seed: 1"));  // queued
    {
        RunWriter writer(path, id, nullptr);
        EXPECT_FALSE(RunReader(open()).find_unfinished("job", "seed: 1"));  // running
    }
    EXPECT_EQ(RunReader(open()).find_unfinished("job", "seed: 1"), id);
    EXPECT_FALSE(RunReader(open()).find_unfinished("job", "seed: 2"));
    RunWriter(path, id, nullptr).finish(RunState::kFinished, 0);
    EXPECT_FALSE(RunReader(open()).find_unfinished("job", "seed: 1"));
}

TEST_F(RunReaderTest, SeriesComeInPartsAndOnlyWhatIsNew) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    for (int64_t step = 1; step <= 25; ++step) writer.on_step(step_report(step));
    writer.flush();
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    MetricDelta delta = reader.metric(run, "train/loss", {}, 10);
    ASSERT_EQ(delta.points.size(), 10u);
    EXPECT_EQ(delta.points[9].step, 10);
    EXPECT_EQ(delta.points[9].epoch, 1);
    EXPECT_EQ(delta.points[9].epoch_share, 1.0f);
    EXPECT_EQ(delta.points[9].value, 0.1);
    EXPECT_NEAR(delta.points[9].wall_time, now_seconds(), 30);
    delta = reader.metric(run, "train/loss", delta.next, 100);
    EXPECT_EQ(delta.points.size(), 15u);
    EXPECT_EQ(delta.keep_until, 10);
    delta = reader.metric(run, "train/loss", delta.next);
    EXPECT_THAT(delta.points, IsEmpty());
    EXPECT_EQ(delta.next.step, 25);
    EXPECT_THAT(reader.metric(run, "no/such").points, IsEmpty());
    EXPECT_THAT(reader.metric_names({run}), ElementsAre("train/learning_rate", "train/loss", "train/top1"));
}

TEST_F(RunReaderTest, SeriesOfAResumedRunSaysWhatToDrop) {
    const RunId run = create("a");
    const RunStore store = open(RunStore::Mode::kReadOnly);
    MetricCursor cursor;
    {
        RunWriter writer(path, run, nullptr);
        for (int64_t step = 1; step <= 25; ++step) writer.on_step(step_report(step));
        writer.flush();
        cursor = RunReader(store).metric(run, "train/loss").next;
    }
    RunWriter writer(path, run, nullptr);
    const RunReader reader(store);
    EXPECT_EQ(reader.metric(run, "train/loss", cursor).keep_until, 25);  // claimed, checkpoint not loaded yet
    cursor = reader.metric(run, "train/loss", cursor).next;
    writer.resume_from(Step{20}, Epoch{2});
    for (int64_t step = 21; step <= 30; ++step) writer.on_step(step_report(step));
    writer.flush();
    const MetricDelta delta = reader.metric(run, "train/loss", cursor);
    EXPECT_EQ(delta.keep_until, 20);
    ASSERT_EQ(delta.points.size(), 10u);
    EXPECT_EQ(delta.points[0].step, 21);
    EXPECT_EQ(delta.next.attempt, 2);
    EXPECT_EQ(reader.metric(run, "train/loss", delta.next).keep_until, 30);
}

TEST_F(RunReaderTest, FormatsAndHistogramsComeBackAsReported) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    LayerDescription first, second;
    first.name = "z.first";
    first.kind = "conv";
    first.depth = 1;
    first.clip_owner = "z.first";
    first.output_shape = {64, 14, 14};
    first.weight_shape = {64, 3, 3, 3};
    first.parameters = 1728;
    first.macs = 338688;
    second.name = "head.0";
    second.kind = "linear";
    second.depth = 2;
    writer.on_stage_start("fixed-point", {first, second}, Step{20}, Epoch{2});
    for (int epoch = 1; epoch <= 2; ++epoch) {
        EpochReport report = epoch_report(epoch, epoch * 10);
        report.formats.push_back(report.formats[0]);
        report.formats[1].layer = "z.first";
        writer.on_epoch(report);
        writer.on_checkpoint(checkpoint_report(writer.folder(), "last", epoch, epoch * 10));
    }
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    const auto layers = reader.layers(run);
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_EQ(layers[0].name, "z.first");
    EXPECT_EQ(layers[0].output_shape, first.output_shape);
    EXPECT_EQ(layers[0].weight_shape, first.weight_shape);
    EXPECT_EQ(layers[0].macs, first.macs);
    EXPECT_THAT(layers[1].weight_shape, IsEmpty());

    const LayerFormatReport expected = epoch_report(2, 20).formats[0];
    const auto formats = reader.formats(run);
    ASSERT_EQ(formats.size(), 2u);
    EXPECT_EQ(formats[0].layer, "z.first");  // by depth, not by name
    const LayerFormatReport& got = formats[1];
    EXPECT_EQ(got.input_format, expected.input_format);
    EXPECT_EQ(got.weight_format, expected.weight_format);
    EXPECT_EQ(got.statistic, expected.statistic);
    for (const auto field : {&LayerFormatReport::input_running_fractional_length, &LayerFormatReport::input_statistic,
                             &LayerFormatReport::weight_statistic, &LayerFormatReport::input_unrounded,
                             &LayerFormatReport::weight_unrounded, &LayerFormatReport::clip_level,
                             &LayerFormatReport::clip_scale, &LayerFormatReport::input_clipped_share,
                             &LayerFormatReport::input_negative_share, &LayerFormatReport::input_zero_share,
                             &LayerFormatReport::weight_clipped_share, &LayerFormatReport::weight_zero_share,
                             &LayerFormatReport::input_sqnr_db, &LayerFormatReport::weight_sqnr_db}) {
        EXPECT_EQ(got.*field, expected.*field);
    }
    EXPECT_EQ(reader.formats(run, Epoch{1})[1].weight_format.fractional_length, 5);
    EXPECT_THAT(reader.formats(run, Epoch{9}), IsEmpty());
    EXPECT_EQ(reader.format_history(run).size(), 4u);
    EXPECT_EQ(reader.format_history(run, Epoch{1}).size(), 2u);
    const auto of_layer = reader.layer_formats(run, "head.0");
    ASSERT_EQ(of_layer.size(), 2u);
    EXPECT_EQ(of_layer[1].first.value, 2);

    EXPECT_EQ(reader.histogram_epochs(run).size(), 2u);
    const HistogramReport histogram = epoch_report(2, 20).histograms[0];
    const auto read = reader.histogram(run, Epoch{2}, "head.0", "input");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->counts, histogram.counts);
    EXPECT_EQ(read->lower, histogram.lower);
    EXPECT_EQ(read->width, histogram.width);
    EXPECT_EQ(read->below, histogram.below);
    EXPECT_EQ(read->above, histogram.above);
    EXPECT_EQ(read->minimum, histogram.minimum);
    EXPECT_EQ(read->maximum, histogram.maximum);
    EXPECT_EQ(read->mean, histogram.mean);
    EXPECT_EQ(read->standard_deviation, histogram.standard_deviation);
    EXPECT_FALSE(reader.histogram(run, Epoch{2}, "head.0", "weight"));
    EXPECT_EQ(reader.histograms(run, Epoch{2}).size(), 1u);
    EXPECT_THAT(reader.histograms(run, Epoch{2}, "weight"), IsEmpty());
}

TEST_F(RunReaderTest, CheckpointsKeepTheirRoles) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    for (int epoch = 1; epoch <= 3; ++epoch) {
        writer.on_epoch(epoch_report(epoch, epoch * 10));
        writer.on_checkpoint(checkpoint_report(writer.folder(), "last", epoch, epoch * 10));
        if (epoch == 2) writer.on_checkpoint(checkpoint_report(writer.folder(), "best", epoch, epoch * 10));
    }
    writer.on_checkpoint(checkpoint_report(writer.folder(), "stage:fixed-point", 3, 30));
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.checkpoint(run, "last")->step.value, 30);
    EXPECT_EQ(reader.checkpoint(run, "previous")->step.value, 20);
    EXPECT_EQ(reader.checkpoint(run, "best")->step.value, 20);
    EXPECT_EQ(reader.checkpoint(run, "stage:fixed-point")->path, writer.folder() + "/checkpoint-30.safetensors");
    EXPECT_FALSE(reader.checkpoint(run, "stage:float"));
    EXPECT_EQ(reader.artifacts(run).size(), 4u);
    EXPECT_EQ(reader.checkpoint(run, "best")->top1, 0.52);
    EXPECT_EQ(reader.run(run).best_top1, 0.52);  // what the checkpoint was chosen by, not the highest of the test split
    EXPECT_EQ(reader.run(run).best_epoch.value, 2);
    EXPECT_EQ(reader.run(run).last_top1, 0.53);
}

TEST_F(RunReaderTest, RunningRunHasProgressAndTimeLeft) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    writer.on_stage_start("float", {}, Step{100}, Epoch{10});
    writer.flush();
    const RunStore store = open(RunStore::Mode::kReadOnly);
    EXPECT_FALSE(RunReader(store).run(run).eta_seconds);
    for (int64_t step = 1; step <= 20; ++step) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        writer.on_step(step_report(step));
    }
    writer.flush();
    const RunRecord record = RunReader(store).run(run);
    EXPECT_EQ(record.stage, "float");
    EXPECT_EQ(record.progress, 0.2);
    ASSERT_TRUE(record.eta_seconds);
    EXPECT_GE(*record.eta_seconds, 0.8);  // 80 steps of at least 10 ms
    EXPECT_GT(record.duration_seconds, 0.2);
    writer.finish(RunState::kStopped, 75);
    EXPECT_FALSE(RunReader(store).run(run).eta_seconds);
}

TEST_F(RunReaderTest, EventsFollowACursor) {
    const RunId a = create("a"), b = create("b");
    RunStore store = open();
    store.add_event(a, {EventLevel::kInfo, "log", "one", {}, {}});
    store.add_event(b, {EventLevel::kWarning, "log", "two", {}, {}});
    const RunReader reader(store);
    auto events = reader.events_after(0);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[1].run, b);
    EXPECT_EQ(events[1].event.level, EventLevel::kWarning);
    store.add_event(a, {EventLevel::kInfo, "log", "three", Step{5}, Epoch{1}});
    events = reader.events_after(events[1].id);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].event.message, "three");
    EXPECT_EQ(events[0].event.step.value, 5);
    EXPECT_EQ(reader.last_events(a, 1)[0].event.message, "three");
    EXPECT_EQ(reader.last_events({}, 2)[0].event.message, "two");
}

TEST_F(RunReaderTest, RunsThatAreGoneOrInTheTrashAreNotListed) {
    const RunId a = create("a"), b = create("b"), c = create("c");
    const RunStore store = open();
    open().trash(b);
    const RunReader reader(store);
    EXPECT_THAT(reader.listed({c, b, RunId("nowhere"), a}), ElementsAre(c, a));
    EXPECT_THROW(reader.run(RunId("nowhere")), UnknownRunError);
}

}  // namespace
}  // namespace f8net
