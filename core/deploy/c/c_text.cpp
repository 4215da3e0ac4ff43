// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace f8net {
namespace {

constexpr size_t kPerLine = 32;

/// Every number from -128 to 255 with its comma, in five characters of which the first `size` count.
struct NumberTable {
    struct Entry {
        char text[5] = {};
        uint8_t size = 0;
    };
    static constexpr int kFirst = -128;
    std::array<Entry, 384> entries;
    NumberTable() {
        for (size_t i = 0; i < entries.size(); ++i) {
            const std::string text = std::to_string(static_cast<int>(i) + kFirst) + ",";
            std::copy(text.begin(), text.end(), entries[i].text);
            entries[i].size = static_cast<uint8_t>(text.size());
        }
    }
};

}  // namespace

template <typename T>
void CText::bytes(std::span<const T> values) {
    static const NumberTable table;
    for (size_t begin = 0; begin < values.size(); begin += kPerLine) {
        char line[kPerLine * 5 + 5];
        char* to = line;
        for (const T value : values.subspan(begin, std::min(kPerLine, values.size() - begin))) {
            const NumberTable::Entry& entry = table.entries[static_cast<size_t>(value - NumberTable::kFirst)];
            std::memcpy(to, entry.text, sizeof entry.text);  // of a known length: one store or two
            to += entry.size;
        }
        *to++ = '\n';
        *this << std::string_view(line, static_cast<size_t>(to - line));
    }
}

void CText::numbers(std::span<const int8_t> values) {
    bytes(values);
}
void CText::numbers(std::span<const uint8_t> values) {
    bytes(values);
}

void CText::numbers(std::span<const int32_t> values) {
    for (size_t i = 0; i < values.size(); ++i)
        *this << std::to_string(values[i]) + (i % kPerLine == kPerLine - 1 || i + 1 == values.size() ? ",\n" : ",");
}

}  // namespace f8net
