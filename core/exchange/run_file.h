// SPDX-License-Identifier: Apache-2.0
/// A file that runs are written to, one after the other; it appears, whole, with commit().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/work.h"
#include "core/store/run_reader.h"

namespace f8net {

class RunFile {
public:
    virtual ~RunFile() = default;
    /// `label` is the run's name, or tells it from others of that name; `wrote` is told how many points were written.
    virtual void add(const RunReader& reader, const RunRecord& run, const std::string& label, const Work& work,
                     const std::function<void(size_t points)>& wrote) = 0;
    virtual void commit() = 0;
};

std::unique_ptr<RunFile> make_csv_file(const std::string& path);
std::unique_ptr<RunFile> make_json_file(const std::string& path);
/// A folder of one run, with an event file.
std::unique_ptr<RunFile> make_event_folder(const std::string& path);

}  // namespace f8net
