// SPDX-License-Identifier: Apache-2.0
/// The one table of options: a row per field of Experiment with key, type, range, unit and help.
/// It drives YAML, `--set key=value`, F8NET_... variables, `config show`, `config keys` and the workbench's form;
/// nothing else in the program lists options. Errors   ConfigError whose message starts with the key and says value and
/// what is allowed; for an unknown key the nearest known one. Threads  the table is built once, on first use, and never
/// changes.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config/experiment.h"

namespace f8net {

enum class OptionType {
    kBool,     ///< value bool
    kInt,      ///< int64_t
    kDouble,   ///< double
    kString,   ///< std::string, free text
    kPath,     ///< std::string, a file or folder (form: with a chooser)
    kChoice,   ///< std::string, one of `choices`
    kIntList,  ///< vector<int64_t>
    kDoubleList,
    kStringList,
    kChoiceList,  ///< vector<std::string>, each one of `choices`, none twice
};
std::string to_string(OptionType type);

using OptionValue = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, std::vector<double>,
                                 std::vector<std::string>>;

struct OptionRow {
    std::string key;      ///< "optimizer.lr"; top-level keys have no dot: "name"
    std::string section;  ///< "optimizer"; empty for top-level keys
    std::string name;     ///< "lr"
    OptionType type = OptionType::kString;
    std::string unit;  ///< "pixels", "epochs", "images", ...; empty where there is none
    std::string help;  ///< one sentence
    double minimum =
        -std::numeric_limits<double>::infinity();  ///< numbers and each element of lists of numbers, inclusive
    double maximum = std::numeric_limits<double>::infinity();
    size_t minimum_length = 0;  ///< of lists
    size_t maximum_length = std::numeric_limits<size_t>::max();
    std::vector<std::string> choices;
    bool stage_may_override = true;
    std::string flag;  ///< short form on the command line of `train` ("--epochs"); empty where there is only --set

    std::function<OptionValue(const Experiment&)> get;
    std::function<void(Experiment&, const OptionValue&)> set;  ///< the value must have passed check_value

    OptionValue default_value() const { return get(Experiment{}); }
    std::string environment_name() const;       ///< "F8NET_OPTIMIZER_LR"
    std::string flag_environment_name() const;  ///< "F8NET_EPOCHS"; empty without a flag. The long name wins
    /// "0.01 to 8", "one of float, fake-quant", "2 numbers, each 0 to 1", "true or false".
    std::string allowed() const;
};

/// Name and what it is about, in the order of forms and files.
struct OptionSection {
    std::string name;
    std::string help;
};

std::span<const OptionRow> option_table();
std::span<const OptionSection> option_sections();    ///< without the top level
const OptionRow* find_option(std::string_view key);  ///< nullptr where there is none
const OptionRow& option(std::string_view key);       ///< throws with the nearest known key
/// "unknown key 'optimiser.lr', did you mean 'optimizer.lr'?"
std::string unknown_key_message(std::string_view key);

/// From text as written in a file, a flag or a form. Numbers strictly: no octal, no hexadecimal, "1e-4" is a double,
/// "8.0" no int. Lists: "[8, 7]" or "8,7".
OptionValue parse_value(const OptionRow& row, std::string_view text);
/// The same from the elements of a list that was taken apart already; for a row that is a list.
OptionValue parse_elements(const OptionRow& row, std::span<const std::string> elements);
bool is_list(OptionType type);
/// Range, choices, length; the right alternative of the variant.
void check_value(const OptionRow& row, const OptionValue& value);
/// The shortest text that parses back to the same value.
std::string format_value(const OptionValue& value);

void set_option(Experiment& experiment, std::string_view key, std::string_view text);
std::string get_option(const Experiment& experiment, std::string_view key);

}  // namespace f8net
