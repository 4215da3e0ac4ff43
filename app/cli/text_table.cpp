// SPDX-License-Identifier: Apache-2.0
#include "app/cli/text_table.h"

#include <algorithm>

namespace f8net {

namespace {

/// Characters, not bytes, of UTF-8 text.
size_t width_of(const std::string& text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

TextTable::TextTable(const std::vector<std::string>& headings) {
    for (const std::string& heading : headings) {
        const bool to_right = heading.starts_with('>');
        columns_.push_back({to_right ? heading.substr(1) : heading, to_right});
    }
}

void TextTable::add_row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<size_t> widths;
    for (size_t c = 0; c < columns_.size(); ++c) {
        size_t width = width_of(columns_[c].heading);
        for (const auto& row : rows_) width = std::max(width, width_of(row[c]));
        widths.push_back(width);
    }
    std::string result;
    const auto add_line = [&](const auto& cell_of) {
        std::string line;
        for (size_t c = 0; c < columns_.size(); ++c) {
            const std::string& cell = cell_of(c);
            const std::string padding(widths[c] - width_of(cell), ' ');
            if (c > 0) line += "  ";
            line += columns_[c].to_right ? padding + cell : cell + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        result += line + "\n";
    };
    add_line([&](size_t c) -> const std::string& { return columns_[c].heading; });
    for (const auto& row : rows_) add_line([&](size_t c) -> const std::string& { return row[c]; });
    return result;
}

}  // namespace f8net
