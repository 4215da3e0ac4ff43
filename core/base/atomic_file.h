// SPDX-License-Identifier: Apache-2.0
/// Files that are either the old one or the whole new one, also after a crash or on a full disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace f8net {

/// Writes to PATH.tmp-<pid>-<n> beside the target; commit() syncs it, renames it over the target and syncs the folder.
/// Without commit() the destructor removes the temporary file and the target stays as it was.
/// Errors   IoError with path and free bytes; the temporary file is removed then too.   Threads: one at a time.
class AtomicFile {
public:
    explicit AtomicFile(std::string path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, size_t size_bytes);
    void write(std::string_view text) { write(text.data(), text.size()); }
    void commit();

private:
    void discard() noexcept;

    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
};

/// The whole of a small file; IoError where it cannot be read or is larger than `limit_bytes`.
std::string read_text_file(const std::string& path, size_t limit_bytes = size_t{1} << 30);
void write_text_file(const std::string& path, std::string_view text);

/// Free bytes on the file system of `path` (of its nearest existing parent); 0 where that cannot be told.
int64_t free_bytes(const std::string& path) noexcept;

}  // namespace f8net
