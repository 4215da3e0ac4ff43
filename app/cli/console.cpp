// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace f8net {

namespace {

void write_output(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        throw IoError("write", "standard output", errno);
    }
}

}  // namespace

void Console::configure(ColorMode color, bool quiet, int verbosity, bool json) {
    quiet_ = quiet;
    verbosity_ = verbosity;
    json_ = json;
    terminal_ = ::isatty(STDERR_FILENO) == 1;
    const char* progress = std::getenv("F8NET_PROGRESS");
    progress_lines_ = progress && std::string_view(progress) == "lines";
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color && *no_color;
    color_ = color == ColorMode::kAlways || (color == ColorMode::kAuto && terminal_ && !refused);
}

void Console::print(std::string_view text) {
    if (json_) return;
    clear_transient();
    write_output(text);
}

void Console::print_document(std::string_view text) {
    clear_transient();
    write_output(text);
}

void Console::line(const std::string& mark, const std::string& text) {
    clear_transient();
    std::fprintf(stderr, "%s%s\n", mark.c_str(), one_line(text).c_str());
}

void Console::note(const std::string& text) {
    if (!quiet_) line({}, text);
}
void Console::detail(const std::string& text) {
    if (verbosity_ > 0) line({}, text);
}
void Console::warning(const std::string& text) {
    if (!quiet_) line(yellow("warning:") + " ", text);
}
void Console::error(const std::string& text) {
    line(red("f8net:") + " ", text);
}

void Console::transient(const std::string& text) {
    if (quiet_) return;
    if (progress_lines_) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_progress_line_) return;
        next_progress_line_ = now + std::chrono::milliseconds(500);
        line({}, text);
        return;
    }
    if (!terminal_) return;
    std::fprintf(stderr, "\r\033[K%.*s", columns() - 1, text.c_str());
    std::fflush(stderr);
    has_transient_ = true;
}

void Console::clear_transient() {
    if (!has_transient_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    has_transient_ = false;
}

int Console::columns() const {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
    return std::max<int>(size.ws_col, 40);
}

std::string Console::bold(const std::string& text) const {
    return color_ ? "\033[1m" + text + "\033[0m" : text;
}
std::string Console::red(const std::string& text) const {
    return color_ ? "\033[1;31m" + text + "\033[0m" : text;
}
std::string Console::yellow(const std::string& text) const {
    return color_ ? "\033[1;33m" + text + "\033[0m" : text;
}

}  // namespace f8net
