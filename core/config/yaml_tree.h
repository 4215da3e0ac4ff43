// SPDX-License-Identifier: Apache-2.0
/// YAML as a small tree in which every node knows its place; made from yaml-cpp's events, because yaml-cpp's own tree
/// keeps the first of duplicate keys, reads 010 as 8 and gives no place for depth errors. Limits   1 MiB a file, 64
/// levels, 100 aliases, 50,000 nodes and 4 MiB of text after expanding aliases, 16 files. No tag but `!include` and
/// YAML's own. Errors ConfigError "file:line:column: ..." for all of it, whatever the bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace f8net {

struct YamlPlace {
    std::shared_ptr<const std::string> file;
    int line = 1;    ///< from 1
    int column = 1;  ///< from 1, in characters
};

struct YamlNode {
    enum class Kind { kNull, kScalar, kList, kMap };
    struct Entry;

    Kind kind = Kind::kNull;
    std::string text;     ///< of a scalar
    bool quoted = false;  ///< "64" is text, 64 a number
    YamlPlace place;
    std::vector<YamlNode> items;
    std::vector<Entry> entries;  ///< keys are unique

    const YamlNode* find(std::string_view key) const;  ///< in a map; nullptr where there is none
    /// "a list", "a map", "nothing" or the quoted text, for messages.
    std::string shown() const;
};

struct YamlNode::Entry {
    std::string key;
    YamlPlace place;  ///< of the key
    YamlNode value;
};

/// Throws ConfigError at `place`.
[[noreturn]] void refuse_yaml(const YamlPlace& place, const std::string& message);

/// `file` is what messages say, and `!include "other.yaml"` looks below its folder. Keys `<<` merge a map (or a list of
/// maps) into the one they stand in, whose own keys win.
YamlNode parse_yaml(std::string_view text, const std::string& file);
/// Reads the file first; a missing, too long or unreadable file is a ConfigError that names it.
YamlNode read_yaml(const std::string& file);

/// As a YAML scalar on one line: plain where that is safe, else in double quotes.
std::string yaml_scalar(std::string_view text);

}  // namespace f8net
