// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "app/cli/class_names.h"
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/reference/completion.h"
#include "app/cli/text_table.h"
#include "core/data/decode.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, modes = "integer-only", data;
    std::vector<std::string> pictures;
    int top = 5;
};

/// Pictures named on the command line, as a data set without labels.
class PictureFiles final : public Dataset {
public:
    PictureFiles(std::vector<std::string> files, int channels, std::vector<std::string> class_names)
        : files_(std::move(files)), channels_(channels), class_names_(std::move(class_names)) {}

    int64_t size() const override { return static_cast<int64_t>(files_.size()); }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    int channels() const override { return channels_; }
    std::optional<ImageSize> image_size() const override { return std::nullopt; }
    Sample get(int64_t index) const override { return {decode_image_file(name(index), channels_), 0}; }
    int64_t label(int64_t) const override { return 0; }
    std::string name(int64_t index) const override { return files_.at(static_cast<size_t>(index)); }
    std::string fingerprint() const override { return {}; }
    std::string description() const override { return "pictures"; }

private:
    std::vector<std::string> files_;
    int channels_;
    std::vector<std::string> class_names_;
};

/// "class 3" where nothing says how it is called.
std::vector<std::string> class_names(Subject& subject) {
    std::vector<std::string> names = class_names_of(subject);
    const auto count = static_cast<size_t>(subject.integer_network().num_classes());
    while (names.size() < count) names.push_back("class " + std::to_string(names.size()));
    return names;
}

TransformOptions picture_transform(Subject& subject) {
    TransformOptions options;
    if (subject.has_experiment()) {
        options = transform_options(subject.experiment());
        // Networks for small pictures saw them whole; those for photographs a cut out of the middle.
        if (options.resize == 0 && subject.experiment().data.dataset != "image-folder")
            options.resize = options.image_size;
    } else {
        options.image_size = static_cast<int>(subject.integer_network().input().output.height);
        options.resize = options.image_size;
    }
    return options;
}

struct Guess {
    int index = 0;
    double score = 0, logit = 0;
};

std::vector<Guess> best_classes(const Logits& logits, int64_t image, double scale, int top) {
    std::vector<Guess> guesses;
    for (int64_t c = 0; c < logits.classes; ++c) {
        const auto at = static_cast<size_t>(image * logits.classes + c);
        const double logit = logits.integers.empty() ? logits.values[at] : logits.integers[at] * scale;
        guesses.push_back({static_cast<int>(c), 0, logit});
    }
    std::stable_sort(guesses.begin(), guesses.end(), [](const Guess& a, const Guess& b) { return a.logit > b.logit; });
    double sum = 0;
    for (const Guess& guess : guesses) sum += std::exp(guess.logit - guesses.front().logit);
    for (Guess& guess : guesses) guess.score = std::exp(guess.logit - guesses.front().logit) / sum;
    guesses.resize(std::min(guesses.size(), static_cast<size_t>(top)));
    return guesses;
}

ExitCode predict(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    const ModeList modes = parse_modes(options.modes);
    const std::vector<std::string> names = class_names(subject);
    const auto channels = static_cast<int>(subject.integer_network().input().output.channels);
    const PictureFiles pictures(options.pictures, channels, names);
    const ImageTransform transform(picture_transform(subject), pictures);
    std::vector<int64_t> indexes(options.pictures.size());
    std::iota(indexes.begin(), indexes.end(), 0);
    const Batch batch = load_batch(pictures, transform, indexes, context.threads());

    Json documents = Json::array();
    TextTable table{"picture", "mode", "class", ">score", ">logit"};
    for (const NumericMode mode : modes.modes) {
        if (modes.is_all && !why_not(subject, mode).empty()) continue;
        const auto evaluator = make_evaluator(subject, mode, context.device(), context.threads());
        const Logits logits = evaluator->run(batch.pixels, batch.size, nullptr);
        for (int64_t i = 0; i < batch.size; ++i) {
            Json top = Json::array();
            bool first = true;
            for (const Guess& guess : best_classes(logits, i, logits.scale, options.top)) {
                const std::string& name = names[static_cast<size_t>(guess.index)];
                top.push_back(
                    {{"class", name}, {"index", guess.index}, {"score", guess.score}, {"logit", guess.logit}});
                table.add_row({first ? pictures.name(i) : "", first ? to_string(mode) : "", name,
                               format_percent(guess.score, 1), format_number(guess.logit)});
                first = false;
            }
            documents.push_back({{"file", pictures.name(i)}, {"mode", to_string(mode)}, {"top", top}});
        }
    }
    if (context.options.json) {
        print_json(context.console, {{"pictures", documents}});
    } else {
        context.console.print(table.text());
    }
    return ExitCode::kOk;
}

}  // namespace

void add_predict_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("predict", "What is in a picture?",
                                 "f8net predict quickstart shoe.png\nf8net predict net.f8n *.png --json",
                                 [options](Context& context) { return predict(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("PICTURE", options->pictures, "JPEG or PNG files")->required();
    app.add_option("--mode", options->modes, "One or more modes; default: integer-only")
        ->option_text("MODE,...")
        ->check(suggest(mode_names()));
    app.add_option("--top", options->top, "So many classes; default: 5")->check(count_from_one());
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
