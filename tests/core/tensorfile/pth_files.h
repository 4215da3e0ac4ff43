// SPDX-License-Identifier: Apache-2.0
/// Small .pth files made by hand, so that the reader is not tested against itself and can be given what no program
/// writes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace f8net::testing {

template <typename T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline std::string deflated(const std::string& data) {
    std::string out(compressBound(data.size()) + 1000, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::logic_error("deflate");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct ZipForm {
    bool deflate = false;
    bool zip64 = false;        ///< sizes and offsets only in the zip64 fields
    bool descriptors = false;  ///< sizes and checksum after the data, none in the local header
    std::string comment = {};
};

using ZipEntries = std::vector<std::pair<std::string, std::string>>;

inline std::string zip(const ZipEntries& entries, const ZipForm& form = {}) {
    constexpr uint32_t kElsewhere = UINT32_MAX;
    std::string out, directory;
    for (const auto& [name, data] : entries) {
        const std::string packed = form.deflate ? deflated(data) : data;
        const auto crc = static_cast<uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
        const uint64_t offset = out.size();
        const auto header = [&](bool is_local) {
            const bool later = is_local && form.descriptors;
            std::string text, extra;
            put<uint16_t>(text, 45);
            put<uint16_t>(text, form.descriptors ? 8 : 0);
            put<uint16_t>(text, form.deflate ? 8 : 0);
            put<uint32_t>(text, 0);
            put<uint32_t>(text, later ? 0 : crc);
            put<uint32_t>(text, later ? 0 : form.zip64 ? kElsewhere : static_cast<uint32_t>(packed.size()));
            put<uint32_t>(text, later ? 0 : form.zip64 ? kElsewhere : static_cast<uint32_t>(data.size()));
            if (form.zip64 && !later) {
                put<uint16_t>(extra, 1);
                put<uint16_t>(extra, is_local ? 16 : 24);
                put<uint64_t>(extra, data.size());
                put<uint64_t>(extra, packed.size());
                if (!is_local) put<uint64_t>(extra, offset);
            }
            put<uint16_t>(text, static_cast<uint16_t>(name.size()));
            put<uint16_t>(text, static_cast<uint16_t>(extra.size()));
            return std::pair{text, extra};
        };
        const auto [local, local_extra] = header(true);
        const auto [central, central_extra] = header(false);
        put<uint32_t>(out, 0x04034b50);
        out += local + name + local_extra + packed;
        if (form.descriptors) {
            put<uint32_t>(out, 0x08074b50);
            put<uint32_t>(out, crc);
            put<uint32_t>(out, static_cast<uint32_t>(packed.size()));
            put<uint32_t>(out, static_cast<uint32_t>(data.size()));
        }
        put<uint32_t>(directory, 0x02014b50);
        put<uint16_t>(directory, 45);
        directory += central;
        directory.append(10, '\0');
        put<uint32_t>(directory, form.zip64 ? kElsewhere : static_cast<uint32_t>(offset));
        directory += name + central_extra;
    }
    const uint64_t offset = out.size();
    out += directory;
    if (form.zip64) {
        const uint64_t end64 = out.size();
        put<uint32_t>(out, 0x06064b50);
        put<uint64_t>(out, 44);
        put<uint32_t>(out, 45 | 45 << 16);
        put<uint64_t>(out, 0);
        put<uint64_t>(out, entries.size());
        put<uint64_t>(out, entries.size());
        put<uint64_t>(out, directory.size());
        put<uint64_t>(out, offset);
        put<uint32_t>(out, 0x07064b50);
        put<uint32_t>(out, 0);
        put<uint64_t>(out, end64);
        put<uint32_t>(out, 1);
    }
    put<uint32_t>(out, 0x06054b50);
    put<uint32_t>(out, 0);
    put<uint16_t>(out, form.zip64 ? UINT16_MAX : static_cast<uint16_t>(entries.size()));
    put<uint16_t>(out, form.zip64 ? UINT16_MAX : static_cast<uint16_t>(entries.size()));
    put<uint32_t>(out, form.zip64 ? kElsewhere : static_cast<uint32_t>(directory.size()));
    put<uint32_t>(out, form.zip64 ? kElsewhere : static_cast<uint32_t>(offset));
    put<uint16_t>(out, static_cast<uint16_t>(form.comment.size()));
    return out + form.comment;
}

inline const std::string kPickleBegin = "\x80\x02";

inline std::string unicode(const std::string& text) {
    std::string out = "X";
    put<uint32_t>(out, static_cast<uint32_t>(text.size()));
    return out + text;
}

inline std::string integer(int64_t value) {
    std::string out = "\x8a\x08";
    put<int64_t>(out, value);
    return out;
}

inline std::string tuple(const std::vector<int64_t>& values) {
    std::string out = "(";
    for (const int64_t value : values) out += integer(value);
    return out + "t";
}

/// A float tensor over storage `key` of `stored` elements, as torch.save writes it.
inline std::string tensor_pickle(int64_t stored, int64_t offset, const std::vector<int64_t>& sizes,
                                 const std::vector<int64_t>& strides, const std::string& key = "0",
                                 bool is_legacy = false) {
    return "ctorch._utils\n_rebuild_tensor_v2\n((" + unicode("storage") + "ctorch\nFloatStorage\n" + unicode(key) +
           unicode("cuda:0") + integer(stored) + (is_legacy ? "N" : "") + "tQ" + integer(offset) + tuple(sizes) +
           tuple(strides) +
           "\x89"
           "ccollections\nOrderedDict\n)RtR";
}

/// A zip file of this pickle and one storage, '0'.
inline std::string file_of(const std::string& pickle, const std::string& storage, const ZipForm& form = {}) {
    return zip({{"net/data.pkl", pickle}, {"net/byteorder", "little"}, {"net/data/0", storage}}, form);
}

/// A file in the form before PyTorch 1.6: `pickle`, then the storages as (key, number of elements, bytes).
struct LegacyStorage {
    std::string key;
    int64_t elements;
    std::string bytes;
};
inline std::string legacy_file(const std::string& pickle, const std::vector<LegacyStorage>& storages,
                               bool is_little_endian = true) {
    std::string out = "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    out += "\x80\x02M\xe9\x03.";
    out += kPickleBegin + "}" + unicode("little_endian") + (is_little_endian ? "\x88" : "\x89") + "s.";
    out += pickle + kPickleBegin + "](";
    for (const LegacyStorage& each : storages) out += unicode(each.key);
    out += "e.";
    for (const LegacyStorage& each : storages) {
        put<int64_t>(out, each.elements);
        out += each.bytes;
    }
    return out;
}

inline std::string floats(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace f8net::testing
