// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/import_runs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
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

enum class Content { kStore, kJson, kTable };

std::ifstream open_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || fs::is_directory(path)) throw IoError("read", path, file ? EISDIR : errno);
    return file;
}

Content content_of(const std::string& path) {
    std::ifstream file = open_file(path);
    std::string begin(512, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<size_t>(file.gcount()));
    if (begin.empty()) throw DataError(path + ": empty, nothing to import");
    if (begin.starts_with("SQLite format 3")) return Content::kStore;
    const size_t first = begin.find_first_not_of(" \t\r\n");
    return first != std::string::npos && begin[first] == '{' ? Content::kJson : Content::kTable;
}

double written_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return now_seconds();
    return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

/// Reading is followed by how much of the file was read.
void read_into(RunSink& sink, const std::string& path, Content content, const Work& work) {
    std::ifstream file = open_file(path);
    switch (content) {
        case Content::kJson:
            return read_runs_json(file, path, sink, work);
        case Content::kTable:
            return read_runs_csv(file, path, written_at(path), sink, work);
        case Content::kStore:
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
