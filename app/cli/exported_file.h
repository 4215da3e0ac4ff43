// SPDX-License-Identifier: Apache-2.0
/// Runs a file that `export` wrote, to check it against the law: what stands on the disk, not what it was made from.
/// Errors   DataError where what runs the file refuses it; those of sample_images().
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/cli/context.h"
#include "app/cli/subject.h"
#include "core/analysis/verification.h"

namespace f8net {

struct ExportedFileCheck {
    std::string why_not;  ///< why nothing here runs this file; empty where it was checked
    std::string path;     ///< what computed it; where something differs that which did
    PathComparison comparison;

    std::optional<bool> equal() const { return why_not.empty() ? std::optional(comparison.equal()) : std::nullopt; }
};

/// `file` was written in `format` from the subject; images of `data` (--data; empty: as the experiment says).
/// `need_going_on` is called between steps and while a compiler runs; what it throws ends the check.
ExportedFileCheck check_exported_file(Context& context, Subject& subject, const std::string& format,
                                      const std::string& file, const std::string& data, int64_t images,
                                      const std::function<void()>& need_going_on);

}  // namespace f8net
