// SPDX-License-Identifier: Apache-2.0
/// A table of text for people: columns as wide as their widest cell, numbers to the right. A cell is one line:
/// control characters of foreign text (names, paths) become '?', so that no terminal takes them as commands.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/base/number_text.h"  // cells

namespace f8net {

class TextTable {
public:
    /// A heading that begins with '>' makes a column that is aligned to the right.
    /*implicit*/ TextTable(std::initializer_list<std::string> headings)
        : TextTable(std::vector<std::string>(headings)) {}
    explicit TextTable(const std::vector<std::string>& headings);
    void add_row(std::vector<std::string> cells);
    bool empty() const { return rows_.empty(); }
    std::string text() const;  ///< with a line end after each line

private:
    struct Column {
        std::string heading;
        bool to_right = false;
    };
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace f8net
