// SPDX-License-Identifier: Apache-2.0
#include "tests/core/exchange/random_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace f8net {

namespace {

class Chance {
public:
    explicit Chance(std::mt19937& random) : random_(random) {}

    int64_t number(int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random_); }
    double share() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    bool one_in(int count) { return number(1, count) == 1; }
    double time() { return 1.7e9 + 1e8 * share(); }
    double value() {
        constexpr std::array kStrange{std::numeric_limits<double>::quiet_NaN(),
                                      std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity(),
                                      -0.0,
                                      5e-324,
                                      1.7976931348623157e308,
                                      0.1 + 0.2};
        if (one_in(8)) return kStrange[static_cast<size_t>(number(0, kStrange.size() - 1))];
        return (share() - 0.5) * std::pow(10.0, static_cast<double>(number(-12, 12)));
    }
    double not_infinite() {
        const double drawn = value();
        return std::isfinite(drawn) ? drawn : 0.5;
    }
    std::string text() {
        constexpr std::array kPieces{"a", "Z", "9",  " ",    ",", "\"", "\\",   "/", "\n", "\t",  "{",
                                     "'", "é", "量", "🙂", "<", "&",  "\x01", ":", "[",  "null"};
        std::string text;
        for (int64_t left = number(0, 12); left > 0; --left)
            text += kPieces[static_cast<size_t>(number(0, kPieces.size() - 1))];
        return text;
    }
    std::string name() { return "n" + text(); }
    template <typename T>
    std::optional<T> maybe(T value) {
        return one_in(2) ? std::optional<T>(std::move(value)) : std::nullopt;
    }

private:
    std::mt19937& random_;
};

RunRecord random_record(Chance& chance) {
    constexpr std::array kStates{RunState::kFinished, RunState::kStopped, RunState::kFailed, RunState::kCrashed,
                                 RunState::kPaused};
    RunRecord run;
    run.name = chance.name();
    run.state = kStates[static_cast<size_t>(chance.number(0, kStates.size() - 1))];
    run.stage = chance.text();
    run.note = chance.text();
    for (const char* tag : {"paper", "second", "ünïcode"}) {
        if (chance.one_in(2)) run.tags.emplace_back(tag);
    }
    run.parent_checkpoint = chance.text();
    run.config = chance.text() + "\nname: x\n";
    run.config_path = chance.text();
    run.config_values = {{"optimizer.lr", chance.text()}, {"stages.a.training.epochs", "3"}, {chance.name(), "b"}};
    run.experiment = chance.text();
    run.command = "f8net train --set optimizer.lr=1 " + chance.text();
    run.model = chance.text();
    run.dataset = chance.text();
    run.dataset_fingerprint = chance.text();
    run.numeric_mode = "fake-quant";
    run.device = "cpu";
    constexpr std::array kEnvironments{
        "", "{\"torch\":\"2.11\",\"n\":[1,2.5]}", "{ \"spaced\" : 1 }", "no JSON", "[1]", "\"text\""};
    run.environment = kEnvironments[static_cast<size_t>(chance.number(0, kEnvironments.size() - 1))];
    run.owner.host = chance.text();
    run.attempt = static_cast<int>(chance.number(0, 3));
    run.created_at = chance.time();
    run.started_at = chance.time();
    run.ended_at = chance.one_in(4) ? 0 : chance.time();
    run.duration_seconds = 1e5 * chance.share();
    run.step = Step{chance.number(0, int64_t{1} << 53)};
    run.total_steps = Step{chance.number(0, 1'000'000)};
    run.epoch = Epoch{static_cast<int>(chance.number(0, 1000))};
    run.total_epochs = Epoch{static_cast<int>(chance.number(0, 1000))};
    run.exit_code = chance.maybe(static_cast<int>(chance.number(-1, 143)));
    run.message = chance.text();
    return run;
}

FixedPointFormat random_format(Chance& chance) {
    return {static_cast<int>(chance.number(2, 32)), static_cast<int>(chance.number(-9, 40)), chance.one_in(2)};
}

LayerFormatReport random_layer_format(Chance& chance, const std::string& layer) {
    LayerFormatReport format;
    format.layer = layer;
    format.input_format = random_format(chance);
    format.weight_format = random_format(chance);
    format.statistic = "std";
    for (double* value :
         {&format.input_running_fractional_length, &format.input_statistic, &format.weight_statistic,
          &format.input_unrounded, &format.weight_unrounded, &format.clip_level, &format.clip_scale,
          &format.input_clipped_share, &format.input_negative_share, &format.input_zero_share,
          &format.weight_clipped_share, &format.weight_zero_share, &format.input_sqnr_db, &format.weight_sqnr_db}) {
        *value = chance.value();
    }
    return format;
}

HistogramReport random_histogram(Chance& chance, const std::string& layer, const std::string& tensor) {
    HistogramReport histogram;
    histogram.layer = layer;
    histogram.tensor = tensor;
    histogram.lower = chance.not_infinite();
    histogram.width = 0.125;
    for (int64_t bins = chance.number(0, 40); bins > 0; --bins)
        histogram.counts.push_back(chance.number(0, int64_t{1} << 60));
    histogram.below = chance.number(0, 9);
    histogram.above = chance.number(0, std::numeric_limits<int64_t>::max());
    histogram.minimum = chance.value();
    histogram.maximum = chance.value();
    histogram.mean = chance.value();
    histogram.standard_deviation = chance.value();
    return histogram;
}

void add_points(Chance& chance, RunSink& sink, RunSink::Run run, const std::string& metric) {
    std::vector<MetricPoint> points;
    int64_t step = 0;
    for (int64_t left = chance.number(1, 60); left > 0; --left) {
        step += chance.number(1, 1000);
        points.push_back({step, static_cast<int>(chance.number(0, 90)), static_cast<float>(chance.share()),
                          chance.time(), chance.value()});
    }
    sink.add_points(run, metric, points);
}

}  // namespace

void add_random_run(std::mt19937& random, RunSink& sink, const RunId& id, const std::optional<RunId>& parent) {
    Chance chance(random);
    const RunSink::Run run = sink.new_run();
    RunRecord record = random_record(chance);
    record.id = id;
    record.parent = parent;
    sink.describe(run, record);
    for (int attempt = 1; attempt <= record.attempt; ++attempt)
        sink.add_attempt(run, {attempt, Step{chance.number(0, 99)}, chance.time(), chance.time(), chance.text(), 0});
    for (const char* metric : {"train/loss", "test/top1", "clip/head.0", "a \"metric\", strange"})
        if (!chance.one_in(4)) add_points(chance, sink, run, metric);
    int depth = 0;
    for (const char* name : {"conv", "head.0"}) {
        sink.add_layer(run, {name,
                             "conv",
                             depth++,
                             chance.one_in(2) ? "conv" : "",
                             {8, 4, 4},
                             {8, 3, 3, 3},
                             chance.number(0, 1'000'000),
                             chance.number(0, int64_t{1} << 40)});
    }
    for (int epoch = 1; epoch <= 3; ++epoch) {
        EpochReport report;
        report.epoch = Epoch{epoch};
        report.step = Step{10 * epoch};
        report.stage = chance.text();
        if (!chance.one_in(3)) {
            for (const char* layer : {"conv", "head.0"}) report.formats.push_back(random_layer_format(chance, layer));
        }
        if (!chance.one_in(3)) report.histograms.push_back(random_histogram(chance, "conv", "input"));
        sink.add_epoch(run, report, chance.time());
    }
    for (const char* path : {"checkpoints/last.safetensors", "/elsewhere/net.onnx"}) {
        sink.add_artifact(
            run, {path, path[0] == '/' ? "onnx" : "last", path[0] != '/', chance.number(0, 1'000'000'000), "00ff",
                  Epoch{1}, Step{10}, chance.text(), chance.maybe(chance.share()), chance.time()});
    }
    for (const char* mode : {"float", "integer-only"}) {
        sink.add_evaluation(
            run, {"best", mode, "test", chance.number(1, 10'000), chance.share(), chance.share(),
                  chance.maybe(chance.not_infinite()), chance.maybe(chance.one_in(2)),
                  chance.maybe(1e4 * chance.share()), chance.one_in(2) ? "{\"per_class\":[]}" : "", chance.time()});
    }
    for (int64_t left = chance.number(0, 5); left > 0; --left) {
        sink.add_event(run, {0,
                             {},
                             1,
                             chance.time(),
                             {chance.one_in(2) ? EventLevel::kInfo : EventLevel::kError, "log", chance.text(), Step{3},
                              Epoch{1}}});
    }
}

}  // namespace f8net
