// SPDX-License-Identifier: Apache-2.0
#include "core/cuda/device_failure.h"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

namespace f8net {
namespace {

// cudaError_t, whose values are part of CUDA's interface.
constexpr int kMemoryAllocation = 2;
constexpr std::array kLostCodes = {46,        // device busy or unavailable
                                   214,       // uncorrectable ECC error
                                   220,       // uncorrectable NVLink error
                                   226,       // contained hardware error
                                   702,       // launch timed out
                                   709,       // context is gone
                                   714,       // hardware stack error
                                   719,       // unspecified launch failure
                                   805, 806,  // MPS: no connection, failed call
                                   999};
constexpr std::array kMisfitCodes = {35,  36,             // driver too old for the runtime, for a call
                                     209,                 // no kernel image for this GPU
                                     218, 221, 222, 223,  // PTX: invalid, no compiler, of a newer version, not allowed
                                     803, 804};  // kernel and library differ, compatibility package does not fit

constexpr std::array<std::string_view, 5> kMemoryWords = {"out of memory", "DefaultCPUAllocator", "STATUS_ALLOC_FAILED",
                                                          "DEVICE_ALLOCATION_FAILED", "HOST_ALLOCATION_FAILED"};
constexpr std::array<std::string_view, 9> kLostWords = {"NCCL error",
                                                        "NCCL communicator",
                                                        "NCCL Error",
                                                        "caught collective operation timeout",
                                                        "uncorrectable ECC error",
                                                        "Uncorrectable NVLink error",
                                                        "unspecified launch failure",
                                                        "GPU is lost",
                                                        "busy or unavailable"};
constexpr std::array<std::string_view, 5> kMisfitWords = {
    "driver version is insufficient", "no kernel image is available", "unsupported toolchain",
    "unsupported display driver / cuda driver combination", "forward compatibility was attempted"};

template <typename Words>
bool says_one_of(const std::string& text, const Words& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

template <typename Codes>
bool is_one_of(int code, const Codes& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

DeviceFailure classify_device_failure(const std::string& words, int cuda_code) {
    if (cuda_code == kMemoryAllocation) return DeviceFailure::kOutOfMemory;
    if (is_one_of(cuda_code, kMisfitCodes)) return DeviceFailure::kMisfit;
    if (is_one_of(cuda_code, kLostCodes)) return DeviceFailure::kLost;
    if (says_one_of(words, kMemoryWords)) return DeviceFailure::kOutOfMemory;
    if (says_one_of(words, kMisfitWords)) return DeviceFailure::kMisfit;
    if (says_one_of(words, kLostWords)) return DeviceFailure::kLost;
    return DeviceFailure::kOther;
}

std::string memory_asked_and_free(const std::string& words) {
    static const std::string amount = R"(([\d.]+ (?:bytes|KiB|MiB|GiB)|\d+))";
    std::smatch asked, total, free;
    if (!std::regex_search(words, asked, std::regex("[Tt]ried to allocate " + amount))) return {};
    std::string text = asked[1].str() + (asked[1].str().find(' ') == std::string::npos ? " bytes" : "") + " asked";
    if (std::regex_search(words, free, std::regex("of which " + amount + " is free"))) {
        text += ", " + free[1].str();
        if (std::regex_search(words, total, std::regex("total capacity of " + amount))) text += " of " + total[1].str();
        text += " free";
    }
    return text;
}

std::string advice_on_memory(const std::optional<BatchAtWork>& at_work) {
    if (!at_work) return "use a smaller batch";
    const int now = at_work->micro_batch;
    std::string text = "the batch is " + std::to_string(at_work->batch);
    if (now < at_work->batch) text += ", in parts of " + std::to_string(now);
    // The largest part that divides the batch and is at most half of what did not fit.
    int smaller = now / 2;
    while (smaller > 1 && at_work->batch % smaller != 0) --smaller;
    if (smaller < 1) return text + "; use a smaller network.image_size or another GPU";
    return text + "; the same batch in smaller parts: --set training.micro_batch=" + std::to_string(smaller) +
           " (batch statistics are then of each part); --resume goes on from the last checkpoint";
}

}  // namespace f8net
