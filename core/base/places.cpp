// SPDX-License-Identifier: Apache-2.0
#include "core/base/places.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace f8net {

namespace {

std::string home() {
    const char* value = std::getenv("HOME");
    if (value && *value) return value;
    const passwd* entry = ::getpwuid(::getuid());
    return entry && entry->pw_dir ? entry->pw_dir : "/tmp";
}

std::string place(const char* variable, const char* below_home) {
    const char* value = std::getenv(variable);
    const std::string base = value && *value == '/' ? value : home() + below_home;
    return base + "/f8net";
}

}  // namespace

std::string data_place() { return place("XDG_DATA_HOME", "/.local/share"); }
std::string config_place() { return place("XDG_CONFIG_HOME", "/.config"); }
std::string cache_place() { return place("XDG_CACHE_HOME", "/.cache"); }

std::string default_store_path() {
    const char* value = std::getenv("F8NET_STORE");
    return value && *value ? value : data_place() + "/runs.db";
}

std::string program_folder() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "." : path.parent_path().string();
}

std::string experiments_place() {
    std::error_code ignored;
    const std::filesystem::path installed = std::filesystem::path(program_folder()) / "../share/f8net/configs";
    if (std::filesystem::is_directory(installed, ignored)) return installed.lexically_normal().string();
    // A build tree: SOURCE/build/PRESET/bin.
    for (auto at = std::filesystem::path(program_folder()); at.has_relative_path(); at = at.parent_path()) {
        if (std::filesystem::is_directory(at / "configs/fashion-mnist", ignored)) return (at / "configs").string();
    }
    return "configs";
}

}  // namespace f8net
