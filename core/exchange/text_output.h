// SPDX-License-Identifier: Apache-2.0
/// A large text on its way into a file: in memory is a part of it, on disk the old file or the whole new one.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

#include "core/base/atomic_file.h"

namespace f8net {

/// Errors   as AtomicFile.   Threads  one at a time.
class TextOutput {
public:
    explicit TextOutput(const std::string& path) : file_(path) {}

    template <typename... Arguments>
    void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(buffer_), format, std::forward<Arguments>(arguments)...);
        if (buffer_.size() >= kPartBytes) flush();
    }
    void write(std::string_view text) {
        buffer_.append(text);
        if (buffer_.size() >= kPartBytes) flush();
    }
    void commit();

private:
    static constexpr size_t kPartBytes = size_t{1} << 18;
    void flush();

    AtomicFile file_;
    fmt::memory_buffer buffer_;
};

}  // namespace f8net
