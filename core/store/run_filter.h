// SPDX-License-Identifier: Apache-2.0
/// Words that choose runs, the same for `f8net runs list` and the workbench's filter line:
///   text            in name, id, experiment, model, dataset, tags or note, any case
///   /regex/         ECMAScript, any case, in the same fields
///   state:running   tag:paper   model:resnet   dataset:...   name:...   id:...   experiment:...   device:...
///   parent:... top1>=0.9       lr<0.1   epochs=30   optimizer.momentum!=0.9   train/loss<0.5     (<, <=, >, >=, =, !=)
/// All must hold; a word after '-' must not; "quoted words" are one. Fields are run fields (is_run_field), else a
/// configuration key or the end of one ("lr" finds "optimizer.lr"), else a metric ("loss" finds "train/loss"). Errors
/// ConfigError with the word and what is allowed.   Threads: immutable once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

class RunFilter {
public:
    RunFilter();  ///< lets everything through
    explicit RunFilter(const std::string& text);
    explicit RunFilter(const std::vector<std::string>& words);  ///< each already one word, as a shell hands them over

    bool matches(const RunSummary& run) const;
    bool empty() const;
    /// Fields that are not in a RunSummary itself: RunReader::list puts them into RunSummary::values when the filter is
    /// given there; who filters in memory hands them to RunListOptions::keys.
    std::vector<std::string> keys() const;
    const std::string& text() const;  ///< as typed

    /// "name", "state", "top1", "best", "last", "float", "fixed", "integer", "loss", "epoch", "epochs", "step",
    /// "progress", "duration" (seconds)...
    static bool is_run_field(const std::string& name);
    static std::vector<std::string> run_fields();

private:
    struct Word;
    std::shared_ptr<const std::vector<Word>> words_;
    std::string text_;
};

}  // namespace f8net
