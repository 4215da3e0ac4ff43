// SPDX-License-Identifier: Apache-2.0
/// What the tests of core/config share: the message of an error, and a folder that goes away.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace f8net {

/// The message of the ConfigError that `call` throws; fails the test where it throws none.
template <typename Call>
std::string config_error(Call call) {
    try {
        std::forward<Call>(call)();
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "a message is one line: " << error.what();
        return error.what();
    }
    ADD_FAILURE() << "no ConfigError";
    return {};
}

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "f8net-config-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    /// Writes a file below the folder and returns its path.
    std::string write(const std::string& name, const std::string& text) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file.string();
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace f8net
