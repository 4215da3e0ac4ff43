// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/import_runs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/base/error.h"
#include "core/exchange/record_file.h"
#include "core/exchange/run_readers.h"
#include "core/store/run_inserter.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

/// Where what is read becomes runs before the store sees any of it; beside the store, where there is room for it.
class PreparedStore {
public:
    explicit PreparedStore(const std::string& store)
        : folder_(fs::absolute(store).string() + ".import-" + std::to_string(::getpid()) + "-" +
                  std::to_string(counter++)) {
        std::error_code failure;
        fs::create_directories(folder_, failure);
        if (failure) throw IoError("create folder", folder_, failure.value());
    }
    ~PreparedStore() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    PreparedStore(const PreparedStore&) = delete;
    PreparedStore& operator=(const PreparedStore&) = delete;
    std::string path() const { return folder_ + "/runs.db"; }

private:
    static inline std::atomic<int> counter{0};
    std::string folder_;
};

enum class Content { kStore, kJson, kTable, kEvents };

std::ifstream open_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || fs::is_directory(path)) throw IoError("read", path, file ? EISDIR : errno);
    return file;
}

bool is_event_file(const std::string& path) {
    return fs::path(path).filename().string().find("tfevents") != std::string::npos;
}

std::string folder_name(const fs::path& folder) {
    const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
    return name.empty() ? "imported" : name;
}

Content content_of(const std::string& path) {
    if (fs::is_directory(path)) return Content::kEvents;
    std::ifstream file = open_file(path);
    std::string begin(512, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<size_t>(file.gcount()));
    if (begin.empty()) throw DataError(path + ": empty, nothing to import");
    if (begin.starts_with("SQLite format 3")) return Content::kStore;
    if (begins_with_record(begin) || is_event_file(path)) return Content::kEvents;
    const size_t first = begin.find_first_not_of(" \t\r\n");
    return first != std::string::npos && begin[first] == '{' ? Content::kJson : Content::kTable;
}

double written_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return now_seconds();
    return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

/// Runs of a folder as TensorBoard sees them: a folder with event files is one, called by its place; of a file: by its
/// folder.
void read_events(RunSink& sink, const std::string& path, const Work& work) {
    std::map<std::string, std::vector<std::string>> runs;
    const fs::path top = fs::absolute(path).lexically_normal();
    if (fs::is_directory(path)) {
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
            if (!entry.is_regular_file() || !is_event_file(entry.path().string())) continue;
            const std::string place = entry.path().parent_path().lexically_relative(path).string();
            runs[place == "." ? folder_name(top) : place].push_back(entry.path().string());
        }
        if (runs.empty()) throw DataError(path + ": no event files (*tfevents*) in this folder");
    } else {
        runs[folder_name(top.parent_path())] = {path};
    }
    SeriesCollector collector(path, written_at(path), sink, work);
    for (auto& [run, files] : runs) {
        std::sort(files.begin(), files.end());
        EventReader reader(run, collector);
        for (const std::string& name : files) {
            work.need_going_on();
            std::ifstream file = open_file(name);
            reader.read(file, name);
        }
    }
    collector.finish();
}

void read_into(RunSink& sink, const std::string& path, Content content, const Work& work) {
    if (content == Content::kEvents) return read_events(sink, path, work);
    std::ifstream file = open_file(path);
    switch (content) {
        case Content::kJson:
            return read_runs_json(file, path, sink, work);
        case Content::kTable:
            return read_runs_csv(file, path, written_at(path), sink, work);
        case Content::kStore:
        case Content::kEvents:
            break;
    }
}

std::vector<RunId> find_runs(const std::string& store, const std::vector<std::string>& names) {
    const RunStore source(store, RunStore::Mode::kReadOnly);
    const RunReader reader(source);
    std::vector<RunId> ids;
    for (const std::string& name : names) ids.push_back(reader.find(name));
    return ids;
}

}  // namespace

RunTransfer import_runs(const std::string& store, const std::string& path, const std::vector<std::string>& runs,
                        const Work& work) {
    std::error_code failure;
    if (!fs::exists(path, failure)) throw ConfigError("there is no file or folder " + path + " to import");
    const Content content = content_of(path);
    if (content == Content::kStore) return transfer_runs(path, find_runs(path, runs), store, work);
    {
        // Refuses what cannot be written before an hour of reading.
        const RunStore target(store, RunStore::Mode::kReadWrite);
    }
    const PreparedStore prepared(store);
    {
        RunStore filled(prepared.path(), RunStore::Mode::kReadWrite);
        RunInserter inserter(filled);
        read_into(inserter, path, content, work);
        inserter.commit();
    }
    RunTransfer transfer = transfer_runs(prepared.path(), find_runs(prepared.path(), runs), store, work);
    if (transfer.runs.empty()) throw DataError(path + ": no runs in it");
    return transfer;
}

}  // namespace f8net
