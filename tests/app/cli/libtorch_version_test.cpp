// SPDX-License-Identifier: Apache-2.0
// A copy of the program beside modules of our own making, which stand for a LibTorch of another version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;

class LibTorchVersion : public testing::Test {
protected:
    void SetUp() override {
        if (std::system("cc --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "there is no C compiler (cc)";
        fs::create_directories(workplace.path("bin"));
        fs::create_directories(workplace.path("lib"));
        fs::copy_file(F8NET_BINARY_DIR "/bin/f8net", workplace.path("bin/f8net"));
    }
    Outcome train_with_module(const std::string& source) {
        workplace.write("module.c", source);
        const std::string command = "cc -shared -fPIC -o '" + workplace.path("lib/libf8net_torch.so") + "' '" +
                                    workplace.path("module.c") + "'";
        EXPECT_EQ(std::system(command.c_str()), 0);
        return workplace.run_program(workplace.path("bin/f8net"),
                                     {"bench", "train", project_file("configs/fashion-mnist/quickstart.yaml"),
                                      "--random-pixels", "--store", workplace.store()});
    }

    Workplace workplace;
};

TEST_F(LibTorchVersion, OfAnotherReleaseIsRefusedWithBothVersionsBeforeItIsUsed) {
    const Outcome outcome = train_with_module(
        "unsigned long long aoti_torch_abi_version(void) { return 0x0263000000000000ull; }\n"
        "void* f8net_torch_backend(void) { __builtin_trap(); }\n");
    EXPECT_EQ(outcome.exit_code, 69) << outcome.messages;
    EXPECT_THAT(outcome.messages, AllOf(HasSubstr("built for LibTorch " F8NET_LIBTORCH_VERSION), HasSubstr("2.99.0"),
                                        HasSubstr("fetch_libtorch.py")));
}

TEST_F(LibTorchVersion, ThatCannotBeAskedIsRefused) {
    const Outcome outcome = train_with_module("void* f8net_torch_backend(void) { __builtin_trap(); }\n");
    EXPECT_EQ(outcome.exit_code, 69) << outcome.messages;
    EXPECT_THAT(outcome.messages, HasSubstr("older than 2.9"));
}

TEST_F(LibTorchVersion, WithoutWhatOurModuleCallsIsNamedAsAnotherVersion) {
    const Outcome outcome =
        train_with_module("void gone(void);\nvoid* f8net_torch_backend(void) { gone(); return 0; }\n");
    EXPECT_EQ(outcome.exit_code, 69) << outcome.messages;
    EXPECT_THAT(outcome.messages, AllOf(HasSubstr("undefined symbol"), HasSubstr("of another version"),
                                        HasSubstr("LibTorch " F8NET_LIBTORCH_VERSION)));
}

}  // namespace
}  // namespace f8net
