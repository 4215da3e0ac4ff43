// SPDX-License-Identifier: Apache-2.0
#include "core/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaximumBytes = size_t{1} << 20;
constexpr size_t kMaximumDepth = 64;
constexpr size_t kMaximumAliases = 100;
constexpr size_t kMaximumNodes = 50000;
constexpr size_t kMaximumFiles = 16;
constexpr size_t kMaximumTextBytes = size_t{4} << 20;

/// What all files of one load share.
struct LoadState {
    fs::path root;  ///< includes must stay below
    size_t files = 0, aliases = 0, nodes = 0, text_bytes = 0;
    std::set<std::string> open;  ///< files that are being read: a file that includes itself never ends
};

YamlNode parse_text(std::string_view text, const std::string& file, LoadState& state, size_t depth);
/// `from`: the place of the !include; nullptr for the file that was asked for.
YamlNode read_file(const fs::path& path, const std::string& shown_name, const YamlPlace* from, LoadState& state,
                   size_t depth);

/// What a copy of a node takes.
struct Extent {
    size_t nodes = 1, text_bytes = 0, depth = 0;
};

Extent extent_of(const YamlNode& node) {
    Extent extent{1, node.text.size(), 0};
    const auto add = [&](const YamlNode& below) {
        const Extent inner = extent_of(below);
        extent.nodes += inner.nodes;
        extent.text_bytes += inner.text_bytes;
        extent.depth = std::max(extent.depth, inner.depth);
    };
    for (const auto& item : node.items) add(item);
    for (const auto& entry : node.entries) {
        add(entry.value);
        extent.text_bytes += entry.key.size();
    }
    if (node.kind == YamlNode::Kind::kList || node.kind == YamlNode::Kind::kMap) ++extent.depth;
    return extent;
}

class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& file, LoadState& state, size_t depth)
        : file_(std::make_shared<const std::string>(file)), state_(state), outer_depth_(depth) {}

    bool has_document() const { return has_document_; }
    YamlNode take() { return std::move(root_); }
    YamlPlace place(const YAML::Mark& mark) const {
        return {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (has_document_) refuse_yaml(place(mark), "a second document begins here, expected one");
        has_document_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(YamlNode::Kind::kNull, mark), anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node = make(YamlNode::Kind::kScalar, mark);
        if (tag == "!include") {
            add(include(value, node.place), anchor);
            return;
        }
        check_tag(tag, node.place);
        count({0, value.size(), 0}, node.place);
        node.text = value;
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        add(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (++state_.aliases > kMaximumAliases) {
            refuse_yaml(place(mark), "more than " + std::to_string(kMaximumAliases) + " aliases");
        }
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) refuse_yaml(place(mark), "an alias of what it stands in");
        const Extent extent = extent_of(found->second);
        count(extent, place(mark));
        if (outer_depth_ + open_.size() + extent.depth > kMaximumDepth) refuse_depth(place(mark));
        add(found->second, 0);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        begin(make(YamlNode::Kind::kList, mark), tag, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        begin(make(YamlNode::Kind::kMap, mark), tag, anchor);
    }
    void OnMapEnd() override { end(); }

private:
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        bool has_key = false;
        std::string key;
        YamlPlace key_place;
        std::map<std::string, int, std::less<>> lines;  ///< of the keys so far
        std::vector<YamlNode> merged;
    };

    YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
        YamlNode node;
        node.kind = kind;
        node.place = place(mark);
        count({}, node.place);
        return node;
    }
    void count(const Extent& more, const YamlPlace& where) {
        state_.nodes += more.nodes;
        state_.text_bytes += more.text_bytes;
        if (state_.nodes > kMaximumNodes) {
            refuse_yaml(where, "more than " + std::to_string(kMaximumNodes) + " values, aliases counted in full");
        }
        if (state_.text_bytes > kMaximumTextBytes)
            refuse_yaml(where, "more than 4 MiB of text, aliases counted in full");
    }
    [[noreturn]] static void refuse_depth(const YamlPlace& where) {
        refuse_yaml(where, "nested more than " + std::to_string(kMaximumDepth) + " levels deep");
    }
    static void check_tag(const std::string& tag, const YamlPlace& where) {
        static constexpr std::string_view kCore = "tag:yaml.org,2002:";
        static constexpr std::array<std::string_view, 7> kKnown = {"str", "int", "float", "bool", "null", "seq", "map"};
        if (tag.empty() || tag == "?" || tag == "!") return;
        if (tag.starts_with(kCore)) {
            const auto name = std::string_view(tag).substr(kCore.size());
            if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) return;
        }
        refuse_yaml(where, "the tag " + shown_text(tag) + " is not accepted, only !include is");
    }

    void begin(YamlNode node, const std::string& tag, YAML::anchor_t anchor) {
        check_tag(tag, node.place);
        if (outer_depth_ + open_.size() >= kMaximumDepth) refuse_depth(node.place);
        Open open;
        open.node = std::move(node);
        open.anchor = anchor;
        open_.push_back(std::move(open));
    }
    void end() {
        Open done = std::move(open_.back());
        open_.pop_back();
        for (auto& from : done.merged) {
            for (auto& entry : from.entries) {
                if (done.lines.emplace(entry.key, entry.place.line).second)
                    done.node.entries.push_back(std::move(entry));
            }
        }
        add(std::move(done.node), done.anchor);
    }

    void add(YamlNode node, YAML::anchor_t anchor) {
        if (anchor != 0) anchors_[anchor] = node;
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == YamlNode::Kind::kList) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.has_key) {
            take_key(parent, node);
        } else {
            parent.has_key = false;
            if (parent.key == "<<") {
                merge(parent, std::move(node));
            } else {
                parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
            }
        }
    }
    static void take_key(Open& parent, const YamlNode& node) {
        if (node.kind != YamlNode::Kind::kScalar)
            refuse_yaml(node.place, "a key is " + node.shown() + ", expected a word");
        // Several `<<` are a duplicate key in YAML, and one after the other here: what is merged never overwrites.
        if (node.text != "<<") {
            const auto [first, is_new] = parent.lines.emplace(node.text, node.place.line);
            if (!is_new)
                refuse_yaml(node.place,
                            "duplicate key " + node.shown() + ", first on line " + std::to_string(first->second));
        }
        parent.has_key = true;
        parent.key = node.text;
        parent.key_place = node.place;
    }
    static void merge(Open& parent, YamlNode node) {
        if (node.kind == YamlNode::Kind::kMap) {
            parent.merged.push_back(std::move(node));
        } else if (node.kind == YamlNode::Kind::kList) {
            for (auto& item : node.items) merge(parent, std::move(item));
        } else {
            refuse_yaml(node.place, "<< is " + node.shown() + ", expected a map");
        }
    }

    YamlNode include(const std::string& name, const YamlPlace& where) {
        if (state_.files >= kMaximumFiles) refuse_yaml(where, "more than " + std::to_string(kMaximumFiles) + " files");
        std::error_code error;
        const fs::path path = fs::weakly_canonical(fs::path(*file_).parent_path() / name, error);
        const fs::path relative = path.lexically_relative(state_.root);
        if (error || name.empty() || name.find('\0') != std::string::npos || fs::path(name).is_absolute() ||
            relative.empty() || *relative.begin() == "..") {
            refuse_yaml(where, "!include " + shown_text(name) + " leads outside of the folder of the configuration");
        }
        if (state_.open.contains(path.string())) refuse_yaml(where, shown_text(name) + " includes itself");
        return read_file(path, (fs::path(*file_).parent_path() / name).string(), &where, state_,
                         outer_depth_ + open_.size());
    }

    std::shared_ptr<const std::string> file_;
    LoadState& state_;
    size_t outer_depth_;
    bool has_document_ = false;
    YamlNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, YamlNode> anchors_;
};

/// yaml-cpp replaces bytes it cannot read and stops silently at others: what is no text is refused before it gets
/// there.
void check_text(std::string_view text, const std::shared_ptr<const std::string>& file) {
    YamlPlace place{file, 1, 1};
    for (size_t i = 0; i < text.size();) {
        const size_t length = utf8_length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
        if (length == 0 || control) {
            static constexpr std::string_view kHex = "0123456789abcdef";
            refuse_yaml(place, std::string("byte 0x") + kHex[byte >> 4] + kHex[byte & 15] +
                                   " is not text, expected a YAML file");
        }
        if (text[i] == '\n') {
            ++place.line;
            place.column = 0;
        }
        ++place.column;
        i += length;
    }
}

YamlNode parse_text(std::string_view text, const std::string& file, LoadState& state, size_t depth) {
    ++state.files;
    TreeBuilder builder(file, state, depth);
    const auto name = std::make_shared<const std::string>(file);
    if (text.size() > kMaximumBytes) refuse_yaml({name, 1, 1}, "longer than 1 MiB, no configuration is");
    check_text(text, name);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        refuse_yaml(builder.place(error.mark), "not valid YAML: " + one_line(error.msg));
    }
    return builder.take();
}

YamlNode read_file(const fs::path& path, const std::string& shown_name, const YamlPlace* from, LoadState& state,
                   size_t depth) {
    const auto refuse = [&](const std::string& why) {
        if (from != nullptr) refuse_yaml(*from, "!include " + shown_text(shown_name) + ": " + why);
        throw ConfigError(shown_name + ": " + why);
    };
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) refuse("there is no such file");
    if (!fs::is_regular_file(status)) refuse("is not a file");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) refuse("cannot be read");
    std::string text(kMaximumBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) refuse("cannot be read");
    text.resize(static_cast<size_t>(stream.gcount()));
    const auto entered = state.open.insert(path.string());
    YamlNode node = parse_text(text, shown_name, state, depth);
    state.open.erase(entered.first);
    return node;
}

LoadState state_for(const std::string& file) {
    LoadState state;
    std::error_code error;
    state.root = fs::weakly_canonical(fs::absolute(fs::path(file).parent_path(), error), error);
    // "configs/" and "configs" are one folder; an empty name would end the comparison of prefixes too early.
    if (!state.root.has_filename()) state.root = state.root.parent_path();
    return state;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const auto& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

std::string YamlNode::shown() const {
    switch (kind) {
        case Kind::kNull:
            return "nothing";
        case Kind::kList:
            return "a list";
        case Kind::kMap:
            return "a map";
        case Kind::kScalar:
            break;
    }
    return shown_text(text);
}

void refuse_yaml(const YamlPlace& place, const std::string& message) {
    throw ConfigError(place.file ? *place.file : "", place.line, place.column, message);
}

YamlNode parse_yaml(std::string_view text, const std::string& file) {
    LoadState state = state_for(file);
    return parse_text(text, file, state, 0);
}

YamlNode read_yaml(const std::string& file) {
    LoadState state = state_for(file);
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(file, error);
    return read_file(error ? fs::path(file) : canonical, file, nullptr, state, 0);
}

std::string yaml_scalar(std::string_view text) {
    static constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    const bool null = text == "null" || text == "Null" || text == "NULL";
    const bool plain_start = !text.empty() && kSafe.substr(0, 63).find(text.front()) != std::string_view::npos;
    const bool negative = text.size() > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9';
    const bool path = text.size() > 1 && text.front() == '/';
    if (!null && (plain_start || negative || path) && text.find_first_not_of(kSafe) == std::string_view::npos) {
        return std::string(text);
    }
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            (out += '\\') += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            ((out += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace f8net
