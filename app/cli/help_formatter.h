// SPDX-License-Identifier: Apache-2.0
/// Help that starts with examples (an App's footer) and ends with the options that all commands share.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>
#include <string>

namespace f8net {

class HelpFormatter final : public CLI::Formatter {
public:
    HelpFormatter() { column_width(30); }
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
    /// Numbers are an N, not CLI11's "INT:POSITIVE"; "INT:INT in [2 - 8]" is "N in [2 - 8]".
    std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace f8net
