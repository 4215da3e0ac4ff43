// SPDX-License-Identifier: Apache-2.0
#include "core/cuda/device_failure.h"

#include <gmock/gmock.h>

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

// As LibTorch 2.11 says it.
constexpr const char* kOutOfMemoryWords =
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.20 GiB is "
    "free. "
    "Including non-PyTorch memory, this process has 77.90 GiB memory in use. Of the allocated memory 70.00 GiB is "
    "allocated by PyTorch, and 5.00 GiB is reserved by PyTorch but unallocated.";

TEST(DeviceFailure, ShortageOfMemoryIsOneWhoeverReportsIt) {
    for (const char* words : {kOutOfMemoryWords, "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
                              "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                              "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
                              "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"})
        EXPECT_EQ(classify_device_failure(words, 0), DeviceFailure::kOutOfMemory) << words;
    EXPECT_EQ(classify_device_failure("whatever", 2), DeviceFailure::kOutOfMemory);
}

TEST(DeviceFailure, LostGpuAndLostConnectionEndTheProcess) {
    for (const char* words :
         {"CUDA error: uncorrectable ECC error encountered", "CUDA error: unspecified launch failure",
          "NCCL error in: ProcessGroupNCCL.cpp:3690, unhandled system error, NCCL version 2.28.9",
          "NCCL communicator was aborted on rank 1.",
          "[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7) ran for 600000 milliseconds",
          "CUDA error: CUDA-capable device(s) is/are busy or unavailable"})
        EXPECT_EQ(classify_device_failure(words, 0), DeviceFailure::kLost) << words;
    for (const int code : {46, 214, 719, 999})
        EXPECT_EQ(classify_device_failure("", code), DeviceFailure::kLost) << code;
}

TEST(DeviceFailure, MisfitOfVersionsIsToldApart) {
    for (const int code : {35, 209, 222, 803, 804})
        EXPECT_EQ(classify_device_failure("", code), DeviceFailure::kMisfit) << code;
    EXPECT_EQ(classify_device_failure("CUDA error: no kernel image is available for execution on the device", 0),
              DeviceFailure::kMisfit);
}

TEST(DeviceFailure, ABugStaysABug) {
    EXPECT_EQ(classify_device_failure("mat1 and mat2 shapes cannot be multiplied", 0), DeviceFailure::kOther);
    EXPECT_EQ(classify_device_failure("CUDA error: an illegal memory access was encountered", 700),
              DeviceFailure::kOther);
    EXPECT_EQ(classify_device_failure("CUDA error: device-side assert triggered", 710), DeviceFailure::kOther);
}

TEST(DeviceFailure, BytesAskedAndFreeAreFound) {
    EXPECT_EQ(memory_asked_and_free(kOutOfMemoryWords), "2.50 GiB asked, 1.20 GiB of 79.11 GiB free");
    EXPECT_EQ(
        memory_asked_and_free("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes. Error "
                              "code 12 (Cannot allocate memory)"),
        "4096 bytes asked");
    EXPECT_THAT(memory_asked_and_free("CUBLAS_STATUS_ALLOC_FAILED"), IsEmpty());
}

TEST(DeviceFailure, AdviceIsASmallerPartOfTheSameBatch) {
    EXPECT_THAT(advice_on_memory(BatchAtWork{128, 128}),
                AllOf(HasSubstr("the batch is 128;"), HasSubstr("training.micro_batch=64 "), HasSubstr("--resume")));
    EXPECT_THAT(advice_on_memory(BatchAtWork{96, 32}),
                AllOf(HasSubstr("96, in parts of 32"), HasSubstr("training.micro_batch=16 ")));
    EXPECT_THAT(advice_on_memory(BatchAtWork{15, 15}), HasSubstr("training.micro_batch=5 ")) << "7 and 6 divide not";
    EXPECT_THAT(advice_on_memory(BatchAtWork{7, 7}), HasSubstr("training.micro_batch=1 "));
    EXPECT_THAT(advice_on_memory(BatchAtWork{8, 1}), HasSubstr("image_size"));
    EXPECT_THAT(advice_on_memory({}), HasSubstr("smaller batch"));
}

}  // namespace
}  // namespace f8net
