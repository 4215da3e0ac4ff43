// SPDX-License-Identifier: Apache-2.0
/// What `export` was asked for, and the formats that are more than a few lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "app/cli/json.h"

namespace f8net {

class Subject;

struct ExportOptions {
    std::string subject, config, format, output;
    std::string data;             ///< folder of the images
    int64_t images = 0;           ///< 0: as the format likes
    int64_t verified_images = 0;  ///< run what was written on so many; 0: not
    std::string layers, files;    ///< golden vectors: of which layers, in which kinds of files; with commas
};

/// What else is said of what was written: keys of the JSON document, and a line for people.
struct ExportDetails {
    Json keys = Json::object();
    std::string text;
};

/// Writes options.output, nothing else.   Errors: ConfigError for an unknown format; those of the formats.
void write_export(Context& context, Subject& subject, const ExportOptions& options);

void export_c_source(Context& context, Subject& subject, const ExportOptions& options);
/// What the C source takes of a small machine; `need_going_on` as compile_c() calls it.
ExportDetails c_source_details(Subject& subject, const std::function<void()>& need_going_on);

void export_report(Context& context, Subject& subject, const ExportOptions& options);
void export_vectors(Context& context, Subject& subject, const ExportOptions& options);

}  // namespace f8net
