// SPDX-License-Identifier: Apache-2.0
/// A folder that goes away after the test, and the message of an error.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net::testing_support {

class FolderTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() / ("f8net-" + std::string(info->test_suite_name()) + "-" +
                                                            info->name() + "-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name = "") const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << content;  // no sync: some tests write hundreds
    }

    std::filesystem::path folder_;
};

template <typename Call>
std::string data_error(Call call) {
    try {
        call();
    } catch (const DataError& error) {
        return error.what();
    }
    return "no DataError";
}

}  // namespace f8net::testing_support
