// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/synthetic/synthetic_store.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "core/architecture/layer_graph.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"

namespace f8net::synthetic {

namespace {

/// The architecture whose number of layers with formats is `count`; empty: none, the layers are then named by a
/// pattern.
std::string architectureOf(int count) {
    switch (count) {
        case 21:
            return "resnet18";
        case 28:
            return "mobilenet_v1";
        case 53:
            return "mobilenet_v2";
        case 54:
            return "resnet50";
        case 105:
            return "resnet101";
        default:
            return {};
    }
}

std::vector<LayerDescription> patternOfLayers(int count) {
    std::vector<LayerDescription> layers;
    for (int depth = 0; depth < count; ++depth) {
        LayerDescription layer;
        layer.name = depth == 0           ? "head.0"
                     : depth + 1 == count ? "classifier.0"
                                          : "stage_" + std::to_string(depth / 5) + "_layer_" +
                                                std::to_string(depth % 5 / 2) + ".body." + std::to_string(depth % 2);
        layer.kind = depth + 1 == count ? "linear" : "conv";
        layer.depth = depth;
        layer.clip_owner = layer.name;
        layer.output_shape = {64, 14, 14};
        layer.weight_shape = {64, 64, 3, 3};
        layer.parameters = 36864;
        layer.macs = 7225344;
        layers.push_back(layer);
    }
    return layers;
}

std::vector<LayerDescription> describeLayers(int count) {
    ArchitectureOptions options;
    options.architecture = architectureOf(count);
    if (options.architecture.empty()) return patternOfLayers(count);
    options.num_classes = 10;
    std::vector<LayerDescription> layers;
    for (const Layer& each : make_layer_graph(options).layers) {
        LayerDescription layer;
        layer.name = each.name;
        layer.kind = to_string(each.kind);
        layer.depth = static_cast<int>(layers.size());
        if (each.has_weights()) layer.clip_owner = each.name;
        layer.output_shape = {each.output.channels, each.output.height, each.output.width};
        layer.weight_shape = each.weight_shape();
        layer.macs = each.macs();
        layer.parameters = layer.weight_shape.empty() ? 0 : 1;
        for (const int64_t size : layer.weight_shape) layer.parameters *= size;
        layers.push_back(layer);
    }
    return layers;
}

/// A bell with a heavy tail, about a `thousands` thousand values, in the 128 bins that a run records.
HistogramReport bell(const std::string& layer, const std::string& tensor, double mean, double sigma, double thousands,
                     double tail = 3e-3) {
    HistogramReport report;
    report.layer = layer;
    report.tensor = tensor;
    report.mean = mean;
    report.standard_deviation = sigma;
    report.minimum = mean - 4.6 * sigma;
    report.maximum = mean + 6.5 * sigma;
    report.lower = -std::exp2(std::ceil(std::log2(report.maximum)));
    report.width = -report.lower / 64;
    report.counts.assign(128, 0);
    for (size_t i = 0; i < report.counts.size(); ++i) {
        const double x = report.lower + (static_cast<double>(i) + 0.5) * report.width;
        if (x < report.minimum || x > report.maximum) continue;
        const double z = (x - mean) / sigma;
        const double density = std::exp(-0.5 * z * z) + tail * std::exp(-0.9 * std::abs(z));
        report.counts[i] = std::llround(density * report.width / sigma * thousands * 400);
    }
    return report;
}

double shareBeyond(const HistogramReport& report, double limit) {
    double beyond = 0, total = 0;
    for (size_t i = 0; i < report.counts.size(); ++i) {
        const auto count = static_cast<double>(report.counts[i]);
        total += count;
        if (report.lower + (static_cast<double>(i) + 0.5) * report.width > limit) beyond += count;
    }
    return total > 0 ? beyond / total : 0;
}

/// With a tail so heavy that about `share` of the values lie beyond the format, as its report says.
HistogramReport clippedBell(const std::string& layer, double sigma, const FixedPointFormat& format, double share) {
    constexpr double kMean = 0.35, kThousands = 3000;  // of sigma
    double light = 0, heavy = 2;
    for (int i = 0; i < 40; ++i) {
        const double tail = (light + heavy) / 2;
        const HistogramReport made = bell(layer, "input", kMean * sigma, sigma, kThousands, tail);
        (shareBeyond(made, format.max_value()) < share ? light : heavy) = tail;
    }
    HistogramReport report = bell(layer, "input", kMean * sigma, sigma, kThousands, light);
    if (share > 0) return report;
    report.maximum = std::min(report.maximum, format.max_value());
    for (size_t i = 0; i < report.counts.size(); ++i) {
        if (report.lower + (static_cast<double>(i) + 0.5) * report.width > report.maximum) report.counts[i] = 0;
    }
    return report;
}

void addHistograms(const LayerDescription& layer, int index, const LayerFormatReport* format,
                   std::vector<HistogramReport>& histograms) {
    if (layer.weight_shape.empty()) {
        if (layer.kind == "add" || layer.kind.ends_with("pool"))
            histograms.push_back(bell(layer.name, "output", 0.4, 1.7 + 0.1 * (index % 5), 800));
        return;
    }
    const double input = format != nullptr && format->input_statistic > 0 ? format->input_statistic : 0.3;
    const double weight = format != nullptr ? format->weight_statistic : 1;
    histograms.push_back(format != nullptr
                             ? clippedBell(layer.name, input, format->input_format, format->input_clipped_share)
                             : bell(layer.name, "input", 0.35 * input, input, 3000));
    histograms.push_back(bell(layer.name, "effective_weight", 0, weight, 147));
    histograms.push_back(bell(layer.name, "weight", 0, 0.04, 147));
    histograms.push_back(bell(layer.name, "accumulator", -0.2, 3.1, 800));
}

FixedPointFormat choose(double statistic, bool isSigned, double* unrounded) {
    *unrounded = std::log2((isSigned ? 40 : 70) / statistic);
    FixedPointFormat format;
    format.is_signed = isSigned;
    format.fractional_length = std::clamp(static_cast<int>(std::floor(*unrounded)), 0, isSigned ? 7 : 8);
    return format;
}

LayerFormatReport formatReport(const std::string& layer, int index, int epoch, int epochs, std::mt19937& random) {
    LayerFormatReport report;
    report.layer = layer;
    report.statistic = "std";
    const double settled = 1 - std::exp(-5.0 * epoch / epochs);
    std::normal_distribution<double> noise(0, 0.16 * std::max(0.0, 1.1 - 1.2 * epoch / epochs));
    const double input = 0.75 + 0.95 * (1 + std::sin(index * 1.7)) + (1 - settled) * (index % 5 == 0 ? -0.8 : 0.9);
    report.input_statistic = input * std::exp(noise(random));
    report.weight_statistic =
        (0.9 + 0.8 * (1 + std::sin(index * 2.3 + 1))) * std::exp(noise(random)) * (1.4 - 0.4 * settled);
    report.input_format = choose(report.input_statistic, index == 0, &report.input_unrounded);
    if (index == 0) {
        report.input_format = {8, 8, false};  // raw pixels
        report.input_statistic = 0;
    }
    report.weight_format = choose(report.weight_statistic, true, &report.weight_unrounded);
    report.input_running_fractional_length = report.input_format.fractional_length + (index == 0 ? 0 : 0.12);
    report.clip_level = index == 0 ? 0 : 3.2 + index * 0.11;
    report.clip_scale = index == 0 ? 0 : report.clip_level / report.input_format.max_value();
    report.input_clipped_share = index == 7 ? 0.061 : 0.0008 * (index % 4);
    report.input_negative_share = 0.46;
    report.input_zero_share = 0.03 + 0.004 * (index % 6);
    report.weight_zero_share = 0.02;
    report.input_sqnr_db = 28 + 6 * std::sin(index * 0.9);
    // A step too coarse by almost half costs up to 6 dB.
    report.weight_sqnr_db =
        34 + 4 * std::cos(index * 1.1) - 6 * (report.weight_unrounded - std::floor(report.weight_unrounded));
    return report;
}

NewRun describe(const RunPlan& plan) {
    NewRun run;
    run.name = plan.name;
    run.experiment = "fashion-mnist/quickstart";
    run.config_path = "configs/fashion-mnist/quickstart.yaml";
    run.config_values = {{"optimizer.lr", plan.seed % 3 == 0 ? "0.05" : "0.1"},
                         {"training.epochs", std::to_string(plan.epochs)},
                         {"training.batch_size", "64"},
                         {"network.architecture", architectureOf(plan.numLayers)},
                         {"network.width_multiplier", "0.25"},
                         {"quantization.statistic", plan.seed % 4 == 0 ? "mae" : "std"},
                         {"optimizer.momentum", "0.9"},
                         {"optimizer.nesterov", "true"},
                         {"schedule.kind", "cos_annealing_iter"},
                         {"training.seed", std::to_string(1994 + plan.seed)}};
    const std::string architecture = architectureOf(plan.numLayers);
    run.model = architecture.empty() ? "resnet18" : architecture;
    run.config = "network:\n  architecture: " + run.model +
                 "\n  stem: imagenet\n  image_size: 224\n  input_channels: 3\n  num_classes: 10\n";
    run.dataset = "fashion-mnist";
    run.dataset_fingerprint = "9c1f2ab0";
    run.numeric_mode = "fake-quant";
    run.device = "cpu";
    run.environment =
        R"({"host": "workstation", "processor": "an invented processor", "threads": 2, "versions": {"f8net": "0.1.0"}})";
    run.command = "f8net train configs/fashion-mnist/quickstart.yaml";
    run.tags = plan.tags;
    run.total_epochs = plan.epochs;
    run.total_steps = int64_t{plan.epochs} * plan.stepsPerEpoch;
    return run;
}

}  // namespace

struct Store::Implementation {
    explicit Implementation(const std::string& path) : store(path, RunStore::Mode::kReadWrite) {}
    RunStore store;
    std::vector<std::unique_ptr<RunWriter>> running;
};

Store::Store(std::string path) : path_(std::move(path)), implementation_(new Implementation(path_)) {}
Store::~Store() {
    delete implementation_;
}

RunId Store::add(const RunPlan& plan) {
    const RunId id = implementation_->store.create_run(
        describe(plan), plan.state == "queued" ? RunStore::Start::kInTurn : RunStore::Start::kAtOnce);
    if (plan.state == "queued") return id;
    RunWriterOptions options;
    options.commit_interval_ms = 20;
    auto writer = std::make_unique<RunWriter>(path_, id, nullptr, options);
    std::mt19937 random(plan.seed);
    std::normal_distribution<double> noise(0, 0.11);
    const std::vector<LayerDescription> layers = describeLayers(plan.numLayers);
    // Formats and clipping levels belong to the layers with weights.
    std::vector<LayerDescription> weighted;
    std::copy_if(layers.begin(), layers.end(), std::back_inserter(weighted),
                 [](const LayerDescription& layer) { return !layer.weight_shape.empty(); });
    int64_t step = 0;
    const int64_t totalSteps = int64_t{plan.epochs} * plan.stepsPerEpoch;
    double bestTop1 = 0;
    bool goesOn = true;
    for (int epoch = 1; epoch <= plan.doneEpochs && goesOn; ++epoch) {
        const bool isFixed = epoch > plan.floatEpochs;
        if (epoch == 1 || epoch == plan.floatEpochs + 1) {
            writer->on_stage_start(isFixed ? "fixed-point" : "float", layers, {totalSteps}, {plan.epochs});
            writer->on_event(
                {EventLevel::kInfo,
                 "stage",
                 isFixed ? "stage fixed-point: 8-bit formats from here on" : "stage float: learning without rounding",
                 {step},
                 {epoch}});
        }
        for (int i = 1; i <= plan.stepsPerEpoch && goesOn; ++i) {
            const double share = static_cast<double>(++step) / static_cast<double>(totalSteps);
            const double loss = (0.28 + plan.finalError + 1.9 * std::exp(-14 * share)) * std::exp(noise(random));
            StepReport stepReport{{step},
                                  {epoch},
                                  static_cast<double>(i) / plan.stepsPerEpoch,
                                  {{"train/loss", loss},
                                   {"train/top1", 1 - std::min(0.95, (plan.finalError + 0.6 * std::exp(-16 * share)) *
                                                                         std::exp(noise(random)))},
                                   {"train/learning_rate", 0.05 * (1 + std::cos(3.14159 * share))},
                                   {"train/images_per_second", 410 + 20 * noise(random)}}};
            for (int extra = 0; extra < plan.extraMetrics; ++extra)
                stepReport.metrics.push_back({"train/extra_" + std::to_string(extra), loss * (extra + 1)});
            writer->on_step(stepReport);
            goesOn = !plan.goesOn || plan.goesOn();
        }
        if (!goesOn) break;
        EpochReport report;
        report.epoch = {epoch};
        report.step = {step};
        report.stage = isFixed ? "fixed-point" : "float";
        const double top1 =
            1 - (plan.finalError + 0.35 * std::exp(-9.0 * epoch / plan.epochs)) * std::exp(noise(random) * 0.08);
        bestTop1 = std::max(bestTop1, top1);
        report.metrics = {
            {"test/top1", top1}, {"test/top5", 1 - (1 - top1) / 8}, {"test/loss", 0.3 + 1.2 * (1 - top1)}};
        if (isFixed) {
            for (size_t i = 0; i < weighted.size(); ++i) {
                report.formats.push_back(formatReport(weighted[i].name, static_cast<int>(i), epoch - plan.floatEpochs,
                                                      plan.epochs - plan.floatEpochs, random));
                report.metrics.push_back(
                    {"clip/" + weighted[i].name, 3.2 + 0.11 * static_cast<double>(i) + 0.4 * std::exp(-0.3 * epoch)});
            }
        }
        if (plan.histogramsEvery > 0 && (epoch % plan.histogramsEvery == 0 || epoch == plan.epochs)) {
            size_t nextFormat = 0;
            for (size_t i = 0; i < layers.size(); ++i) {
                const bool hasFormat = isFixed && !layers[i].weight_shape.empty();
                addHistograms(layers[i], static_cast<int>(i), hasFormat ? &report.formats[nextFormat++] : nullptr,
                              report.histograms);
            }
        }
        writer->on_epoch(report);
        CheckpointReport checkpoint{writer->folder() + "/last.safetensors",
                                    "last",
                                    {epoch},
                                    {step},
                                    11'180'000,
                                    "9f31c2d4e5a6b7c8",
                                    top1,
                                    report.stage};
        writer->on_checkpoint(checkpoint);
        if (top1 >= bestTop1) {
            checkpoint.role = "best";
            checkpoint.path = writer->folder() + "/best.safetensors";
            writer->on_checkpoint(checkpoint);
            char text[64];
            std::snprintf(text, sizeof text, "epoch %d  top-1 %.2f %%  best so far", epoch, top1 * 100);
            writer->on_event({EventLevel::kInfo, "best", text, {step}, {epoch}});
        }
    }
    if (plan.state == "running") {
        writer->flush();
        implementation_->running.push_back(std::move(writer));
        return id;
    }
    if (plan.state == "failed") {
        writer->on_event(
            {EventLevel::kError, "diverged", "loss is NaN at step " + std::to_string(step), {step}, {plan.doneEpochs}});
        writer->finish(RunState::kFailed, 76, "loss is NaN at step " + std::to_string(step));
    } else if (plan.state == "stopped") {
        writer->on_event(
            {EventLevel::kWarning, "log", "stopped on request, checkpoint saved", {step}, {plan.doneEpochs}});
        writer->finish(RunState::kStopped, 75);
    } else {
        writer->finish(RunState::kFinished, 0);
        if (plan.evaluates) {
            for (const auto& [mode, less] :
                 {std::pair("float", -0.0017), std::pair("fake-quant", 0.0), std::pair("integer-only", 0.0)}) {
                EvaluationRecord evaluation;
                evaluation.checkpoint = "best";
                evaluation.mode = mode;
                evaluation.split = "test";
                evaluation.images = 10'000;
                evaluation.top1 = bestTop1 - less;
                evaluation.top5 = 0.9971;
                evaluation.integer_modes_agree = true;
                evaluation.created_at = now_seconds();
                implementation_->store.set_evaluation(id, evaluation);
            }
        }
    }
    return id;
}

std::vector<RunId> fillForPictures(Store& store) {
    std::vector<RunId> ids;
    ids.push_back(store.add({"quickstart", 8, 8, 40, 3, 0.103, 21, "finished", 7, {}, true}));
    ids.push_back(store.add({"resnet18-lr0.2", 24, 4, 60, 2, 0.6, 21, "failed", 6, {}, true}));
    ids.push_back(store.add({"mobilenet_v1-w8a8", 24, 9, 60, 2, 0.095, 28, "stopped", 5, {"paper"}, true}));
    ids.push_back(store.add({"resnet50-w8a8", 40, 40, 60, 4, 0.062, 54, "finished", 4, {}, true}));
    ids.push_back(store.add({"resnet18-w8a8-mae", 40, 40, 90, 8, 0.071, 21, "finished", 3, {"paper"}, true}));
    ids.push_back(store.add({"resnet18-float", 40, 40, 90, 40, 0.068, 21, "finished", 2, {"paper"}, true}));
    ids.push_back(store.add({"mobilenet_v2-w8a8", 40, 0, 60, 4, 0.08, 53, "queued", 8, {}, true}));
    ids.push_back(store.add({"resnet18-w8a8", 40, 29, 90, 8, 0.069, 21, "running", 1, {"paper"}, true}));
    store.addFlips(ids.back());
    return ids;
}

void fillMany(Store& store, int runs, int steps) {
    for (int i = 0; i < runs; ++i) {
        RunPlan plan{"run-" + std::to_string(i),   3,  3,   20, 1, 0.05 + 0.001 * i, 21, "finished",
                     static_cast<unsigned>(i + 1), {}, true};
        if (steps > 0) {
            constexpr int kEpochs = 10, kMetrics = 10;
            plan.epochs = plan.doneEpochs = plan.floatEpochs = kEpochs;
            plan.stepsPerEpoch = steps / kEpochs;
            plan.extraMetrics = kMetrics - 4;
        }
        store.add(plan);
    }
}

}  // namespace f8net::synthetic
