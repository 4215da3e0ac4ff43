// SPDX-License-Identifier: Apache-2.0
/// Writes a text of any length in pieces: words, and arrays of numbers fast (some 300 million bytes/s).
/// Threads  one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace f8net {

class CText {
public:
    using Sink = std::function<void(std::string_view)>;
    explicit CText(Sink sink) : sink_(std::move(sink)) {}

    CText& operator<<(std::string_view text) {
        buffer_ += text;
        if (buffer_.size() >= kPiece) flush();
        return *this;
    }
    /// "1,-2,3," and a line end after each 32nd and the last number.
    void numbers(std::span<const int8_t> values);
    void numbers(std::span<const uint8_t> values);
    void numbers(std::span<const int32_t> values);
    void flush() {
        sink_(buffer_);
        buffer_.clear();
    }

private:
    static constexpr size_t kPiece = size_t{1} << 18;
    template <typename T>
    void bytes(std::span<const T> values);

    Sink sink_;
    std::string buffer_;
};

}  // namespace f8net
