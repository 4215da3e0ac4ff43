// SPDX-License-Identifier: Apache-2.0
#include "core/report/html.h"

#include "core/figure/svg_document.h"

namespace f8net {

Inline::Inline(const std::string& text) : markup_(escape_markup(text)) {}

Inline Inline::markup(std::string markup) {
    Inline made;
    made.markup_ = std::move(markup);
    return made;
}

HtmlTable::HtmlTable(std::string caption, const std::vector<std::string>& headings)
    : caption_(std::move(caption)), headings_(headings) {}

std::string HtmlTable::markup() const {
    std::string text = "<div class=\"wide\"><table>\n<caption>" + escape_markup(caption_) + "</caption>\n<thead><tr>";
    std::vector<const char*> classes;
    for (const std::string& heading : headings_) {
        const bool is_number = heading.starts_with('>');
        classes.push_back(is_number ? " class=\"number\"" : "");
        text += std::string("<th scope=\"col\"") + classes.back() + ">" +
                escape_markup(is_number ? heading.substr(1) : heading) + "</th>";
    }
    text += "</tr></thead>\n<tbody>\n";
    for (const std::vector<Inline>& row : rows_) {
        text += "<tr>";
        for (size_t i = 0; i < row.size() && i < classes.size(); ++i) {
            // The first cell says what the row is about.
            const char* element = i == 0 ? "th scope=\"row\"" : "td";
            text += std::string("<") + element + classes[i] + ">" + row[i].str() + (i == 0 ? "</th>" : "</td>");
        }
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

}  // namespace f8net
