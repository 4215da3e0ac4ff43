// SPDX-License-Identifier: Apache-2.0
#include "app/cli/evaluation_report.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "app/cli/context.h"
#include "app/cli/text_table.h"
#include "core/base/error.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

constexpr size_t kWorst = 10;  // classes and confusions that are told

size_t num_classes(const ModeResult& result) {
    return static_cast<size_t>(std::llround(std::sqrt(static_cast<double>(result.confusion.size()))));
}

struct Confusion {
    size_t truth = 0, given = 0;
    int64_t images = 0, of = 0;  ///< of so many images of the true class
};

/// Most images first, equal ones in the order of the classes.
std::vector<Confusion> worst_confusions(const ModeResult& result) {
    const size_t classes = num_classes(result);
    std::vector<Confusion> all;
    for (size_t truth = 0; truth < classes; ++truth) {
        const auto row = result.confusion.begin() + static_cast<std::ptrdiff_t>(truth * classes);
        const int64_t of = std::accumulate(row, row + static_cast<std::ptrdiff_t>(classes), int64_t{0});
        for (size_t given = 0; given < classes; ++given) {
            const int64_t images = row[static_cast<std::ptrdiff_t>(given)];
            if (given != truth && images > 0) all.push_back({truth, given, images, of});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.images > b.images; });
    all.resize(std::min(all.size(), kWorst));
    return all;
}

std::vector<size_t> worst_classes(const ModeResult& result) {
    std::vector<size_t> classes;
    for (size_t c = 0; c < result.per_class.size(); ++c) {
        if (std::isfinite(result.per_class[c])) classes.push_back(c);
    }
    std::stable_sort(classes.begin(), classes.end(),
                     [&](size_t a, size_t b) { return result.per_class[a] < result.per_class[b]; });
    classes.resize(std::min(classes.size(), kWorst));
    return classes;
}

/// A row per true class; null where it would be larger than all the rest.
Json confusion_json(const ModeResult& result) {
    constexpr size_t kMostClasses = 100;
    const size_t classes = num_classes(result);
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
    std::vector<std::string> headings{"mode", ">top-1", ">top-5"};
    std::set<int64_t> further;
    for (const ModeResult& result : evaluation.modes) {
        for (const auto& [k, share] : result.topk) further.insert(k);
    }
    for (const int64_t k : further) headings.push_back(fmt::format(">top-{}", k));
    headings.insert(headings.end(), {">loss", ">images", ">images/s"});
    TextTable table(headings);
    for (const ModeResult& result : evaluation.modes) {
        std::vector<std::string> cells{to_string(result.mode), format_percent(result.top1),
                                       format_percent(result.top5)};
        for (const int64_t k : further) {
            const auto found = result.topk.find(k);
            cells.push_back(found == result.topk.end() ? "-" : format_percent(found->second));
        }
        cells.insert(cells.end(), {format_number(result.loss), std::to_string(result.images),
                                   fmt::format("{:.0f}", result.images_per_second)});
        table.add_row(std::move(cells));
    }
    return table.text();
}

std::string confusion_text(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
    const auto name = [&](size_t c) { return c < class_names.size() ? class_names[c] : fmt::format("class {}", c); };
    std::string text;
    for (const ModeResult& result : evaluation.modes) {
        TextTable classes{"class", ">top-1"};
        for (const size_t c : worst_classes(result)) classes.add_row({name(c), format_percent(result.per_class[c])});
        TextTable confusions{"true class", "taken for", ">images", ">of its images"};
        for (const Confusion& each : worst_confusions(result)) {
            confusions.add_row({name(each.truth), name(each.given), std::to_string(each.images),
                                format_percent(static_cast<double>(each.images) / static_cast<double>(each.of))});
        }
        text += fmt::format("\n{}: classes recognised worst\n{}", to_string(result.mode), classes.text());
        if (!confusions.empty()) {
            text += fmt::format("\n{}: confusions that happen most\n{}", to_string(result.mode), confusions.text());
        }
    }
    return text;
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
