// SPDX-License-Identifier: Apache-2.0
/// Where the command line writes: data on standard output, messages and progress on standard error.
/// No colour and no line that is rewritten where standard error is not a terminal (or NO_COLOR is set).
/// Errors   IoError when standard output cannot be written (full disk, closed pipe).   Threads  one at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace f8net {

enum class ColorMode { kAuto, kAlways, kNever };

class Console {
public:
    void configure(ColorMode color, bool quiet, int verbosity, bool json);

    /// Data: standard output, as it is. Nothing with --json, where the one document is the data.
    void print(std::string_view text);
    /// The document of --json; `text` is whole.
    void print_document(std::string_view text);

    // Messages are a line each: control characters in them (of names, paths) are shown as '?'.
    void note(const std::string& text);     ///< what was done; not with -q
    void detail(const std::string& text);   ///< only with -v
    void warning(const std::string& text);  ///< "warning: ..."; not with -q
    void error(const std::string& text);    ///< "f8net: ..."; always

    /// A line that the next one replaces on a terminal; elsewhere nothing, or with F8NET_PROGRESS=lines a line of its
    /// own each half second.
    void transient(const std::string& text);
    /// Takes the transient line away.
    void clear_transient();

    bool is_json() const { return json_; }
    bool is_quiet() const { return quiet_; }
    bool is_verbose() const { return verbosity_ > 0; }
    bool is_terminal() const { return terminal_; }  ///< standard error
    int columns() const;                            ///< of the terminal, at least 40

    /// Text for standard error or output, coloured where that is wanted.
    std::string bold(const std::string& text) const;
    std::string red(const std::string& text) const;
    std::string yellow(const std::string& text) const;

private:
    void line(const std::string& mark, const std::string& text);

    bool quiet_ = false, json_ = false, terminal_ = false, color_ = false, has_transient_ = false;
    bool progress_lines_ = false;
    std::chrono::steady_clock::time_point next_progress_line_{};
    int verbosity_ = 0;
};

}  // namespace f8net
