// SPDX-License-Identifier: Apache-2.0
/// Folders of files that are either the old ones or the whole new ones, and what such a folder is as one artifact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace f8net {

/// Writes into PATH.tmp-<pid>-<n> beside the target; commit() syncs the files and puts the folder in the target's
/// place. Without commit() the destructor removes what was written and the target stays as it was. Replaces a folder
/// that an earlier AtomicFolder wrote (it leaves `.f8net-files`, the list of its files), or an empty one; never one
/// that holds a file of somebody else. Names in `disposable` (what its own Makefile builds) may be lost. Errors
/// ConfigError where the target must not be replaced, already in the constructor; IoError with path and free bytes.
/// Threads: one at a time.
class AtomicFolder {
public:
    explicit AtomicFolder(const std::string& path, std::vector<std::string> disposable = {});
    ~AtomicFolder();
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;

    /// Where to write the file that is called `name` in the folder; folders between are made ("layers/a.hex").
    std::string file(const std::string& name);
    void write(const std::string& name, std::string_view text);
    void commit();

private:
    void need_replaceable() const;

    std::string path_, temporary_;
    std::vector<std::string> disposable_;
};

/// Bytes of a file, or of all files in a folder.   IoError where it cannot be read.
int64_t size_on_disk(const std::string& path);
/// hash_file_hex of a file; of a folder: over names and contents of its files, in order of their names.
std::string hash_path_hex(const std::string& path);

}  // namespace f8net
