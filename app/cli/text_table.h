// SPDX-License-Identifier: Apache-2.0
/// A table of text for people: columns as wide as their widest cell, numbers to the right.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

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

// Cells.
std::string format_percent(double share, int digits = 2);  ///< 0.8812 -> "88.12 %"; "-" where not finite
std::string format_number(double value, int digits = 4);   ///< significant digits; "-" where not finite
std::string format_bytes(int64_t bytes);                   ///< "1.5 MB" (powers of 1000)
std::string format_duration(double seconds);               ///< "45 s", "3 min 20 s", "2 h 5 min"
std::string format_time(double seconds_since_1970);        ///< local, "2026-11-23 20:15"; "-" for 0

}  // namespace f8net
