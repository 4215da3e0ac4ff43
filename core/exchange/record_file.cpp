// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/record_file.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/exchange/crc32c.h"

namespace f8net {

namespace {

constexpr size_t kHead = 12, kTail = 4;  // length and its checksum; checksum of the bytes
constexpr uint64_t kLargest = uint64_t{1} << 28;

template <typename Number>
void append_number(std::string& text, Number number) {
    for (size_t i = 0; i < sizeof number; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
}

template <typename Number>
Number read_number(const char* bytes) {
    Number number = 0;
    for (size_t i = 0; i < sizeof number; ++i) number |= Number{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return number;
}

}  // namespace

void append_record(std::string& file, std::string_view bytes) {
    const size_t begin = file.size();
    append_number(file, uint64_t{bytes.size()});
    append_number(file, masked_crc32c(std::string_view(file).substr(begin)));
    file += bytes;
    append_number(file, masked_crc32c(bytes));
}

size_t RecordReader::read(char* to, size_t size) {
    stream_.read(to, static_cast<std::streamsize>(size));
    const auto got = static_cast<size_t>(stream_.gcount());
    offset_ += static_cast<int64_t>(got);
    return got;
}

bool RecordReader::next(std::string& bytes) {
    begin_ = offset_;
    std::array<char, kHead> head{};
    const size_t got = read(head.data(), kHead);
    if (got == 0) return false;
    const auto need = [&](size_t there, uint64_t expected) {
        if (there != expected) {
            throw DataError(place() + " is cut off: " + std::to_string(there) + " bytes of " +
                            std::to_string(expected) + " are there");
        }
    };
    need(got, kHead);
    const auto length = read_number<uint64_t>(head.data());
    if (read_number<uint32_t>(head.data() + 8) != masked_crc32c(std::string_view(head.data(), 8)))
        throw DataError(place() + ": the checksum (CRC-32C) of its length is wrong; is this an event file?");
    if (length > kLargest) {
        throw DataError(place() + " claims " + std::to_string(length) + " bytes, at most " + std::to_string(kLargest) +
                        " are read");
    }
    bytes.clear();
    // In parts: what is claimed is not there yet.
    constexpr uint64_t kPart = 1 << 20;
    while (bytes.size() < length) {
        const size_t begin = bytes.size();
        const auto part = static_cast<size_t>(std::min(length - begin, kPart));
        bytes.resize(begin + part);
        const size_t there = read(bytes.data() + begin, part);
        if (there != part) need(begin + there, length);
    }
    std::array<char, kTail> tail{};
    need(read(tail.data(), kTail), kTail);
    if (read_number<uint32_t>(tail.data()) != masked_crc32c(bytes))
        throw DataError(place() + ": the checksum (CRC-32C) of its " + std::to_string(length) + " bytes is wrong");
    return true;
}

bool begins_with_record(std::string_view bytes) {
    return bytes.size() >= kHead && read_number<uint32_t>(bytes.data() + 8) == masked_crc32c(bytes.substr(0, 8));
}

}  // namespace f8net
