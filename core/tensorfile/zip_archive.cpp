// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr size_t kEndBytes = 22, kEnd64LocatorBytes = 20, kEnd64Bytes = 56, kCentralBytes = 46, kLocalBytes = 30;
constexpr int64_t kEntryMemoryBytes = 160;  // of one entry in the map, besides its name
constexpr uint32_t kEndMark = 0x06054b50, kEnd64LocatorMark = 0x07064b50, kEnd64Mark = 0x06064b50,
                   kCentralMark = 0x02014b50, kLocalMark = 0x04034b50;

template <typename T>
T number(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// An unsigned 64-bit field as a size; what does not fit is damage and becomes -1, which no check lets through.
int64_t size_of(uint64_t value) {
    return value > (uint64_t{1} << 62) ? -1 : static_cast<int64_t>(value);
}

/// Sizes of all ones in the 32-bit fields are in the zip64 extra field, in this order.
void apply_zip64(const std::byte* extra, size_t extra_bytes, bool need_size, bool need_packed, bool need_offset,
                 ZipArchive::Entry& entry) {
    while (extra_bytes >= 4) {
        const auto id = number<uint16_t>(extra);
        const size_t length = number<uint16_t>(extra + 2);
        if (length > extra_bytes - 4) return;
        if (id == 1) {
            const std::byte* at = extra + 4;
            size_t left = length;
            for (auto [needed, field] :
                 {std::pair{need_size, &entry.size_bytes}, std::pair{need_packed, &entry.packed_bytes},
                  std::pair{need_offset, &entry.header_offset}}) {
                if (!needed) continue;
                if (left < 8) return;
                *field = size_of(number<uint64_t>(at));
                at += 8;
                left -= 8;
            }
        }
        extra += 4 + length;
        extra_bytes -= 4 + length;
    }
}

}  // namespace

ZipArchive::ZipArchive(ByteSource& source, MemoryBudget& budget) : source_(source), budget_(budget) {
    const Directory where = find_directory();
    read_directory(where);
    check_local_headers(where.offset);
}

ZipArchive::Directory ZipArchive::find_directory() const {
    const int64_t tail_bytes = std::min<int64_t>(source_.size(), 65535 + static_cast<int64_t>(kEndBytes));
    std::vector<std::byte> tail(static_cast<size_t>(tail_bytes));
    source_.read(source_.size() - tail_bytes, tail.data(), tail.size());
    for (int64_t at = tail_bytes - static_cast<int64_t>(kEndBytes); at >= 0; --at) {
        const std::byte* end = tail.data() + at;
        // The record ends the file with its comment; a mark anywhere else is data.
        if (number<uint32_t>(end) != kEndMark ||
            number<uint16_t>(end + 20) != tail_bytes - at - static_cast<int64_t>(kEndBytes))
            continue;
        Directory where{number<uint32_t>(end + 16), number<uint32_t>(end + 12), number<uint16_t>(end + 10)};
        if (at >= static_cast<int64_t>(kEnd64LocatorBytes) &&
            number<uint32_t>(end - kEnd64LocatorBytes) == kEnd64LocatorMark) {
            std::byte end64[kEnd64Bytes];
            source_.read(size_of(number<uint64_t>(end - kEnd64LocatorBytes + 8)), end64, sizeof end64);
            if (number<uint32_t>(end64) != kEnd64Mark) throw DataError(source_.name() + ": zip64 directory is damaged");
            where = {size_of(number<uint64_t>(end64 + 48)), size_of(number<uint64_t>(end64 + 40)),
                     size_of(number<uint64_t>(end64 + 32))};
        }
        return where;
    }
    throw DataError(source_.name() + ": no zip directory at the end: the file is truncated or no checkpoint");
}

void ZipArchive::read_directory(const Directory& where) {
    const std::string& name = source_.name();
    if (where.offset < 0 || where.size < 0 || where.count < 0 || where.offset > source_.size() ||
        where.size > source_.size() - where.offset || where.count > where.size / static_cast<int64_t>(kCentralBytes))
        throw DataError(name + ": zip directory of " + std::to_string(where.count) + " entries is outside the file");
    budget_.spend(where.size + where.count * kEntryMemoryBytes, "zip directory");
    std::vector<std::byte> directory(static_cast<size_t>(where.size));
    source_.read(where.offset, directory.data(), directory.size());
    size_t at = 0;
    for (int64_t i = 0; i < where.count; ++i) {
        const std::byte* field = directory.data() + at;
        const size_t left = directory.size() - at;
        if (left < kCentralBytes || number<uint32_t>(field) != kCentralMark)
            throw DataError(name + ": zip directory entry " + std::to_string(i) + " is damaged");
        const size_t name_bytes = number<uint16_t>(field + 28), extra_bytes = number<uint16_t>(field + 30),
                     comment_bytes = number<uint16_t>(field + 32);
        if (name_bytes + extra_bytes + comment_bytes > left - kCentralBytes)
            throw DataError(name + ": zip directory entry " + std::to_string(i) + " is damaged");
        const std::string entry_name(reinterpret_cast<const char*>(field + kCentralBytes), name_bytes);
        Entry entry;
        entry.method = number<uint16_t>(field + 10);
        entry.crc = number<uint32_t>(field + 16);
        const uint32_t packed = number<uint32_t>(field + 20), unpacked = number<uint32_t>(field + 24),
                       header = number<uint32_t>(field + 42);
        entry.packed_bytes = packed;
        entry.size_bytes = unpacked;
        entry.header_offset = header;
        apply_zip64(field + kCentralBytes + name_bytes, extra_bytes, unpacked == UINT32_MAX, packed == UINT32_MAX,
                    header == UINT32_MAX, entry);
        if ((number<uint16_t>(field + 8) & 1) != 0)
            throw DataError(name + ": zip entry '" + entry_name + "' is encrypted");
        if (!entries_.emplace(entry_name, entry).second)
            throw DataError(name + ": zip entry '" + entry_name + "' is there twice");
        at += kCentralBytes + name_bytes + extra_bytes + comment_bytes;
    }
    if (at != directory.size()) throw DataError(name + ": zip directory has more than its entries");
}

void ZipArchive::check_local_headers(int64_t directory_offset) {
    std::vector<std::pair<const std::string*, Entry*>> in_file_order;
    for (auto& [name, entry] : entries_) in_file_order.emplace_back(&name, &entry);
    std::sort(in_file_order.begin(), in_file_order.end(),
              [](const auto& a, const auto& b) { return a.second->header_offset < b.second->header_offset; });
    int64_t free_from = 0;
    for (auto [name, entry] : in_file_order) {
        const std::string place = source_.name() + ": zip entry '" + *name + "'";
        if (entry->header_offset < free_from) throw DataError(place + " overlaps the one before it");
        std::vector<std::byte> local(kLocalBytes + name->size());
        source_.read(entry->header_offset, local.data(), local.size());
        if (number<uint32_t>(local.data()) != kLocalMark || number<uint16_t>(local.data() + 8) != entry->method ||
            number<uint16_t>(local.data() + 26) != name->size() ||
            std::memcmp(local.data() + kLocalBytes, name->data(), name->size()) != 0)
            throw DataError(place + ": its header is not what the directory says");
        entry->data_offset =
            entry->header_offset + static_cast<int64_t>(local.size()) + number<uint16_t>(local.data() + 28);
        if (entry->packed_bytes < 0 || entry->size_bytes < 0 || entry->data_offset > directory_offset ||
            entry->packed_bytes > directory_offset - entry->data_offset)
            throw DataError(place + " of " + std::to_string(entry->packed_bytes) +
                            " bytes does not fit before the directory (truncated?)");
        if (entry->method != 8 && (entry->method != 0 || entry->packed_bytes != entry->size_bytes))
            throw DataError(place + ": compression method " + std::to_string(entry->method) + " with " +
                            std::to_string(entry->packed_bytes) + " of " + std::to_string(entry->size_bytes) +
                            " bytes");
        free_from = entry->data_offset + entry->packed_bytes;
    }
}

std::vector<std::byte> ZipArchive::read(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) throw DataError(source_.name() + ": no zip entry '" + name + "'");
    const Entry& entry = found->second;
    const std::string place = source_.name() + ": zip entry '" + name + "'";
    budget_.spend(entry.packed_bytes, "zip entry '" + name + "'");
    std::vector<std::byte> data(static_cast<size_t>(entry.packed_bytes));
    source_.read(entry.data_offset, data.data(), data.size());
    if (entry.method == 8) data = unpack(data, entry, place);
    // torch.save writes 0 where it was told not to compute checksums.
    if (entry.crc != 0 && crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()) != entry.crc)
        throw DataError(place + " does not match its checksum: the file is damaged");
    return data;
}

std::vector<std::byte> ZipArchive::unpack(const std::vector<std::byte>& packed, const Entry& entry,
                                          const std::string& what) const {
    // Deflate packs at best 1:1032; a larger claim is a lie, and memory for it is not even asked for.
    if (entry.size_bytes / 1032 > entry.packed_bytes + 1 || entry.size_bytes > UINT32_MAX || packed.size() > UINT32_MAX)
        throw DataError(what + ": " + std::to_string(entry.size_bytes) + " bytes cannot come out of " +
                        std::to_string(packed.size()));
    budget_.spend(entry.size_bytes, "compressed zip entry");
    std::vector<std::byte> data(static_cast<size_t>(entry.size_bytes));
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw DataError(what + ": no decoder");
    Bytef nothing = 0;
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = data.empty() ? &nothing : reinterpret_cast<Bytef*>(data.data());
    stream.avail_out = static_cast<uInt>(data.size());
    const int code = inflate(&stream, Z_FINISH);
    const bool complete = code == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!complete) throw DataError(what + ": compressed data are damaged");
    return data;
}

}  // namespace f8net
