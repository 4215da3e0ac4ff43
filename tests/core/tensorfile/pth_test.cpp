// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pth.h"

#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1";

template <typename T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string deflated(const std::string& data) {
    std::string out(data.size() + 1000, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// A zip archive of these entries, written by hand so that the reader is not tested against itself.
std::string zip(const std::vector<std::pair<std::string, std::string>>& entries, bool deflate_entries = false) {
    std::string out, directory;
    for (const auto& [name, data] : entries) {
        const std::string packed = deflate_entries ? deflated(data) : data;
        std::string common;
        put<uint16_t>(common, 20);
        put<uint16_t>(common, 0);
        put<uint16_t>(common, deflate_entries ? 8 : 0);
        put<uint32_t>(common, 0);
        put<uint32_t>(common, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(data.data()),
                                                          static_cast<uInt>(data.size()))));
        put<uint32_t>(common, static_cast<uint32_t>(packed.size()));
        put<uint32_t>(common, static_cast<uint32_t>(data.size()));
        put<uint16_t>(common, static_cast<uint16_t>(name.size()));
        put<uint16_t>(common, 0);
        put<uint32_t>(directory, 0x02014b50);
        put<uint16_t>(directory, 20);
        directory += common;
        put<uint16_t>(directory, 0);
        put<uint16_t>(directory, 0);
        put<uint16_t>(directory, 0);
        put<uint32_t>(directory, 0);
        put<uint32_t>(directory, static_cast<uint32_t>(out.size()));
        directory += name;
        put<uint32_t>(out, 0x04034b50);
        out += common + name + packed;
    }
    const auto offset = static_cast<uint32_t>(out.size());
    out += directory;
    put<uint32_t>(out, 0x06054b50);
    put<uint32_t>(out, 0);
    put<uint16_t>(out, static_cast<uint16_t>(entries.size()));
    put<uint16_t>(out, static_cast<uint16_t>(entries.size()));
    put<uint32_t>(out, static_cast<uint32_t>(directory.size()));
    put<uint32_t>(out, offset);
    put<uint16_t>(out, 0);
    return out;
}

std::string unicode(const std::string& text) {
    std::string out = "X";
    put<uint32_t>(out, static_cast<uint32_t>(text.size()));
    return out + text;
}

/// A float tensor over storage '0' of `stored` elements, as torch.save writes it (sizes and offset below 256).
std::string tensor_pickle(int stored, int offset, const std::vector<int>& sizes, const std::vector<int>& strides) {
    const auto number = [](int value) { return std::string("K") + static_cast<char>(value); };
    const auto tuple = [&](const std::vector<int>& values) {
        std::string out = "(";
        for (const int value : values) out += number(value);
        return out + "t";
    };
    return "ctorch._utils\n_rebuild_tensor_v2\n((" + unicode("storage") + "ctorch\nFloatStorage\n" + unicode("0") +
           unicode("cuda:0") + number(stored) + "tQ" + number(offset) + tuple(sizes) + tuple(strides) +
           "\x89"
           "ccollections\nOrderedDict\n)RtR";
}

std::string file_of(const std::string& pickle, const std::string& storage, bool deflate_entries = false) {
    return zip({{"net/data.pkl", pickle}, {"net/byteorder", "little"}, {"net/data/0", storage}}, deflate_entries);
}

std::string floats(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::string error_of(const std::string& file) {
    try {
        parse_pth(file.data(), file.size(), "x.pth");
    } catch (const DataError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Pth, HoldsTheSameTensorsAsTheGoldenSafetensors) {
    const PthCheckpoint pth = read_pth(kGolden + ".pth");
    const TensorMap expected = read_safetensors(kGolden + ".safetensors");
    EXPECT_THAT(pth.keys, ElementsAre("model"));
    ASSERT_EQ(pth.model.tensors.size(), expected.tensors.size());
    for (const auto& [name, tensor] : expected.tensors) {
        const std::string stored = pth.model.contains(name) ? name : "module." + name;
        EXPECT_EQ(pth.model.at(stored), tensor) << name;
    }
}

TEST(Pth, ReadsStridedViewsOfAStorageOnAGpu) {
    // Transposed 2 x 3 view from element 1 on: the bytes are gathered.
    const std::string pickle = "\x80\x02}(" + unicode("w") + tensor_pickle(7, 1, {3, 2}, {1, 3}) + "u.";
    for (const bool deflate_entries : {false, true}) {
        const std::string file = file_of(pickle, floats({9, 0, 1, 2, 3, 4, 5}), deflate_entries);
        const PthCheckpoint pth = parse_pth(file.data(), file.size(), "x.pth");
        EXPECT_EQ(pth.model.at("w").shape, (std::vector<int64_t>{3, 2}));
        EXPECT_THAT(pth.model.values<float>("w"), ElementsAre(0, 3, 1, 4, 2, 5));
    }
}

TEST(Pth, TakesTheModelAndFlattensTheRestWithoutUnknownClasses) {
    std::string real = "G";
    put<uint64_t>(real, __builtin_bswap64(std::bit_cast<uint64_t>(71.5)));
    const std::string pickle = "\x80\x02}(" + unicode("model") + "}" + unicode("module.w") +
                               tensor_pickle(2, 0, {2}, {1}) + "s" + unicode("last_epoch") + "K\x07" +
                               unicode("best_val") + real + unicode("meters") + "cos\nsystem\n(" +
                               unicode("touch /tmp/f8net-pth-was-run") + "tR" + unicode("params") +
                               "](K\x01K\x02"
                               "eu.";
    const std::string file = file_of(pickle, floats({1, 2}));
    const PthCheckpoint pth = parse_pth(file.data(), file.size(), "x.pth");
    EXPECT_THAT(pth.keys, ElementsAre("model", "last_epoch", "best_val", "meters", "params"));
    EXPECT_THAT(pth.model.values<float>("module.w"), ElementsAre(1, 2));
    EXPECT_EQ(pth.other.at("last_epoch").item(), 7);
    EXPECT_EQ(pth.other.at("best_val").item(), 71.5);
    EXPECT_THAT(pth.other.values<int64_t>("params"), ElementsAre(1, 2));
    EXPECT_FALSE(pth.other.contains("meters"));
    EXPECT_FALSE(std::filesystem::exists("/tmp/f8net-pth-was-run"));
}

TEST(Pth, TensorsOutsideTheirStorageAreErrors) {
    const auto with = [](int stored, int offset, const std::vector<int>& sizes, const std::vector<int>& strides) {
        return error_of(file_of("\x80\x02}(" + unicode("w") + tensor_pickle(stored, offset, sizes, strides) + "u.",
                                floats({1, 2, 3, 4})));
    };
    EXPECT_EQ(with(4, 0, {4}, {1}), "no error");
    EXPECT_THAT(with(4, 1, {4}, {1}), AllOf(HasSubstr("x.pth"), HasSubstr("'w'"), HasSubstr("outside")));
    EXPECT_THAT(with(4, 0, {2}, {4}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 0, {200, 200}, {0, 0}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 5, {}, {}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 4, {}, {}), HasSubstr("outside"));
    EXPECT_THAT(with(5, 0, {5}, {1}), HasSubstr("expected 5 elements"));
    EXPECT_THAT(with(4, 0, {2, 2}, {2}), HasSubstr("differ in number"));
}

TEST(Pth, CirclesAndRepeatedReferencesEnd) {
    // A dictionary that holds itself, and ten lists each holding the former ten times.
    EXPECT_THAT(error_of(file_of("\x80\x02}q\x01" + unicode("a") + "h\x01s.", "")), HasSubstr("circles"));
    std::string laughs = "\x80\x02}" + unicode("a") + "]N\x61";
    for (int level = 0; level < 10; ++level) {
        laughs += "q\x02](";
        for (int i = 0; i < 10; ++i) laughs += "h\x02";
        laughs += "e";
    }
    EXPECT_THAT(error_of(file_of(laughs + "s.", "")), HasSubstr("x.pth"));
}

TEST(Pth, DamagedBytesNeverLoadAndNeverCrash) {
    const std::string good = read_text_file(kGolden + ".pth");
    const unsigned seed = 3;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 150; ++round) {
        std::string bad = good;
        for (unsigned n = random() % 4 + 1; n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
        error_of(bad);  // bytes of padding may change without harm
        EXPECT_THAT(error_of(good.substr(0, random() % good.size())), HasSubstr("x.pth"));
        std::string noise(random() % 4096, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        EXPECT_THAT(error_of(noise), HasSubstr("x.pth"));
    }
}

TEST(Pth, MutatedPicklesWithRightChecksumsNeverCrash) {
    // Through the zip's checksum into the unpickler itself.
    const std::string pickle = "\x80\x02}(" + unicode("model") + "}" + unicode("module.w") +
                               tensor_pickle(7, 1, {3, 2}, {1, 3}) + "s" + unicode("last_epoch") + "K\x07u.";
    const unsigned seed = 5;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int errors = 0;
    for (int round = 0; round < 30000; ++round) {
        std::string bad = pickle;
        for (unsigned n = random() % 3 + 1; n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
        errors += error_of(file_of(bad, floats({9, 0, 1, 2, 3, 4, 5}))) != "no error";
    }
    EXPECT_GT(errors, 15000);
    for (size_t size = 0; size < pickle.size(); ++size)
        EXPECT_NE(error_of(file_of(pickle.substr(0, size), floats({1}))), "no error");
}

TEST(Pth, FlippedByteInATensorsDataIsAnErrorThatNamesTheEntry) {
    std::string file =
        file_of("\x80\x02}(" + unicode("w") + tensor_pickle(2, 0, {2}, {1}) + "u.", floats({1.25f, 2.5f}));
    const size_t at = file.find(floats({1.25f, 2.5f}));
    ASSERT_NE(at, std::string::npos);
    file[at + 2] ^= 4;
    EXPECT_THAT(error_of(file), AllOf(HasSubstr("net/data/0"), HasSubstr("checksum")));
}

TEST(Pth, LyingSizesAreRefusedBeforeMemoryIsTaken) {
    std::string file =
        file_of("\x80\x02}(" + unicode("w") + tensor_pickle(2, 0, {2}, {1}) + "u.", floats({1, 2}), true);
    // Central directory: the sizes of the first entry (data.pkl) become 4 GiB - 2.
    const size_t central = file.find("PK\x01\x02");
    ASSERT_NE(central, std::string::npos);
    file.replace(central + 24, 4, "\xfe\xff\xff\xff", 4);
    EXPECT_THAT(error_of(file), HasSubstr("net/data.pkl"));
}

TEST(CheckpointFile, PicksByContent) {
    const auto folder = std::filesystem::temp_directory_path() / ("f8net-checkpoint-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto error = [&](const std::string& content) -> std::string {
        write_text_file((folder / "e.pth").string(), content);
        try {
            load_checkpoint_file((folder / "e.pth").string());
        } catch (const DataError& found) {
            return found.what();
        }
        return "no error";
    };
    EXPECT_EQ(load_checkpoint_file(kGolden + ".pth").tensors.size(),
              load_checkpoint_file(kGolden + ".safetensors").tensors.size());
    EXPECT_THAT(error(""), HasSubstr("e.pth: neither"));
    EXPECT_THAT(error("something else entirely"), HasSubstr("neither"));
    EXPECT_THAT(error("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9"), HasSubstr("before PyTorch 1.6"));
    EXPECT_THAT(error("PK\x03\x04 and no more"), HasSubstr("e.pth"));
    std::filesystem::copy_file(kGolden + ".safetensors", folder / "e.pth",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_GT(load_checkpoint_file((folder / "e.pth").string()).tensors.size(), 100u);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace f8net
