// SPDX-License-Identifier: Apache-2.0
/// Bytes of a source one after another, through a small window: for formats whose length only their parser knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/tensorfile/file_source.h"

namespace f8net {

class ByteCursor {
public:
    ByteCursor(ByteSource& source, int64_t offset) : source_(source), at_(offset) {}

    int64_t at() const { return at_; }
    int64_t left() const { return source_.size() - at_; }
    /// DataError beyond the end of the source.
    void copy(void* to, size_t count) {
        if (at_ < window_begin_ || at_ + static_cast<int64_t>(count) > window_begin_ + window_bytes_) {
            if (count > sizeof window_ || static_cast<int64_t>(count) > left()) {
                source_.read(at_, to, count);
                at_ += static_cast<int64_t>(count);
                return;
            }
            window_begin_ = at_;
            window_bytes_ = std::min<int64_t>(left(), sizeof window_);
            source_.read(at_, window_, static_cast<size_t>(window_bytes_));
        }
        std::memcpy(to, window_ + (at_ - window_begin_), count);
        at_ += static_cast<int64_t>(count);
    }

private:
    ByteSource& source_;
    int64_t at_;
    int64_t window_begin_ = 0, window_bytes_ = 0;
    std::byte window_[4096];
};

}  // namespace f8net
