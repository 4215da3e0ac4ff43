// SPDX-License-Identifier: Apache-2.0
/// Reads zip archives (stored and deflated entries, zip64), as torch.save writes them; every size is checked against
/// the file and every entry against its CRC-32.
///
/// Errors   DataError naming file and entry.
/// Threads  read() may be called by several threads.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/tensorfile/file_source.h"

namespace f8net {

class ZipArchive {
public:
    struct Entry {
        int method = 0;  // 0 stored, 8 deflated
        uint32_t crc = 0;
        int64_t packed_bytes = 0;
        int64_t size_bytes = 0;
        int64_t header_offset = 0;
    };

    /// Reads the directory; the source must outlive the archive.
    explicit ZipArchive(ByteSource& source);

    const std::map<std::string, Entry>& entries() const { return entries_; }
    bool contains(const std::string& name) const { return entries_.contains(name); }
    const Entry& entry(const std::string& name) const;
    /// The whole entry, unpacked; DataError where it is larger than `limit_bytes`.
    std::vector<std::byte> read(const std::string& name, int64_t limit_bytes) const;

private:
    void read_directory(int64_t offset, int64_t size, int64_t count);
    std::vector<std::byte> unpack(const std::vector<std::byte>& packed, const Entry& entry,
                                  const std::string& what) const;

    ByteSource& source_;
    std::map<std::string, Entry> entries_;
};

}  // namespace f8net
