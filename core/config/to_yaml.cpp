// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "core/config/experiment_document.h"
#include "core/config/yaml_tree.h"

namespace f8net {
namespace {

std::string yaml_value(const OptionValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return yaml_scalar(*text);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        std::string out = "[";
        for (const auto& element : *texts) out += (out.size() == 1 ? "" : ", ") + yaml_scalar(element);
        return out + "]";
    }
    return format_value(value);
}

struct Line {
    const OptionRow* row;
    OptionValue value;
};

void write_sections(std::string& out, const std::vector<Line>& lines, const std::string& indent) {
    for (const OptionSection& section : option_sections()) {
        bool begun = false;
        for (const Line& line : lines) {
            if (line.row->section != section.name) continue;
            if (!begun) out += indent + section.name + ":\n";
            begun = true;
            out += indent + "  " + line.row->name + ": " + yaml_value(line.value) + "\n";
        }
    }
}

}  // namespace

std::string to_yaml(const Experiment& experiment, YamlDetail detail) {
    std::string out;
    std::vector<Line> lines;
    for (const OptionRow& row : option_table()) {
        const OptionValue value = row.get(experiment);
        if (detail == YamlDetail::kChanged && value == row.default_value()) continue;
        if (row.section.empty()) {
            out += row.name + ": " + yaml_value(value) + "\n";
        } else {
            lines.push_back({&row, value});
        }
    }
    write_sections(out, lines, "");
    if (!experiment.stages.empty()) out += "stages:\n";
    for (const Stage& stage : experiment.stages) {
        out += "  - name: " + yaml_scalar(stage.name) + "\n";
        std::vector<Line> changes;
        for (const StageOverride& change : stage.overrides) {
            const OptionRow& row = option(change.key);
            changes.push_back({&row, parse_value(row, change.text)});
        }
        write_sections(out, changes, "    ");
    }
    // A file without a single line would not be a map.
    return out.empty() ? "name: \"\"\n" : out;
}

}  // namespace f8net
