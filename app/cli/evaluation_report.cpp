// SPDX-License-Identifier: Apache-2.0
#include "app/cli/evaluation_report.h"

#include <fmt/format.h>
#include <cmath>

#include "app/cli/context.h"
#include "app/cli/text_table.h"
#include "core/base/error.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

/// A row per true class; null where it would be larger than all the rest.
Json confusion_json(const ModeResult& result) {
    constexpr size_t kMostClasses = 100;
    const auto classes = static_cast<size_t>(std::llround(std::sqrt(static_cast<double>(result.confusion.size()))));
    if (classes == 0 || classes > kMostClasses) return nullptr;
    Json rows = Json::array();
    for (auto row = result.confusion.begin(); row != result.confusion.end();
         row += static_cast<std::ptrdiff_t>(classes)) {
        rows.push_back(std::vector<int64_t>(row, row + static_cast<std::ptrdiff_t>(classes)));
    }
    return rows;
}

}  // namespace

Json to_json(const ModeResult& result) {
    Json per_class = Json::array();
    for (const double share : result.per_class) per_class.push_back(share);
    Json document = {{"top1", result.top1},
                     {"top5", result.top5},
                     {"loss", result.loss},
                     {"images", result.images},
                     {"images_per_second", result.images_per_second},
                     {"per_class", per_class},
                     {"confusion", confusion_json(result)}};
    for (const auto& [k, share] : result.topk) document["top" + std::to_string(k)] = share;
    return document;
}

Json to_json(const CodeDifference& difference) {
    return {{"image", difference.image},
            {"layer", difference.layer},
            {"tensor", difference.tensor},
            {"element", {difference.channel, difference.row, difference.column}},
            {"reference", difference.reference_path},
            {"path", difference.path},
            {"expected", or_null(difference.expected)},
            {"got", or_null(difference.got)}};
}

std::string agreement_text(const Evaluation& evaluation) {
    if (!evaluation.integer_modes_agree) return {};
    if (*evaluation.integer_modes_agree) {
        return fmt::format("integer modes: equal in every code of every layer on {} images",
                           evaluation.agreement_images);
    }
    return "integer modes differ: " + evaluation.first_difference->description();
}

std::string evaluation_table(const Evaluation& evaluation) {
    TextTable table{"mode", ">top-1", ">top-5", ">loss", ">images", ">images/s"};
    for (const ModeResult& result : evaluation.modes) {
        table.add_row({to_string(result.mode), format_percent(result.top1), format_percent(result.top5),
                       format_number(result.loss), std::to_string(result.images),
                       fmt::format("{:.0f}", result.images_per_second)});
    }
    return table.text();
}

void store_evaluation(Context& context, const RunId& run, const std::string& checkpoint, Split split,
                      const Evaluation& evaluation) {
    try {
        RunStore store(context.options.store, RunStore::Mode::kReadWrite);
        for (const ModeResult& result : evaluation.modes) {
            EvaluationRecord record;
            record.checkpoint = checkpoint;
            record.mode = to_string(result.mode);
            record.split = split_name(split);
            record.images = result.images;
            record.top1 = result.top1;
            record.top5 = result.top5;
            record.loss = result.loss;
            if (is_integer_mode(result.mode)) record.integer_modes_agree = evaluation.integer_modes_agree;
            record.images_per_second = result.images_per_second;
            Json details = {{"per_class", to_json(result)["per_class"]},
                            {"agreement_images", evaluation.agreement_images}};
            for (const auto& [k, share] : result.topk) details["top" + std::to_string(k)] = share;
            record.details = details.dump();
            record.created_at = now_seconds();
            store.set_evaluation(run, record);
        }
    } catch (const Error& error) {
        context.console.warning(std::string("the results were not stored: ") + error.what());
    }
}

std::function<void(const ModeEvaluator&, int64_t, int64_t)> progress_on(Console& console) {
    return [&console](const ModeEvaluator& evaluator, int64_t done, int64_t images) {
        console.transient(fmt::format("evaluating {}: {}/{} images", to_string(evaluator.mode()), done, images));
    };
}

}  // namespace f8net
