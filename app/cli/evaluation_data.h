// SPDX-License-Identifier: Apache-2.0
/// The images that a subject is evaluated on.
/// Errors   DataError: folder or file missing or damaged; ConfigError where nothing says which data.
#pragma once

#include <string>

#include "app/cli/subject.h"
#include "core/analysis/evaluation.h"
#include "core/data/dataset.h"

namespace f8net {

struct EvaluationDataOptions {
    std::string folder;  ///< --data; empty: as the experiment says
    Split split = Split::kTest;
    int64_t limit = 0;   ///< images; 0: all
    int batch_size = 0;  ///< 0: as the experiment says
    int threads = 1;
};

/// A network without experiment is evaluated on what is in the folder, at the network's own picture size.
EvaluationSet open_evaluation_data(Subject& subject, const EvaluationDataOptions& options);

/// "train", "validation", "test".   Errors: ConfigError.
Split parse_split(const std::string& text);

/// "data.folder" where given: what --data means for an experiment.
std::vector<Setting> data_settings(const Context& context, const std::string& folder);

}  // namespace f8net
