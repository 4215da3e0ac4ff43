// SPDX-License-Identifier: Apache-2.0
/// Reads zip archives (stored and deflated entries, zip64), as torch.save writes them; every size is checked against
/// the file, every local header against the directory, and every entry against its CRC-32. Entries that share a name or
/// bytes of the file are refused: other readers might see other data.
///
/// Errors   DataError naming file and entry.
/// Threads  one at a time (the budget).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/tensorfile/file_source.h"
#include "core/tensorfile/memory_budget.h"

namespace f8net {

class ZipArchive {
public:
    struct Entry {
        int method = 0;  // 0 stored, 8 deflated
        uint32_t crc = 0;
        int64_t packed_bytes = 0;
        int64_t size_bytes = 0;
        int64_t header_offset = 0;
        int64_t data_offset = 0;
    };

    /// Reads and checks the directory; source and budget must outlive the archive.
    ZipArchive(ByteSource& source, MemoryBudget& budget);

    const std::map<std::string, Entry>& entries() const { return entries_; }
    bool contains(const std::string& name) const { return entries_.contains(name); }
    /// The whole entry, unpacked, with its memory taken from the budget.
    std::vector<std::byte> read(const std::string& name) const;

private:
    struct Directory {
        int64_t offset = 0, size = 0, count = 0;
    };
    Directory find_directory() const;
    void read_directory(const Directory& where);
    void check_local_headers(int64_t directory_offset);
    std::vector<std::byte> unpack(const std::vector<std::byte>& packed, const Entry& entry,
                                  const std::string& what) const;

    ByteSource& source_;
    MemoryBudget& budget_;
    std::map<std::string, Entry> entries_;
};

}  // namespace f8net
