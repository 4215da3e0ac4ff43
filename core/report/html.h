// SPDX-License-Identifier: Apache-2.0
/// Pieces of an HTML page. Text is escaped unless it is said to be markup.   Threads  one at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace f8net {

/// What stands in a cell, a paragraph or a list.
class Inline {
public:
    /*implicit*/ Inline(const std::string& text);
    /*implicit*/ Inline(const char* text) : Inline(std::string(text)) {}
    static Inline markup(std::string markup);
    const std::string& str() const { return markup_; }

private:
    Inline() = default;
    std::string markup_;
};

class HtmlTable {
public:
    /// A heading that begins with '>' makes a column of numbers, aligned to the right.
    HtmlTable(std::string caption, const std::vector<std::string>& headings);
    void add_row(std::vector<Inline> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }
    std::string markup() const;

private:
    std::string caption_;
    std::vector<std::string> headings_;
    std::vector<std::vector<Inline>> rows_;
};

}  // namespace f8net
