// SPDX-License-Identifier: Apache-2.0
#include "core/cuda/driver.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/base/error.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

DriverFacts working() {
    DriverFacts facts;
    facts.newest_cuda = 13010;
    facts.kernel_version = facts.library_version = "590.10";
    facts.gpus = {{"NVIDIA H200", 90, 150'754'820'096}, {"NVIDIA T4", 75, 15'828'320'256}};
    return facts;
}

TEST(Driver, ThatWorksHasNothingToSay) {
    EXPECT_THAT(why_no_gpu(working(), 0), IsEmpty());
    EXPECT_THAT(why_no_gpu(working(), 1), IsEmpty());
    EXPECT_EQ(working().gpus[0].to_text(), "NVIDIA H200 (compute capability 9.0, 140 GiB)");
}

TEST(Driver, AbsenceIsToldInTheLoadersWords) {
    DriverFacts facts;
    facts.loader_words = "libcuda.so.1: cannot open shared object file: No such file or directory";
    EXPECT_THAT(why_no_gpu(facts), AllOf(HasSubstr("no NVIDIA driver"), HasSubstr(facts.loader_words)));
}

TEST(Driver, TooOldForTheLibrariesNamesBothVersions) {
    DriverFacts facts = working();
    facts.newest_cuda = 12040;
    facts.kernel_version = "550.54.14";
    EXPECT_THAT(why_no_gpu(facts),
                AllOf(HasSubstr("550.54.14"), HasSubstr("CUDA 12.4"), HasSubstr("CUDA 13.0"), HasSubstr("580")));
    facts.newest_cuda = 13000;
    EXPECT_THAT(why_no_gpu(facts), IsEmpty());
}

TEST(Driver, OfTwoVersionsInKernelAndLibraryNamesBoth) {
    DriverFacts facts = working();
    facts.init_code = 803;
    facts.init_name = "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH";
    facts.gpus.clear();
    facts.kernel_version = "580.65.06";
    facts.library_version = "580.82.07";
    EXPECT_THAT(why_no_gpu(facts), AllOf(HasSubstr("580.65.06"), HasSubstr("580.82.07"), HasSubstr("restart")));
}

TEST(Driver, WithoutGpuSaysWhatHidesIt) {
    DriverFacts facts = working();
    facts.init_code = 100;
    facts.init_name = "CUDA_ERROR_NO_DEVICE";
    facts.gpus.clear();
    EXPECT_THAT(why_no_gpu(facts), AllOf(HasSubstr("590.10 finds no GPU"), Not(HasSubstr("CUDA_VISIBLE_DEVICES"))));
    facts.visible_devices = "''";
    EXPECT_THAT(why_no_gpu(facts), HasSubstr("CUDA_VISIBLE_DEVICES is ''"));
}

TEST(Driver, OtherFailuresKeepTheirName) {
    DriverFacts facts = working();
    facts.init_code = 34;
    EXPECT_THAT(why_no_gpu(facts), HasSubstr("stub"));
    facts.init_code = 802;
    facts.init_name = "CUDA_ERROR_SYSTEM_NOT_READY";
    EXPECT_THAT(why_no_gpu(facts), HasSubstr("CUDA_ERROR_SYSTEM_NOT_READY"));
    facts.init_code = 999;
    facts.init_name = "CUDA_ERROR_UNKNOWN";
    EXPECT_THAT(why_no_gpu(facts), AllOf(HasSubstr("CUDA_ERROR_UNKNOWN"), HasSubstr("999")));
}

TEST(Driver, NumberOfAGpuThatIsNotThereNamesThoseThatAre) {
    EXPECT_THAT(why_no_gpu(working(), 2), HasSubstr("cuda:0 to cuda:1"));
    DriverFacts one = working();
    one.gpus.pop_back();
    EXPECT_THAT(why_no_gpu(one, 1), HasSubstr("only one GPU"));
}

TEST(Driver, GpuThatIsTooOldIsNamed) {
    DriverFacts facts = working();
    facts.gpus[0] = {"Tesla V100", 70, 16'945'512'448};
    EXPECT_THAT(why_no_gpu(facts), AllOf(HasSubstr("Tesla V100"), HasSubstr("7.0"), HasSubstr("7.5")));
}

TEST(Driver, DeviceNamesAreReadStrictly) {
    EXPECT_EQ(gpu_index_of("cpu"), -1);
    EXPECT_EQ(gpu_index_of("auto"), -1);
    EXPECT_EQ(gpu_index_of("cuda"), 0);
    EXPECT_EQ(gpu_index_of("cuda:12"), 12);
    for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1234", "cuda0", "CUDA"})
        EXPECT_THROW(gpu_index_of(name), ConfigError) << name;
}

TEST(Driver, OfThisMachineIsToldInOneLine) {
    EXPECT_NO_THROW(require_gpu("cpu"));
    EXPECT_NO_THROW(require_gpu("auto"));
    const std::string reason = why_no_gpu(read_driver_facts());
    if (reason.empty()) {
        EXPECT_NO_THROW(require_gpu("cuda"));
        return;
    }
    try {
        require_gpu("cuda:0");
        ADD_FAILURE() << "no error, but " << reason;
    } catch (const DeviceError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::kDevice);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("'cuda:0'"), HasSubstr(reason), HasSubstr("--device cpu"), Not(HasSubstr("\n"))));
    }
}

}  // namespace
}  // namespace f8net
