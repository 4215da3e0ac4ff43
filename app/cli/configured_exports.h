// SPDX-License-Identifier: Apache-2.0
/// The ONNX files that an experiment asks for: evaluation.integer_float_export and evaluation.integer_only_export.
/// Each names a folder, which gets NAME-integer-float.onnx or NAME-integer-only.onnx (NAME: the experiment's), or the
/// file itself where it ends in .onnx. Both hold the same integers; two options because experiments of the authors ask
/// for one or the other.
/// Errors   IoError where the place cannot be written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "app/cli/json.h"
#include "app/cli/subject.h"

namespace f8net {

struct ConfiguredExport {
    std::string key;  ///< the option that asks for it
    std::string path;
};

/// What the experiment asks for; empty where nothing.
std::vector<ConfiguredExport> configured_exports(const Experiment& experiment);

/// Makes the missing folders and tries to write there: a place that cannot be written is found before the work.
void prepare_exports(const std::vector<ConfiguredExport>& exports);

/// Checks the network against the scalar engine in every code, then writes the files and notes them. Returns one entry
/// {option, path, bytes, verified, images} each; verified is null where there is nothing to check with.
/// Errors   DataError with the first difference; then no file is written.
Json write_exports(Context& context, Subject& subject, const std::vector<ConfiguredExport>& exports);

}  // namespace f8net
