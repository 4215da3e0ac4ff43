// SPDX-License-Identifier: Apache-2.0
#include "core/training/torch_errors.h"

#include <gmock/gmock.h>

#include <string>

#include "core/base/error.h"
#include "core/run/device_lost.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const c10::SourceLocation kSomewhere{"allocate", "CUDACachingAllocator.cpp", 1};

template <typename Error, typename... Arguments>
std::string message_of_translated(const Arguments&... arguments) {
    std::string message;
    const auto work = [&] { throw_translated(arguments...); };
    EXPECT_THROW(
        {
            try {
                work();
            } catch (const f8net::Error& error) {
                message = error.what();
                throw;
            }
        },
        Error);
    return message;
}

TEST(TorchErrors, ShortageOfGpuMemoryNamesBytesBatchAndWayOut) {
    const c10::OutOfMemoryError error(kSomewhere,
                                      "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of "
                                      "79.11 GiB of which 1.20 GiB is free. Including non-PyTorch memory, ...");
    EXPECT_THAT(message_of_translated<DeviceError>(error, BatchAtWork{128, 128}),
                AllOf(StartsWith("out of GPU memory: 2.50 GiB asked, 1.20 GiB of 79.11 GiB free"), HasSubstr("128"),
                      HasSubstr("training.micro_batch=64"), Not(HasSubstr("\n"))));
}

TEST(TorchErrors, ShortageOfTheHostIsRealAndNamedAsSuch) {
    const auto work = [] { return torch::empty({int64_t{1} << 60}, torch::kByte); };
    try {
        with_torch_errors_translated(work, BatchAtWork{64, 32});
        FAIL() << "an exbibyte was allocated";
    } catch (const DeviceError& error) {
        EXPECT_THAT(error.what(), AllOf(StartsWith("out of memory: 1152921504606846976 bytes asked"),
                                        HasSubstr("64, in parts of 32"), HasSubstr("training.micro_batch=16")));
    }
}

TEST(TorchErrors, LostGpuEndsTheProcessAndIsNoOrdinaryFailure) {
    const c10::AcceleratorError error(kSomewhere, 214,
                                      "CUDA error: uncorrectable ECC error encountered\nFor debugging");
    EXPECT_THAT(message_of_translated<DeviceLostError>(error, std::nullopt),
                AllOf(HasSubstr("uncorrectable ECC error"), HasSubstr("--resume"), Not(HasSubstr("debugging"))));
    const c10::Error nccl(kSomewhere, "NCCL communicator was aborted on rank 1.");
    EXPECT_THAT(message_of_translated<DeviceLostError>(nccl, std::nullopt), HasSubstr("aborted on rank 1"));
}

TEST(TorchErrors, DriverThatDoesNotFitIsADeviceError) {
    const c10::AcceleratorError error(kSomewhere, 35, "CUDA error: CUDA driver version is insufficient");
    EXPECT_THAT(message_of_translated<DeviceError>(error, std::nullopt), HasSubstr("do not fit together"));
}

TEST(TorchErrors, OtherFailuresAreBugs) {
    try {
        with_torch_errors_translated([] { return torch::ones({2, 3}).matmul(torch::ones({2, 3})); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::kInternal);
    }
}

}  // namespace
}  // namespace f8net
