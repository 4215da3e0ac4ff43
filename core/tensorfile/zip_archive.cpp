// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr size_t kEndBytes = 22, kEnd64LocatorBytes = 20, kEnd64Bytes = 56, kCentralBytes = 46, kLocalBytes = 30;
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

ZipArchive::ZipArchive(ByteSource& source) : source_(source) {
    const int64_t tail_bytes = std::min<int64_t>(source.size(), 65535 + static_cast<int64_t>(kEndBytes));
    std::vector<std::byte> tail(static_cast<size_t>(tail_bytes));
    const int64_t tail_offset = source.size() - tail_bytes;
    source.read(tail_offset, tail.data(), tail.size());
    for (int64_t at = tail_bytes - static_cast<int64_t>(kEndBytes); at >= 0; --at) {
        const std::byte* end = tail.data() + at;
        if (number<uint32_t>(end) != kEndMark) continue;
        int64_t count = number<uint16_t>(end + 10);
        int64_t size = number<uint32_t>(end + 12);
        int64_t offset = number<uint32_t>(end + 16);
        if (at >= static_cast<int64_t>(kEnd64LocatorBytes) &&
            number<uint32_t>(end - kEnd64LocatorBytes) == kEnd64LocatorMark) {
            std::byte end64[kEnd64Bytes];
            source.read(size_of(number<uint64_t>(end - kEnd64LocatorBytes + 8)), end64, sizeof end64);
            if (number<uint32_t>(end64) != kEnd64Mark) throw DataError(source.name() + ": zip64 directory is damaged");
            count = size_of(number<uint64_t>(end64 + 32));
            size = size_of(number<uint64_t>(end64 + 40));
            offset = size_of(number<uint64_t>(end64 + 48));
        }
        read_directory(offset, size, count);
        return;
    }
    throw DataError(source.name() + ": no zip directory at the end: the file is truncated or no checkpoint");
}

void ZipArchive::read_directory(int64_t offset, int64_t size, int64_t count) {
    const std::string& name = source_.name();
    if (offset < 0 || size < 0 || count < 0 || offset > source_.size() || size > source_.size() - offset ||
        count > size / static_cast<int64_t>(kCentralBytes))
        throw DataError(name + ": zip directory of " + std::to_string(count) + " entries is outside the file");
    std::vector<std::byte> directory(static_cast<size_t>(size));
    source_.read(offset, directory.data(), directory.size());
    size_t at = 0;
    for (int64_t i = 0; i < count; ++i) {
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
}

const ZipArchive::Entry& ZipArchive::entry(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) throw DataError(source_.name() + ": no zip entry '" + name + "'");
    return found->second;
}

std::vector<std::byte> ZipArchive::read(const std::string& name, int64_t limit_bytes) const {
    const Entry& what = entry(name);
    const std::string place = source_.name() + ": zip entry '" + name + "'";
    if (what.size_bytes < 0 || what.size_bytes > limit_bytes)
        throw DataError(place + " has " + std::to_string(what.size_bytes) + " bytes, at most " +
                        std::to_string(limit_bytes) + " are expected");
    std::byte local[kLocalBytes];
    source_.read(what.header_offset, local, sizeof local);
    if (number<uint32_t>(local) != kLocalMark) throw DataError(place + ": its header is damaged");
    const int64_t begin = what.header_offset + static_cast<int64_t>(kLocalBytes) + number<uint16_t>(local + 26) +
                          number<uint16_t>(local + 28);
    if (what.packed_bytes < 0 || begin > source_.size() || what.packed_bytes > source_.size() - begin)
        throw DataError(place + " of " + std::to_string(what.packed_bytes) + " bytes is outside the file (truncated?)");
    std::vector<std::byte> data(static_cast<size_t>(what.packed_bytes));
    source_.read(begin, data.data(), data.size());
    if (what.method == 8) {
        data = unpack(data, what, place);
    } else if (what.method != 0 || what.packed_bytes != what.size_bytes) {
        throw DataError(place + ": compression method " + std::to_string(what.method) + " with " +
                        std::to_string(what.packed_bytes) + " of " + std::to_string(what.size_bytes) + " bytes");
    }
    if (crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()) != what.crc)
        throw DataError(place + " does not match its checksum: the file is damaged");
    return data;
}

std::vector<std::byte> ZipArchive::unpack(const std::vector<std::byte>& packed, const Entry& entry,
                                          const std::string& what) const {
    // Deflate packs at best 1:1032; a larger claim is a lie, and memory for it is not even asked for.
    if (entry.size_bytes / 1032 > entry.packed_bytes + 1 || entry.size_bytes > UINT32_MAX || packed.size() > UINT32_MAX)
        throw DataError(what + ": " + std::to_string(entry.size_bytes) + " bytes cannot come out of " +
                        std::to_string(packed.size()));
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
