// SPDX-License-Identifier: Apache-2.0
#include "core/data/idx_file.h"

#include <zlib.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {

namespace {

/// Bytes of a plain or gzip file, in order.
class Input {
public:
    Input(std::string bytes, const std::string& path) : bytes_(std::move(bytes)), path_(path) {
        is_gzip_ = bytes_.size() >= 2 && bytes_[0] == '\x1f' && bytes_[1] == '\x8b';
        if (!is_gzip_) return;
        stream_.next_in = reinterpret_cast<Bytef*>(bytes_.data());
        stream_.avail_in = static_cast<uInt>(bytes_.size());
        if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw DataError(path_ + ": no gzip decoder");
    }
    ~Input() {
        if (is_gzip_) inflateEnd(&stream_);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    /// At most `count` bytes; fewer only at the end.
    size_t read(uint8_t* to, size_t count) {
        if (!is_gzip_) {
            const size_t got = std::min(count, bytes_.size() - position_);
            std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(position_), got, to);
            position_ += got;
            return got;
        }
        size_t done = 0;
        while (done < count && !ended_) {
            const size_t room = std::min(count - done, size_t{1} << 30);
            stream_.next_out = to + done;
            stream_.avail_out = static_cast<uInt>(room);
            const int code = inflate(&stream_, Z_NO_FLUSH);
            done += room - stream_.avail_out;
            if (code == Z_STREAM_END) {
                ended_ = true;
            } else if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
                throw DataError(path_ + ": gzip data end after " + std::to_string(stream_.total_out) +
                                " unpacked bytes: the file is truncated (" + std::to_string(bytes_.size()) + " bytes)");
            } else if (code != Z_OK) {
                throw DataError(path_ + ": gzip data are damaged near byte " + std::to_string(stream_.total_in) + ": " +
                                (stream_.msg ? stream_.msg : "unreadable"));
            }
        }
        return done;
    }

    /// The most that can still come (deflate packs at best 1:1032).
    int64_t most() const {
        return is_gzip_ ? static_cast<int64_t>(bytes_.size()) * 1032 + 1024 : static_cast<int64_t>(bytes_.size());
    }
    int64_t file_size() const { return static_cast<int64_t>(bytes_.size()); }

private:
    std::string bytes_;
    const std::string& path_;
    size_t position_ = 0;
    bool is_gzip_ = false;
    bool ended_ = false;
    z_stream stream_{};
};

}  // namespace

IdxFile read_idx(const std::string& path, int num_dimensions) {
    return parse_idx(read_text_file(path), num_dimensions, path);
}

IdxFile parse_idx(std::string bytes, int num_dimensions, const std::string& path) {
    Input input(std::move(bytes), path);
    uint8_t header[4 + 4 * 3];
    const size_t header_bytes = 4 + 4 * static_cast<size_t>(num_dimensions);
    const size_t got_header = input.read(header, header_bytes);
    if (got_header < header_bytes)
        throw DataError(path + ": " + std::to_string(got_header) + " bytes, expected an IDX header of " +
                        std::to_string(header_bytes));
    if (header[0] != 0 || header[1] != 0 || header[2] != 8 || header[3] != num_dimensions)
        throw DataError(path + ": not an IDX file of bytes with " + std::to_string(num_dimensions) +
                        " dimensions (its first bytes should be 00 00 08 0" + std::to_string(num_dimensions) + ")");
    IdxFile file;
    int64_t expected = 1;
    for (size_t d = 0; d < static_cast<size_t>(num_dimensions); ++d) {
        const uint8_t* at = header + 4 + 4 * d;
        const int64_t size = int64_t{at[0]} << 24 | int64_t{at[1]} << 16 | int64_t{at[2]} << 8 | int64_t{at[3]};
        if (size < 1 || (d > 0 && size > 16384) || expected > (int64_t{1} << 40) / size)
            throw DataError(path + ": dimension " + std::to_string(d) + " is " + std::to_string(size));
        file.shape.push_back(size);
        expected *= size;
    }
    if (expected > input.most())
        throw DataError(path + ": expected " + std::to_string(expected) +
                        " bytes of data after the header, the file has " + std::to_string(input.file_size()) +
                        " bytes (truncated?)");
    file.bytes.resize(static_cast<size_t>(expected));
    const size_t got = input.read(file.bytes.data(), file.bytes.size());
    uint8_t extra = 0;
    if (got < file.bytes.size() || input.read(&extra, 1) != 0)
        throw DataError(path + ": expected " + std::to_string(expected) + " bytes of data after the header, got " +
                        (got < file.bytes.size() ? std::to_string(got) : "more"));
    return file;
}

}  // namespace f8net
