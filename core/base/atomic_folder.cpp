// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_folder.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/hash.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

constexpr const char* kList = ".f8net-files";

/// Relative names with '/', sorted: the same order on every file system.
std::vector<std::string> files_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (!at->is_directory()) names.push_back(at->path().lexically_relative(folder).generic_string());
    }
    if (error) throw IoError("read", folder.string(), error.value());
    std::sort(names.begin(), names.end());
    return names;
}

void sync_path(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;  // the rename tells what matters; some file systems refuse to sync a folder
    const bool failed = ::fsync(descriptor) != 0 && errno != EINVAL;
    const int error_number = errno;
    ::close(descriptor);
    if (failed) throw IoError("sync", path, error_number);
}

/// Each sync of a file costs some milliseconds, however small the file is; many are synced at once, with what else
/// waits on that file system.
void sync_files(const std::string& folder, const std::vector<std::string>& names) {
    constexpr size_t kMany = 32;
    if (names.size() < kMany) {
        for (const std::string& name : names) sync_path((fs::path(folder) / name).string(), 0);
        return;
    }
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw IoError("open", folder, errno);
    const bool failed = ::syncfs(descriptor) != 0;
    const int error_number = errno;
    ::close(descriptor);
    if (failed) throw IoError("sync", folder, error_number);
}

}  // namespace

AtomicFolder::AtomicFolder(const std::string& path, std::vector<std::string> disposable)
    : disposable_(std::move(disposable)) {
    std::error_code error;
    path_ = fs::weakly_canonical(fs::absolute(path), error).lexically_normal().string();
    if (error) throw IoError("find", path, error.value());
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
    need_replaceable();
    static std::atomic<int> counter{0};
    temporary_ = path_ + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    if (!fs::create_directory(temporary_, error) || error) {
        const std::string at = std::exchange(temporary_, {});
        throw IoError("make the folder", at, error ? error.value() : EEXIST);
    }
}

AtomicFolder::~AtomicFolder() {
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void AtomicFolder::need_replaceable() const {
    std::error_code error;
    const fs::file_status status = fs::status(path_, error);
    if (!fs::exists(status)) return;
    if (!fs::is_directory(status))
        throw ConfigError(path_ + " is a file; a folder is to be written: name another place");
    std::vector<std::string> known{kList};
    if (fs::exists(fs::path(path_) / kList)) {
        std::istringstream list(read_text_file((fs::path(path_) / kList).string()));
        for (std::string name; std::getline(list, name);) known.push_back(name);
    }
    for (const std::string& name : files_in(path_)) {
        const std::string top = name.substr(0, name.find('/'));
        if (std::find(disposable_.begin(), disposable_.end(), top) != disposable_.end()) continue;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        throw ConfigError(path_ + " holds files that no export wrote (" + name +
                          "): they would be lost; name another folder, or move them away");
    }
}

std::string AtomicFolder::file(const std::string& name) {
    const fs::path path = fs::path(temporary_) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) throw IoError("make the folder", path.parent_path().string(), error.value());
    return path.string();
}

void AtomicFolder::write(const std::string& name, std::string_view text) {
    write_text_file(file(name), text);
}

void AtomicFolder::commit() {
    const std::vector<std::string> names = files_in(temporary_);
    std::string list;
    for (const std::string& name : names) list += name + "\n";
    write(kList, list);
    sync_files(temporary_, names);
    need_replaceable();  // it may have changed meanwhile
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        // Not empty: change places, then the old one is what the destructor removes.
        const bool exists = errno == ENOTEMPTY || errno == EEXIST;
        if (!exists || ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0)
            throw IoError("rename to", path_, errno);
    } else {
        temporary_.clear();
    }
    const std::string parent = fs::path(path_).parent_path().string();
    sync_path(parent.empty() ? "." : parent, O_DIRECTORY);
}

int64_t size_on_disk(const std::string& path) {
    std::error_code error;
    const auto size_of = [&](const fs::path& file) {
        const auto size = fs::file_size(file, error);
        if (error) throw IoError("read", file.string(), error.value());
        return static_cast<int64_t>(size);
    };
    if (!fs::is_directory(path, error)) return size_of(path);
    int64_t sum = 0;
    for (const std::string& name : files_in(path)) sum += size_of(fs::path(path) / name);
    return sum;
}

std::string hash_path_hex(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return hash_file_hex(path);
    Hasher hasher;
    for (const std::string& name : files_in(path))
        hasher.update(name + "\n" + hash_file_hex((fs::path(path) / name).string()) + "\n");
    return hasher.hex();
}

}  // namespace f8net
