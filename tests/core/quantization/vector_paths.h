// SPDX-License-Identifier: Apache-2.0
/// The training kernels' bits on every vector unit that this processor has: none but the least, AVX2, AVX-512. A
/// program chooses once, so that a test starts itself once per choice.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace f8net {

/// n values of a normal distribution with this deviation, the same on every processor, unlike LibTorch's.
template <typename T>
std::vector<T> normal_values(int64_t n, double deviation, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> values(0, deviation);
    std::vector<T> x(static_cast<size_t>(n));
    for (T& value : x) value = static_cast<T>(values(random));
    return x;
}

/// A line with a name and a hash (FNV-1a) of the bytes of some values.
template <typename T>
void print_digest(const std::string& name, const std::vector<T>& values) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(values.data());
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < values.size() * sizeof(T); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3U;
    std::printf("digest %s %016" PRIx64 "\n", name.c_str(), hash);
}

/// What this test prints in a process that goes by `capability`.
inline std::map<std::string, std::string> digests_with(const char* capability) {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    const std::string command = std::string("F8NET_TEST_PRINTS_DIGESTS=1 ATEN_CPU_CAPABILITY=") + capability + " '" +
                                std::filesystem::read_symlink("/proc/self/exe").string() +
                                "' --gtest_filter=" + test->test_suite_name() + "." + test->name();
    std::map<std::string, std::string> digests;
    FILE* const output = popen(command.c_str(), "r");
    if (output == nullptr) return digests;
    std::array<char, 256> line{}, name{}, hash{};
    while (std::fgets(line.data(), line.size(), output) != nullptr) {
        if (std::sscanf(line.data(), "digest %255s %255s", name.data(), hash.data()) == 2)
            digests[name.data()] = hash.data();
    }
    EXPECT_EQ(pclose(output), 0) << command;
    return digests;
}

/// print() prints the digests of `count` results; they have to be the same for every choice.
template <typename Print>
void expect_same_bits_on_every_path(size_t count, const Print& print) {
    if (std::getenv("F8NET_TEST_PRINTS_DIGESTS") != nullptr) return print();
    const auto expected = digests_with("default");
    EXPECT_EQ(expected.size(), count);
    for (const char* capability : {"avx2", "avx512"}) EXPECT_EQ(digests_with(capability), expected) << capability;
}

}  // namespace f8net
