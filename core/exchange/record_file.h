// SPDX-License-Identifier: Apache-2.0
/// TFRecord: length, checksum of the length, bytes, checksum of the bytes; numbers are little endian.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace f8net {

/// The record around `bytes`, appended to `file`.
void append_record(std::string& file, std::string_view bytes);

/// Errors   DataError with the byte at which the record begins: cut off, a checksum that differs, an absurd size.
class RecordReader {
public:
    RecordReader(std::istream& stream, std::string path) : stream_(stream), path_(std::move(path)) {}

    bool next(std::string& bytes);  ///< false at the end
    std::string place() const { return path_ + ": record at byte " + std::to_string(begin_); }

private:
    size_t read(char* to, size_t size);

    std::istream& stream_;
    std::string path_;
    int64_t begin_ = 0, offset_ = 0;
};

/// A file that begins with such a record: what TensorBoard's event files are.
bool begins_with_record(std::string_view bytes);

}  // namespace f8net
