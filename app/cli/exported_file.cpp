// SPDX-License-Identifier: Apache-2.0
#include "app/cli/exported_file.h"

#include <fmt/format.h>
#include <filesystem>
#include <memory>
#include <vector>

#include "app/cli/sample_images.h"
#include "core/base/atomic_file.h"
#include "core/deploy/c/c_evaluator.h"
#include "core/deploy/onnx_evaluator.h"
#include "core/inference/executor.h"

namespace f8net {

namespace {

using Evaluators = std::vector<std::unique_ptr<ModeEvaluator>>;

/// What runs files of a format. All evaluators have to agree with the law.
struct Runner {
    const char* format;
    std::string (*why_not)();
    Evaluators (*make)(const IntegerNetwork& network, const std::string& file, const Context& context,
                       const NeedGoingOn& need_going_on);
    TraceCoverage coverage = TraceCoverage::kEveryLayer;
};

/// The source in the folder, compiled.
Evaluators run_c(const IntegerNetwork& network, const std::string& folder, const Context&,
                 const NeedGoingOn& need_going_on) {
    CSourceRunOptions options;
    options.folder = folder;
    options.need_going_on = need_going_on;
    Evaluators evaluators;
    evaluators.push_back(make_c_source_evaluator(network, options));
    return evaluators;
}

Evaluators run_onnx(const IntegerNetwork& network, const std::string& file, const Context& context,
                    const NeedGoingOn&) {
    return make_onnx_evaluators(network, read_text_file(file), context.threads());
}

constexpr Runner kRunners[] = {
    {"onnx", OnnxRuntime::why_not, run_onnx, TraceCoverage::kWhatItShows},
    {"onnx-qdq", OnnxRuntime::why_not, run_onnx, TraceCoverage::kWhatItShows},
    {"onnx-integer", OnnxRuntime::why_not, run_onnx, TraceCoverage::kWhatItShows},
    {"c", why_no_c_source, run_c},
};

const Runner* find_runner(const std::string& format) {
    for (const Runner& runner : kRunners) {
        if (format == runner.format) return &runner;
    }
    return nullptr;
}

}  // namespace

ExportedFileCheck check_exported_file(Context& context, Subject& subject, const std::string& format,
                                      const std::string& file, const std::string& data, int64_t images,
                                      const NeedGoingOn& need_going_on) {
    constexpr int kBatch = 20;
    ExportedFileCheck check;
    const Runner* const runner = find_runner(format);
    check.why_not = runner == nullptr ? "nothing here runs files of format " + format : runner->why_not();
    if (!check.why_not.empty()) return check;
    const IntegerNetwork& network = subject.integer_network();
    const SampleImages sample = sample_images(context, subject, data, images);
    const std::string name = std::filesystem::path(file).filename().string();
    const auto law = make_executor(network, "scalar", context.threads());
    for (const auto& evaluator : runner->make(network, file, context, need_going_on)) {
        check.path = evaluator->path();
        const PixelSource pixels = [&](int64_t first, int64_t count) {
            need_going_on();
            context.console.transient(
                fmt::format("checking {} with {}: {}/{} images", name, check.path, first, sample.count));
            return sample.pixels(first, count);
        };
        check.comparison = compare_paths(*law, *evaluator, pixels, sample.count, kBatch, runner->coverage);
        if (!check.comparison.equal()) break;
    }
    return check;
}

}  // namespace f8net
