// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/trace_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/analysis/verification.h"
#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/analysis/small_network.h"

namespace f8net {
namespace {

std::string temporary_path(const char* name) {
    return (std::filesystem::temp_directory_path() / (std::to_string(::getpid()) + name)).string();
}

TEST(TraceFile, HoldsBatchesChannelsFirstUnderTheLayersNames) {
    const IntegerNetwork network = small_network();
    const auto executor = make_executor(network, "scalar", 1);
    const std::string path = temporary_path("trace.safetensors");
    const PixelSource pixels = random_pixels(network.input().output, 5);
    RecordedTrace last;
    {
        TraceFile file(path, network, 5, {{"subject", "test"}});
        for (int64_t begin = 0; begin < 5; begin += 2) {
            const int64_t count = std::min<int64_t>(2, 5 - begin);
            last.clear();
            executor->run(pixels(begin, count), count, &last);
            file.write(last, begin, count);
            file.write_labels(std::vector<int64_t>(static_cast<size_t>(count), begin), begin);
        }
        file.commit();
    }
    const TensorMap map = read_safetensors(path);
    std::filesystem::remove(path);
    EXPECT_EQ(map.metadata.at("subject"), "test");
    EXPECT_EQ(map.at("labels").to_int64(), (std::vector<int64_t>{0, 0, 2, 2, 4}));
    const HostTensor& codes = map.at("code/head.0");
    EXPECT_EQ(codes.dtype, DType::kU8);
    EXPECT_EQ(codes.shape, (std::vector<int64_t>{5, 1, 12, 12}));
    const RecordedTensor* recorded = last.find("head.0", TraceTensor::kAccumulators);
    ASSERT_TRUE(recorded);
    const HostTensor& acc = map.at("acc/head.0");
    const Shape& shape = recorded->shape;
    EXPECT_EQ(acc.shape, (std::vector<int64_t>{5, shape.channels, shape.height, shape.width}));
    // Image 4 is the first of the last batch; N H W C there, N C H W in the file.
    const auto values = acc.as<int32_t>();
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int64_t at = 0; at < shape.height * shape.width; ++at) {
            const auto in_file = static_cast<size_t>(4 * shape.size() + c * shape.height * shape.width + at);
            ASSERT_EQ(values[in_file], recorded->values[static_cast<size_t>(at * shape.channels + c)])
                << c << " " << at;
        }
    }
}

TEST(TraceFile, LeavesNothingBehindWithoutCommit) {
    const std::string path = temporary_path("nothing.safetensors");
    { const TraceFile file(path, small_network(), 2, {}); }
    EXPECT_FALSE(std::filesystem::exists(path));
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
        EXPECT_FALSE(entry.path().string().starts_with(path)) << entry.path();
    }
}

TEST(TraceFile, FolderThatIsNotThereIsAnInputOutputError) {
    EXPECT_THROW(TraceFile("/nowhere/at/all.safetensors", small_network(), 2, {}), IoError);
}

}  // namespace
}  // namespace f8net
