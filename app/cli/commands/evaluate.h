// SPDX-License-Identifier: Apache-2.0
/// What `f8net evaluate` does, for whoever evaluates too (`train` of an experiment that only tests).
#pragma once

#include <string>
#include <vector>

#include "app/cli/context.h"
#include "core/base/error.h"

namespace f8net {

struct EvaluateOptions {
    std::string subject, config, modes, data, split = "test", logits, trace;
    double required_top1 = -1;
    int64_t limit = 0, trace_images = 16;  ///< limit 0: as the experiment says
    int batch = 0;
    std::vector<Setting> settings;  ///< of the experiment, besides --set and --data
    std::string device;             ///< empty: --device, else cpu
    bool recalibrates = false;      ///< first batch-norm statistics anew, where the experiment asks for it; saves them
    bool tells_confusions = false;  ///< also in text, where they are many
    bool write_exports = false;     ///< also the ONNX files that the experiment asks for
};

ExitCode evaluate_subject(Context& context, const EvaluateOptions& options);

}  // namespace f8net
