// SPDX-License-Identifier: Apache-2.0
#include "app/cli/text_table.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/base/utf8.h"

namespace f8net {

namespace {

/// Columns of a terminal that UTF-8 text takes: East Asian characters and pictures take two. fmt knows which when it
/// pads; no text is wider than its bytes.
size_t width_of(const std::string& text) {
    const size_t padding = fmt::formatted_size("{:<{}}", text, text.size()) - text.size();
    return text.size() - padding;
}

}  // namespace

TextTable::TextTable(const std::vector<std::string>& headings) {
    for (const std::string& heading : headings) {
        const bool to_right = heading.starts_with('>');
        columns_.push_back({one_line(to_right ? heading.substr(1) : heading), to_right});
    }
}

void TextTable::add_row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::string& cell : cells) cell = one_line(cell);
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
