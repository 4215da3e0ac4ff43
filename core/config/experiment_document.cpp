// SPDX-License-Identifier: Apache-2.0
#include "core/config/experiment_document.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/config/authors_vocabulary.h"
#include "core/config/experiment_checks.h"
#include "core/config/shown_text.h"
#include "core/config/yaml_tree.h"

namespace f8net {
namespace {

Origin origin_of(const YamlPlace& place) {
    return {Origin::Kind::kFile, *place.file, place.line, place.column};
}

std::string stage_key(const std::string& stage, const std::string& key) {
    return "stages." + stage + "." + key;
}

/// In the order of the table, so that equal stages compare equal however they were made.
void put_override(Stage& stage, const OptionRow& row, const OptionValue& value) {
    std::erase_if(stage.overrides, [&](const StageOverride& change) { return change.key == row.key; });
    const auto after = std::find_if(stage.overrides.begin(), stage.overrides.end(),
                                    [&](const StageOverride& change) { return find_option(change.key) > &row; });
    stage.overrides.insert(after, {row.key, format_value(value)});
}

/// The value of a row out of the file, with the place of what is wrong.
OptionValue value_of(const OptionRow& row, const YamlNode& node) {
    const auto expected = [&](const YamlNode& got) {
        refuse_yaml(got.place, row.key + " is " + got.shown() + ", expected " + row.allowed());
    };
    const bool is_text =
        row.type == OptionType::kString || row.type == OptionType::kPath || row.type == OptionType::kChoice;
    const YamlNode* at = &node;
    try {
        if (is_list(row.type)) {
            if (node.kind == YamlNode::Kind::kNull) return parse_elements(row, {});
            if (node.kind != YamlNode::Kind::kList) expected(node);
            const bool numbers = row.type == OptionType::kIntList || row.type == OptionType::kDoubleList;
            std::vector<std::string> elements;
            for (const YamlNode& item : node.items) {
                if (item.kind != YamlNode::Kind::kScalar || (numbers && item.quoted)) expected(item);
                elements.push_back(item.text);
            }
            return parse_elements(row, elements);
        }
        if (is_text && node.kind == YamlNode::Kind::kNull) return parse_value(row, "");
        if (node.kind != YamlNode::Kind::kScalar || (!is_text && node.quoted)) expected(node);
        return parse_value(row, node.text);
    } catch (const ConfigError& error) {
        const std::string message = error.what();
        if (message.starts_with(row.key)) refuse_yaml(at->place, message);
        throw;
    }
}

/// Calls `found(row, key's entry)` for each option below the sections of a map.
template <typename Found>
void walk_sections(const YamlNode& map, const Found& found, const std::vector<std::string>& handled_elsewhere) {
    for (const auto& entry : map.entries) {
        if (std::find(handled_elsewhere.begin(), handled_elsewhere.end(), entry.key) != handled_elsewhere.end())
            continue;
        const auto sections = option_sections();
        const bool is_section =
            std::any_of(sections.begin(), sections.end(), [&](const auto& s) { return s.name == entry.key; });
        if (!is_section) {
            const OptionRow* row = find_option(entry.key);
            if (row == nullptr) refuse_yaml(entry.place, unknown_key_message(entry.key));
            if (!row->section.empty()) {
                refuse_yaml(entry.place,
                            "'" + entry.key + "' is written as '" + row->name + "' below '" + row->section + ":'");
            }
            found(*row, entry);
            continue;
        }
        if (entry.value.kind == YamlNode::Kind::kNull) continue;  // a section whose lines are all comments
        if (entry.value.kind != YamlNode::Kind::kMap) {
            refuse_yaml(entry.value.place, entry.key + " is " + entry.value.shown() + ", expected a map of options");
        }
        for (const auto& inner : entry.value.entries) {
            const OptionRow* row = find_option(entry.key + "." + inner.key);
            if (row == nullptr) refuse_yaml(inner.place, unknown_key_message(entry.key + "." + inner.key));
            found(*row, inner);
        }
    }
}

void read_stage(const YamlNode& node, ExperimentDocument& document) {
    if (node.kind != YamlNode::Kind::kMap) {
        refuse_yaml(node.place, "a stage is " + node.shown() + ", expected a map with 'name' and sections");
    }
    const YamlNode* name = node.find("name");
    if (name == nullptr || name->kind != YamlNode::Kind::kScalar) {
        refuse_yaml(name == nullptr ? node.place : name->place, "a stage needs a name");
    }
    Stage stage{name->text, {}};
    document.origins[stage_key(stage.name, "name")] = origin_of(name->place);
    walk_sections(node,
                  [&](const OptionRow& row, const YamlNode::Entry& entry) {
                      if (!row.stage_may_override) {
                          refuse_yaml(entry.place, row.key + " is one for the whole run, a stage cannot change it");
                      }
                      put_override(stage, row, value_of(row, entry.value));
                      document.origins[stage_key(stage.name, row.key)] = origin_of(entry.value.place);
                  },
                  {"name"});
    document.experiment.stages.push_back(std::move(stage));
}

void read_our_vocabulary(const YamlNode& root, ExperimentDocument& document) {
    walk_sections(root,
                  [&](const OptionRow& row, const YamlNode::Entry& entry) {
                      row.set(document.experiment, value_of(row, entry.value));
                      document.origins[row.key] = origin_of(entry.value.place);
                  },
                  {"stages"});
    const YamlNode* stages = root.find("stages");
    if (stages == nullptr || stages->kind == YamlNode::Kind::kNull) return;
    if (stages->kind != YamlNode::Kind::kList)
        refuse_yaml(stages->place, "stages is " + stages->shown() + ", expected a list");
    document.origins["stages"] = origin_of(stages->place);
    for (const YamlNode& stage : stages->items) read_stage(stage, document);
}

/// "NAME" of "stages.NAME.key", and the key.
std::pair<std::string, std::string> split_stage_key(const std::string& key) {
    constexpr std::string_view kPrefix = "stages.";
    if (!key.starts_with(kPrefix)) return {"", key};
    const size_t dot = key.find('.', kPrefix.size());
    if (dot == std::string::npos) return {"", key};
    return {key.substr(kPrefix.size(), dot - kPrefix.size()), key.substr(dot + 1)};
}

void apply_environment(ExperimentDocument& document, const Environment& environment) {
    const auto value = [&](const std::string& name) -> std::optional<std::string> {
        if (name.empty()) return std::nullopt;
        for (const auto& variable : environment) {
            if (variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=') {
                return variable.substr(name.size() + 1);
            }
        }
        return std::nullopt;
    };
    for (const OptionRow& row : option_table()) {
        for (const auto& name : {row.environment_name(), row.flag_environment_name()}) {
            const auto text = value(name);
            if (!text) continue;
            document.apply({row.key, *text, name, Origin::Kind::kEnvironment});
            break;
        }
    }
}

/// A variable that looks like one of ours but is none has no effect, which its writer should hear.
void note_unknown_variables(ExperimentDocument& document, const Environment& environment) {
    std::vector<std::string> known;
    for (const OptionRow& row : option_table()) known.push_back(row.environment_name());
    for (const std::string& variable : environment) {
        const std::string name = variable.substr(0, variable.find('=')).substr(0, 80);
        const bool of_a_section =
            std::any_of(option_sections().begin(), option_sections().end(), [&](const auto& section) {
                std::string prefix = "F8NET_";
                for (const char c : section.name) prefix += static_cast<char>(c - 'a' + 'A');
                return name.starts_with(prefix + "_");
            });
        if (!of_a_section || std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string near = nearest_name(name, known);
        document.notes.push_back({{Origin::Kind::kEnvironment, name, 0, 0},
                                  "the variable has no effect" + (near.empty() ? "" : ", did you mean " + near + "?")});
    }
}

void check_document(const ExperimentDocument& document) {
    const auto conflict = find_conflict(document.experiment);
    if (!conflict) return;
    const Origin origin = document.origin(conflict->key, conflict->stage);
    if (origin.kind == Origin::Kind::kFile)
        throw ConfigError(origin.where, origin.line, origin.column, conflict->message);
    const std::string who = origin.kind == Origin::Kind::kDefault ? document.path : origin.to_string();
    throw ConfigError((who.empty() ? "" : who + ": ") + conflict->message);
}

ExperimentDocument make_document(const YamlNode& root, const std::string& path, std::span<const Setting> settings,
                                 const Environment& environment) {
    ExperimentDocument document;
    document.path = path;
    if (root.kind != YamlNode::Kind::kMap) {
        const YamlPlace start{std::make_shared<const std::string>(path), root.place.line, root.place.column};
        refuse_yaml(start, "the file holds " + root.shown() + ", expected sections such as 'network:' and 'training:'");
    }
    document.authors_vocabulary = is_authors_vocabulary(root);
    if (document.authors_vocabulary) {
        translate_authors(root, document);
    } else {
        read_our_vocabulary(root, document);
    }
    apply_environment(document, environment);
    note_unknown_variables(document, environment);
    for (const Setting& setting : settings) document.apply(setting);
    if (document.experiment.name.empty()) document.experiment.name = std::filesystem::path(path).stem().string();
    check_document(document);
    return document;
}

}  // namespace

std::string Origin::to_string() const {
    switch (kind) {
        case Kind::kDefault:
            return where.empty() ? "default" : where;
        case Kind::kFile:
            return where + ":" + std::to_string(line) + ":" + std::to_string(column);
        default:
            return where;
    }
}

Setting parse_setting(std::string_view text) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw ConfigError("--set is '" + std::string(text.substr(0, 80)) +
                          "', expected key=value, such as optimizer.lr=0.1");
    }
    return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)), "--set",
            Origin::Kind::kCommandLine};
}

Origin ExperimentDocument::origin(const std::string& key, const std::string& stage) const {
    if (!stage.empty()) {
        if (const auto found = origins.find(stage_key(stage, key)); found != origins.end()) return found->second;
    }
    const auto found = origins.find(key);
    return found == origins.end() ? Origin{} : found->second;
}

std::vector<OptionEntry> ExperimentDocument::entries() const {
    std::vector<OptionEntry> entries;
    const auto add = [&](const OptionRow& row, const std::string& stage, const std::string& text) {
        entries.push_back({&row, stage, text, origin(row.key, stage), text == format_value(row.default_value())});
    };
    for (const OptionRow& row : option_table()) add(row, "", format_value(row.get(experiment)));
    for (const Stage& stage : experiment.stages) {
        for (const StageOverride& change : stage.overrides) add(option(change.key), stage.name, change.text);
    }
    return entries;
}

void ExperimentDocument::apply(const Setting& setting) {
    try {
        const Origin origin{setting.kind, setting.flag, 0, 0};
        const auto split = split_stage_key(setting.key);
        const std::string &stage_name = split.first, &key = split.second;
        auto& stages = experiment.stages;
        if (stage_name.empty()) {
            set_option(experiment, key, setting.text);
            for (Stage& stage : stages) {
                std::erase_if(stage.overrides, [&](const StageOverride& change) { return change.key == key; });
                origins.erase(stage_key(stage.name, key));
            }
            origins[key] = origin;
            return;
        }
        const auto stage =
            std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == stage_name; });
        if (stage == stages.end()) {
            std::vector<std::string> names;
            for (const Stage& known : stages) names.push_back(known.name);
            const std::string near = nearest_name(stage_name.substr(0, 80), names);
            throw ConfigError("there is no stage " + shown_text(stage_name) +
                              (near.empty() ? "" : ", did you mean '" + near + "'?"));
        }
        const OptionRow& row = option(key);
        if (!row.stage_may_override) throw ConfigError(key + " is one for the whole run, a stage cannot change it");
        put_override(*stage, row, parse_value(row, setting.text));
        origins[setting.key] = origin;
    } catch (const ConfigError& error) {
        throw ConfigError(setting.flag + ": " + error.what());
    }
}

Environment process_environment() {
    Environment environment;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        if (text.starts_with("F8NET_")) environment.emplace_back(text);
    }
    return environment;
}

ExperimentDocument load_experiment(const std::string& path, std::span<const Setting> settings,
                                   const Environment& environment) {
    return make_document(read_yaml(path), path, settings, environment);
}

ExperimentDocument parse_experiment(std::string_view yaml, const std::string& path, std::span<const Setting> settings,
                                    const Environment& environment) {
    return make_document(parse_yaml(yaml, path), path, settings, environment);
}

void require_real_paths(const ExperimentDocument& document) {
    for (const OptionRow& row : option_table()) {
        if (row.type != OptionType::kPath) continue;
        const std::string text = format_value(row.get(document.experiment));
        if (!text.starts_with("/path/to/")) continue;
        const Origin from = document.origin(row.key);
        throw ConfigError(from.to_string() + ": " + (from.key.empty() ? row.key : from.key) + " is " +
                          shown_text(text) + ", which is a placeholder; write a real path there, or give --set " +
                          row.key + "=PATH");
    }
}

std::vector<ExperimentSummary> list_experiments(const std::string& folder, std::vector<std::string>* problems) {
    namespace fs = std::filesystem;
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const auto extension = at->path().extension();
        const bool is_part = at->path().filename().string().starts_with('_');
        if ((extension == ".yaml" || extension == ".yml") && !is_part) paths.push_back(at->path().string());
    }
    if (error && problems != nullptr) problems->push_back(folder + ": " + error.message());
    std::sort(paths.begin(), paths.end());
    std::vector<ExperimentSummary> summaries;
    for (const auto& path : paths) {
        try {
            const Experiment e = load_experiment(path, {}, {}).experiment;
            summaries.push_back({path, e.name, e.description, e.duration});
        } catch (const ConfigError& problem) {
            if (problems != nullptr) problems->push_back(problem.what());
        }
    }
    return summaries;
}

}  // namespace f8net
