// SPDX-License-Identifier: Apache-2.0
#include "app/cli/configured_exports.h"

#include <algorithm>
#include <filesystem>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/onnx_export.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kVerifiedImages = 64;

struct Verified {
    std::optional<bool> equal;
    int64_t images = 0;
};

/// The law against the same network in floats, on images of the experiment.
Verified verify(Context& context, Subject& subject) {
    if (!why_not(subject, NumericMode::kIntegerFloat).empty()) return {};
    const int64_t limit = subject.experiment().evaluation.limit;
    const int64_t images = limit > 0 ? std::min(limit, kVerifiedImages) : kVerifiedImages;
    const EvaluationSet set = open_evaluation_data(subject, {{}, Split::kTest, images, 0, context.threads()});
    const auto law = make_evaluator(subject, NumericMode::kIntegerOnly, "cpu", context.threads());
    const auto other = make_evaluator(subject, NumericMode::kIntegerFloat, "cpu", context.threads());
    const Evaluation evaluation = evaluate(set, {{law.get()}, {other.get()}});
    if (evaluation.first_difference) {
        throw DataError(subject.text() + ": not exported, the network differs from the scalar engine: " +
                        evaluation.first_difference->description());
    }
    return {evaluation.integer_modes_agree, evaluation.agreement_images};
}

}  // namespace

std::vector<ConfiguredExport> configured_exports(const Experiment& experiment) {
    std::vector<ConfiguredExport> exports;
    const auto add = [&](const char* key, const std::string& place, const char* mode) {
        if (place.empty()) return;
        std::string name = experiment.name + "-" + mode + ".onnx";
        std::replace(name.begin(), name.end(), '/', '_');
        exports.push_back({key, place.ends_with(".onnx") ? place : (fs::path(place) / name).string()});
    };
    add("evaluation.integer_float_export", experiment.evaluation.integer_float_export, "integer-float");
    add("evaluation.integer_only_export", experiment.evaluation.integer_only_export, "integer-only");
    return exports;
}

void prepare_exports(const std::vector<ConfiguredExport>& exports) {
    for (const ConfiguredExport& wanted : exports) {
        const fs::path folder = fs::path(wanted.path).parent_path();
        std::error_code error;
        if (!folder.empty()) fs::create_directories(folder, error);
        if (error) throw IoError("make the folder of " + wanted.key, folder.string(), error.value());
        AtomicFile(wanted.path).write("");  // without commit(): nothing stays
    }
}

Json write_exports(Context& context, Subject& subject, const std::vector<ConfiguredExport>& exports) {
    Json entries = Json::array();
    if (exports.empty()) return entries;
    const Verified verified = verify(context, subject);
    const OnnxOptions options{.class_names = class_names_of(subject)};
    for (const ConfiguredExport& wanted : exports) {
        export_onnx(subject.integer_network(), wanted.path, options);
        const auto bytes = static_cast<int64_t>(fs::file_size(wanted.path));
        record_artifact(context, subject, wanted.path, "onnx");
        context.console.note("wrote " + wanted.path + " (ONNX with QLinear operators, " + format_bytes(bytes) +
                             (verified.equal ? "; equal to the scalar engine in every code on " +
                                                   std::to_string(verified.images) + " images)"
                                             : ")"));
        entries.push_back({{"option", wanted.key},
                           {"path", wanted.path},
                           {"bytes", bytes},
                           {"verified", or_null(verified.equal)},
                           {"images", verified.images}});
    }
    return entries;
}

}  // namespace f8net
