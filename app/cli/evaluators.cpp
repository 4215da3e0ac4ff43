// SPDX-License-Identifier: Apache-2.0
#include "app/cli/evaluators.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "app/cli/usage_error.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "core/run/torch_backend.h"

namespace f8net {

namespace {

bool needs_torch(NumericMode mode) {
    return mode != NumericMode::kIntegerOnly;
}
bool needs_checkpoint(NumericMode mode) {
    return mode != NumericMode::kIntegerOnly && mode != NumericMode::kIntegerFloat;
}

}  // namespace

std::vector<std::string> mode_names() {
    std::vector<std::string> names(kNumericModeNames.begin(), kNumericModeNames.end());
    names.emplace_back("all");
    return names;
}

ModeList parse_modes(const std::string& text) {
    ModeList list;
    if (text == "all") {
        list.is_all = true;
        for (size_t m = 0; m < kNumericModeNames.size(); ++m) list.modes.push_back(static_cast<NumericMode>(m));
        return list;
    }
    std::istringstream words(text);
    std::string word;
    while (std::getline(words, word, ',')) {
        const auto mode = numeric_mode_from_string(word);
        if (!mode) throw ConfigError(unknown_name("--mode", "mode", word, mode_names()));
        if (std::find(list.modes.begin(), list.modes.end(), *mode) == list.modes.end()) list.modes.push_back(*mode);
    }
    if (list.modes.empty()) throw ConfigError("--mode: names no mode");
    return list;
}

ModeList default_modes(const Subject& subject) {
    ModeList list;
    if (subject.is_integer_network() || !subject.has_experiment()) {
        list.modes = {NumericMode::kIntegerOnly};
    } else {
        list.modes = subject.experiment().evaluation.modes;
    }
    return list;
}

std::string why_not(Subject& subject, NumericMode mode) {
    if (needs_checkpoint(mode) && !subject.has_checkpoint()) {
        return "mode " + to_string(mode) + " needs the trained tensors, and " + subject.text() + " has none";
    }
    if (needs_torch(mode) && !torch_backend_is_installed()) {
        return "mode " + to_string(mode) + " needs LibTorch's module, which is not installed: ./quickstart builds it";
    }
    return {};
}

std::unique_ptr<ModeEvaluator> make_evaluator(Subject& subject, NumericMode mode, const std::string& device,
                                              int threads) {
    if (needs_checkpoint(mode) && !subject.has_checkpoint()) throw ConfigError(why_not(subject, mode));
    if (mode == NumericMode::kIntegerOnly) return make_executor(subject.integer_network(), fastest_path(), threads);
    if (mode == NumericMode::kIntegerFloat) {
        return torch_backend().make_integer_float_evaluator(subject.integer_network(), device, threads);
    }
    return torch_backend().make_evaluator(mode, subject.checkpoint(), subject.experiment(), device, threads);
}

}  // namespace f8net
