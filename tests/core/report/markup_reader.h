// SPDX-License-Identifier: Apache-2.0
/// Reads HTML as strictly as XML is read (but for <meta> and the doctype), for tests of what writes it.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace f8net {

struct Markup {
    std::vector<std::string> elements;                            ///< in order
    std::vector<std::pair<std::string, std::string>> attributes;  ///< of all elements
    std::string text;                                             ///< outside of tags and style sheets
    std::string error;                                            ///< empty where it is well-formed
};

inline Markup read_markup(const std::string& page) {
    Markup markup;
    std::vector<std::string> open;
    std::set<std::string> ids;
    const auto fail = [&](const std::string& what, size_t at) {
        if (markup.error.empty()) markup.error = what + " at: " + page.substr(at, 80);
    };
    for (size_t at = 0; at < page.size() && markup.error.empty();) {
        if (page[at] != '<') {
            if (page[at] == '&' && page.find(';', at) > at + 8) fail("a bare &", at);
            if (page[at] == '>') fail("a bare >", at);
            markup.text += page[at++];
            continue;
        }
        const size_t start = at;
        if (page.compare(at, 2, "<!") == 0) {
            at = page.find('>', at) + 1;
            continue;
        }
        const bool is_end = page[at + 1] == '/';
        at += is_end ? 2 : 1;
        const size_t name_end = page.find_first_of(" \n/>", at);
        const std::string name = page.substr(at, name_end - at);
        at = name_end;
        bool is_empty = name == "meta";
        while (at < page.size() && page[at] != '>') {
            if (page[at] == '/') is_empty = true;
            if (page[at] == ' ' || page[at] == '\n' || page[at] == '/') {
                ++at;
                continue;
            }
            const size_t equals = page.find('=', at);
            if (equals == std::string::npos || page[equals + 1] != '"') {
                fail("an attribute without quotes", start);
                break;
            }
            const size_t end = page.find('"', equals + 2);
            markup.attributes.emplace_back(page.substr(at, equals - at), page.substr(equals + 2, end - equals - 2));
            if (markup.attributes.back().first == "id" && !ids.insert(markup.attributes.back().second).second)
                fail("an id twice", start);
            at = end + 1;
        }
        ++at;
        if (is_end) {
            if (open.empty() || open.back() != name) fail("an end that does not fit", start);
            if (!open.empty()) open.pop_back();
            continue;
        }
        markup.elements.push_back(name);
        if (!is_empty) open.push_back(name);
        if (name == "style") at = page.find("</style>", at);  // not markup
    }
    if (markup.error.empty() && !open.empty()) markup.error = "not closed: " + open.back();
    return markup;
}

}  // namespace f8net
