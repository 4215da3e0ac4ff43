// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/safetensors.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/tensorfile/memory_budget.h"
#include "tests/core/tensorfile/peak_memory.h"

namespace f8net {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Safetensors : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("f8net-safetensors-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_;
};

TensorMap small_map() {
    TensorMap map;
    map.set("weight", HostTensor::from<float>({2, 3}, std::vector<float>{1, -2, 3.5f, 0, -0.0f, 1e-40f}));
    map.set("codes", HostTensor::from<int8_t>({3}, std::vector<int8_t>{-127, 0, 127}));
    map.set("empty", HostTensor(DType::kI64, {0, 4}));
    map.set("alpha", HostTensor::scalar(8.0f));
    map.metadata["note"] = "with \"quotes\" and \xc3\xa4";
    return map;
}

std::string with_header(const std::string& json, size_t data_bytes) {
    std::string out(8, '\0');
    for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(json.size() >> (8 * i) & 0xff);
    return out + json + std::string(data_bytes, '\x01');
}

std::string error_of(const std::string& file) {
    try {
        parse_safetensors(file.data(), file.size(), "x.safetensors");
    } catch (const DataError& error) {
        return error.what();
    }
    return "no error";
}

TEST_F(Safetensors, ReadsBackWhatWasWritten) {
    const TensorMap map = small_map();
    write_safetensors(path("a.safetensors"), map);
    const TensorMap back = read_safetensors(path("a.safetensors"));
    EXPECT_EQ(back.tensors, map.tensors);
    EXPECT_EQ(back.metadata, map.metadata);
    EXPECT_EQ(state_hash(back), state_hash(map));
    EXPECT_THAT(back.values<int8_t>("codes"), ElementsAre(-127, 0, 127));
}

TEST_F(Safetensors, EveryFlippedBitIsAnErrorThatNamesTheFile) {
    write_safetensors(path("a.safetensors"), small_map());
    const std::string good = read_text_file(path("a.safetensors"));
    for (size_t i = 0; i < good.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            EXPECT_THAT(error_of(bad), HasSubstr("x.safetensors")) << "byte " << i << " bit " << bit;
        }
    }
}

TEST_F(Safetensors, FlippedByteInATensorNamesTheTensor) {
    write_safetensors(path("a.safetensors"), small_map());
    std::string bad = read_text_file(path("a.safetensors"));
    bad[bad.size() - 1] ^= 1;  // the one tensor of one-byte elements is last
    EXPECT_THAT(error_of(bad), AllOf(HasSubstr("'codes'"), HasSubstr("hash")));
}

TEST_F(Safetensors, EveryTruncationIsAnError) {
    write_safetensors(path("a.safetensors"), small_map());
    const std::string good = read_text_file(path("a.safetensors"));
    for (size_t size = 0; size < good.size(); ++size)
        EXPECT_THAT(error_of(good.substr(0, size)), HasSubstr("x.safetensors")) << size;
    EXPECT_THAT(error_of(good + "x"), HasSubstr("after the last tensor"));
}

TEST_F(Safetensors, RandomMutationsGiveDataErrorOrALoadedFile) {
    // Golden files carry no hashes: mutations may load, but must never crash or read outside.
    const std::string good = read_text_file(F8NET_SOURCE_DIR "/tests/golden/conv_block.safetensors").substr(0, 200000);
    const unsigned seed = 1;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::string bad = good;
        for (unsigned n = random() % 8 + 1; n > 0; --n) bad[random() % 4096] = static_cast<char>(random());
        error_of(bad);
        std::string noise(random() % 512, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        EXPECT_THAT(error_of(noise), HasSubstr("x.safetensors"));
    }
}

TEST_F(Safetensors, RefusesWhatTheHeaderMayNotSay) {
    const std::string f32 = R"("dtype":"F32")";
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4)),
                AllOf(HasSubstr("'a'"), HasSubstr("outside")));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4)),
                HasSubstr("needs 8"));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}})", 4)),
                HasSubstr("'F8'"));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})", 4)), HasSubstr("-4"));
    EXPECT_THAT(
        error_of(with_header(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0)),
        HasSubstr("too many"));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                                     6)),
                HasSubstr("overlaps"));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6)),
                HasSubstr("a gap"));
    EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                     R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                                     2)),
                HasSubstr("twice"));
    EXPECT_THAT(error_of(with_header(std::string(100000, '['), 0)), HasSubstr("x.safetensors"));
    EXPECT_THAT(error_of(with_header("[]", 0)), HasSubstr("object"));
    EXPECT_THAT(error_of(with_header(R"({"__metadata__":{"a":1}})", 0)), HasSubstr("not text"));
    EXPECT_THAT(error_of(std::string(8, '\xff')), HasSubstr("does not fit"));
}

TEST_F(Safetensors, HeadersOfVeryManyValuesEndWithinTheirMemory) {
    std::string keys = R"({"__metadata__":{)", numbers = R"({"a":{"dtype":"F32","data_offsets":[0,0],"shape":[0)";
    for (int i = 0; i < 400'000; ++i) {
        keys += "\"" + std::to_string(i) + "\":\"\",";
        numbers += ",0,0";
    }
    keys += R"("x":""}})";
    numbers += "]}}";
    for (const std::string& header : {keys, numbers, R"({"a":[)" + std::string(2'000'000, '[')}) {
        const std::string file = with_header(header, 0);
        const testing::PeakMemory memory;
        EXPECT_THAT(error_of(file), HasSubstr("x.safetensors: header"));
        EXPECT_LE(memory.bytes(),
                  MemoryBudget::kTimesFileSize * static_cast<int64_t>(file.size()) + MemoryBudget::kBesides + 200'000);
    }
}

TEST_F(Safetensors, StreamWritesDeclaredTensorsInParts) {
    {
        SafetensorsStream stream(path("s.safetensors"), {{"x", DType::kI32, {2, 2}}, {"y", DType::kU8, {3}}},
                                 {{"k", "v"}});
        const int32_t x[] = {1, 2, 3, 4};
        stream.append(x, 4);
        stream.append(x + 1, 12);
        EXPECT_THROW(stream.commit(), DataError);
        stream.append("abc", 3);
        EXPECT_THROW(stream.append("d", 1), DataError);
        stream.commit();
    }
    const TensorMap map = read_safetensors(path("s.safetensors"));
    EXPECT_THAT(map.values<int32_t>("x"), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(map.values<uint8_t>("y"), ElementsAre('a', 'b', 'c'));
    EXPECT_EQ(map.metadata.at("k"), "v");
}

TEST_F(Safetensors, AbandonedStreamLeavesNothing) {
    { SafetensorsStream stream(path("s.safetensors"), {{"x", DType::kI32, {2}}}); }
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Safetensors, ReservedMetadataKeyIsRefused) {
    TensorMap map;
    map.metadata["f8net.hash.weight"] = "0";
    EXPECT_THROW(write_safetensors(path("a.safetensors"), map), DataError);
    EXPECT_EQ(error_of(with_header(R"({"__metadata__":{"hash":"of another program"}})", 0)), "no error");
}

TEST_F(Safetensors, MissingFileIsIoErrorWithItsPath) {
    try {
        read_safetensors(path("none.safetensors"));
        FAIL();
    } catch (const IoError& error) {
        EXPECT_THAT(error.what(), HasSubstr("none.safetensors"));
    }
}

TEST_F(Safetensors, ReadsTheGoldenFiles) {
    const TensorMap map = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1.safetensors");
    EXPECT_GT(map.tensors.size(), 100u);
    const auto header = read_safetensors_header(F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1.safetensors");
    EXPECT_EQ(header.tensors.size(), map.tensors.size());
}

TEST(HostTensor, ConvertsHalfPrecision) {
    HostTensor tensor(DType::kF16, {6});
    const uint16_t bits[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00};
    std::copy_n(reinterpret_cast<const std::byte*>(bits), sizeof bits, tensor.bytes.begin());
    EXPECT_THAT(tensor.to_float(), ElementsAre(1.0f, -2.0f, 0x1p-24f, 65504.0f, -0.0f, INFINITY));
    EXPECT_TRUE(std::signbit(tensor.to_float()[4]));
}

TEST(HostTensor, ConvertsBFloat16) {
    HostTensor tensor(DType::kBF16, {4});
    const uint16_t bits[] = {0x3f80, 0xc040, 0x0001, 0x7f80};
    std::copy_n(reinterpret_cast<const std::byte*>(bits), sizeof bits, tensor.bytes.begin());
    EXPECT_THAT(tensor.to_float(), ElementsAre(1.0f, -3.0f, 0x1p-133f, INFINITY));
    EXPECT_EQ(tensor.description(), "BF16 [4]");
}

TEST(HostTensor, WrongTypeNamesBothTypes) {
    TensorMap map = small_map();
    map.source = "net.safetensors";
    EXPECT_THROW(map.at("weight").as<int32_t>(), DataError);
    try {
        map.values<int32_t>("weight");
        FAIL();
    } catch (const DataError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("net.safetensors"), HasSubstr("'weight'"), HasSubstr("F32 [2, 3]"),
                                        HasSubstr("I32")));
    }
    EXPECT_THROW(map.at("wieght"), DataError);
    EXPECT_THROW(map.at("weight").item(), DataError);
    EXPECT_EQ(map.at("alpha").item(), 8.0);
}

TEST(StateHash, ChangesWithNameShapeTypeAndBytesButNotWithMetadata) {
    const TensorMap map = small_map();
    TensorMap other = map;
    other.metadata["more"] = "text";
    EXPECT_EQ(state_hash(other), state_hash(map));
    other.tensors["weight"].shape = {3, 2};
    EXPECT_NE(state_hash(other), state_hash(map));
    other = map;
    other.tensors["codes"].dtype = DType::kU8;
    EXPECT_NE(state_hash(other), state_hash(map));
    other = map;
    other.tensors["weight"].bytes[0] ^= std::byte{1};
    EXPECT_NE(state_hash(other), state_hash(map));
    other = map;
    auto node = other.tensors.extract("weight");
    node.key() = "wait";
    other.tensors.insert(std::move(node));
    EXPECT_NE(state_hash(other), state_hash(map));
}

}  // namespace
}  // namespace f8net
