// SPDX-License-Identifier: Apache-2.0
// What nobody's torch.save writes, and somebody else might.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/tensorfile/memory_budget.h"
#include "core/tensorfile/pth.h"
#include "tests/core/tensorfile/peak_memory.h"
#include "tests/core/tensorfile/pth_files.h"

namespace f8net {
namespace {

using namespace f8net::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kGolden = F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1";

/// Reads the file within the memory that is promised; "no error" where it can be read.
std::string error_of(const std::string& file) {
    const PeakMemory memory;
    std::string message = "no error";
    try {
        parse_pth(file.data(), file.size(), "x.pth");
    } catch (const DataError& error) {
        message = error.what();
    }
    const int64_t promised = MemoryBudget::kTimesFileSize * static_cast<int64_t>(file.size()) + MemoryBudget::kBesides;
    EXPECT_LE(memory.bytes(), promised + 200'000) << message;  // besides: the error's texts, a window of the file
    return message;
}

std::string dictionary(const std::string& items) {
    return kPickleBegin + "}(" + items + "u.";
}

std::string repeated(const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
}

/// A whole checkpoint of one tensor of two elements.
const std::string kGood = dictionary(unicode("w") + tensor_pickle(2, 0, {2}, {1}));

TEST(HostilePth, TensorsOutsideTheirStorageAreErrors) {
    const auto with = [](int64_t stored, int64_t offset, const std::vector<int64_t>& sizes,
                         const std::vector<int64_t>& strides) {
        return error_of(
            file_of(dictionary(unicode("w") + tensor_pickle(stored, offset, sizes, strides)), floats({1, 2, 3, 4})));
    };
    constexpr int64_t kHuge = int64_t{1} << 62;
    EXPECT_EQ(with(4, 0, {4}, {1}), "no error");
    EXPECT_EQ(with(4, 3, {1, 1}, {100, kHuge}), "no error");  // strides of single elements are never walked
    EXPECT_THAT(with(4, 1, {4}, {1}), AllOf(HasSubstr("x.pth"), HasSubstr("'w'"), HasSubstr("outside")));
    EXPECT_THAT(with(4, 0, {2}, {4}), HasSubstr("outside"));
    EXPECT_EQ(with(4, 0, {200, 200}, {0, 0}), "no error");
    EXPECT_THAT(with(4, 0, {int64_t{1} << 40}, {0}), HasSubstr("more data than"));
    EXPECT_THAT(with(4, 5, {}, {}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 4, {}, {}), HasSubstr("outside"));
    EXPECT_THAT(with(4, -1, {2}, {1}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 3, {2}, {-1}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 0, {2}, {kHuge}), HasSubstr("outside"));
    EXPECT_THAT(with(4, 0, {-2}, {1}), HasSubstr("negative"));
    EXPECT_THAT(with(4, 0, {kHuge, 4}, {1, 1}), HasSubstr("too many"));
    EXPECT_THAT(with(4, 0, {kHuge}, {0}), HasSubstr("too many"));
    EXPECT_THAT(with(kHuge, 0, {4}, {1}), HasSubstr("'w'"));
    EXPECT_THAT(with(-4, 0, {4}, {1}), HasSubstr("-4 elements"));
    EXPECT_THAT(with(5, 0, {5}, {1}), HasSubstr("16 bytes, expected 20"));
    EXPECT_THAT(with(4, 0, {2, 2}, {2}), HasSubstr("differ in number"));
    EXPECT_THAT(with(4, 0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1)), HasSubstr("65 dimensions"));
}

TEST(HostilePth, CallsAreInertAndUnknownOpcodesRefused) {
    const std::string touch = unicode("touch /tmp/f8net-pth-was-run");
    for (const std::string& call :
         {"cos\nsystem\n(" + touch + "tR", "cposix\nsystem\n(" + touch + "tR", "cbuiltins\nexec\n(" + touch + "tR",
          unicode("os") + unicode("system") + "\x93(" + touch + "tR", "cos\nsystem\n(" + touch + "t\x81",
          "ctorch\nload\n(" + touch + "tR", "cos\nsystem\n)\x81}" + unicode("a") + touch + "sb"}) {
        EXPECT_EQ(error_of(file_of(dictionary(unicode("w") + tensor_pickle(2, 0, {2}, {1}) + unicode("x") + call),
                                   floats({1, 2}))),
                  "no error");
        EXPECT_THAT(error_of(file_of(kPickleBegin + call + ".", "")), HasSubstr("x.pth: holds"));
    }
    // The opcodes that name and call in one, and the registry of extensions.
    for (const std::string& call : {"(" + touch + "ios\nsystem\n", "(cos\nsystem\n" + touch + "o",
                                    std::string("\x82\x01"), std::string("\x95"), std::string("P0\n")}) {
        EXPECT_THAT(error_of(file_of(dictionary(unicode("x") + call), "")), HasSubstr("x.pth: net/data.pkl: byte "));
    }
    EXPECT_FALSE(std::filesystem::exists("/tmp/f8net-pth-was-run"));
}

TEST(HostilePth, TensorsOfKindsThatAreNotReadAreErrorsAndNotLeftOut) {
    EXPECT_THAT(error_of(file_of(dictionary(unicode("w") + "ctorch._utils\n_rebuild_qtensor\n)R"), "")),
                AllOf(HasSubstr("'w'"), HasSubstr("_rebuild_qtensor")));
    std::string complex = kGood;
    complex.replace(complex.find("FloatStorage"), 12, "ComplexFloatStorage");
    EXPECT_THAT(error_of(file_of(complex, floats({1, 2}))), AllOf(HasSubstr("'w'"), HasSubstr("ComplexFloatStorage")));
}

TEST(HostilePth, CirclesAndDeepNestingEnd) {
    EXPECT_THAT(error_of(file_of(kPickleBegin + "}q\x01" + unicode("a") + "h\x01s.", "")), HasSubstr("circles"));
    EXPECT_THAT(error_of(file_of(dictionary(unicode("a") + ")" + repeated("\x85", 10000)), "")), HasSubstr("circles"));
    EXPECT_THAT(error_of(file_of(dictionary(unicode("a") + repeated("]", 1) + repeated("](", 5000)), "")),
                HasSubstr("x.pth"));
}

TEST(HostilePth, BombsEndWithinTheirMemoryAndTime) {
    const auto begin = std::chrono::steady_clock::now();
    // Ten lists, each holding the former ten times.
    std::string laughs = unicode("a") + "]N\x61";
    for (int level = 0; level < 10; ++level) laughs += "q\x02](" + repeated("h\x02", 10) + "e";
    EXPECT_THAT(error_of(file_of(dictionary(laughs), "")), HasSubstr("values within values"));
    // The same of numbers, which would be a tensor each.
    laughs.replace(laughs.find('N'), 1, "G@@@@@@@@");
    EXPECT_THAT(error_of(file_of(dictionary(laughs), "")), HasSubstr("more data than"));

    // One long list of pairs, made into a dictionary again and again.
    const std::string pairs =
        unicode("a") + "](" + repeated("K\x01K\x02\x86", 20000) + "eq\x01" + "ccollections\nOrderedDict\nq\x02";
    EXPECT_THAT(error_of(file_of(dictionary(pairs + repeated("h\x02h\x01\x85R", 20000)), "")),
                HasSubstr("more data than"));
    // One long list of numbers, seen again and again.
    const std::string numbers =
        unicode("a") + "](" + repeated("K\x01", 20000) + "eq\x01" + unicode("b") + "](" + repeated("h\x01", 20000);
    EXPECT_THAT(error_of(file_of(dictionary(numbers + "e"), "")), HasSubstr("more data than"));

    // A long name for every element of a list; a long key for every storage; a long name for every class.
    const std::string long_text = unicode(std::string(100'000, 'k')) + "q\x01";
    EXPECT_THAT(error_of(file_of(dictionary(long_text + "](" + repeated("G@@@@@@@@", 10000) + "e"), "")),
                HasSubstr("100000 bytes"));
    const std::string storage = "(" + unicode("storage") + "ctorch\nFloatStorage\nh\x01" + unicode("cpu") + "K\x01tQ";
    EXPECT_THAT(error_of(file_of(dictionary(long_text + "](" + repeated(storage, 10000) + "e"), "")),
                HasSubstr("256 bytes"));
    EXPECT_THAT(error_of(file_of(dictionary(long_text + "](" + repeated("h\x01h\x01\x93", 10000) + "e"), "")),
                HasSubstr("256 bytes"));
    EXPECT_THAT(error_of(file_of("\x80\x02"
                                 "c" +
                                     std::string(100'000, 'k') + "\n",
                                 "")),
                HasSubstr("256 bytes"));

    // Many values of one byte, packed a thousand times.
    for (const char* opcode : {"]", "N", "(", "}", ")"}) {
        EXPECT_THAT(error_of(file_of(kPickleBegin + repeated(opcode, 30'000'000), "", {.deflate = true})),
                    HasSubstr("more data than"));
    }
    EXPECT_THAT(error_of(file_of(kPickleBegin + "N" + repeated("2", 10'000'000), "", {.deflate = true})),
                HasSubstr("more data than"));
    // A memo entry far beyond the file.
    EXPECT_THAT(error_of(file_of(dictionary(unicode("a") + "Nr\xff\xff\xff\xff"), "")), HasSubstr("4294967295"));
    // One storage under very many names.
    std::string views;
    for (int i = 0; i < 2000; ++i) views += unicode("w" + std::to_string(i)) + "h\x03";
    std::string tensor = tensor_pickle(50000, 0, {50000}, {1});
    EXPECT_THAT(error_of(file_of(dictionary(unicode("w") + tensor + "q\x03" + views), std::string(200'000, '\0'))),
                HasSubstr("more data than"));
    // Texts that claim more than there is.
    EXPECT_THAT(error_of(file_of(kPickleBegin + "X\xff\xff\xff\xff"
                                                "a.",
                                 "")),
                HasSubstr("ends early"));
    EXPECT_THAT(error_of(file_of(kPickleBegin + "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                                                "a.",
                                 "")),
                HasSubstr("ends early"));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_LT(seconds, 60);
}

TEST(HostilePth, NamesThatAreThereTwiceAreErrors) {
    const std::string w = unicode("w") + tensor_pickle(2, 0, {2}, {1});
    EXPECT_THAT(error_of(file_of(dictionary(w + w), floats({1, 2}))), HasSubstr("'w' is there twice"));
    EXPECT_THAT(
        error_of(file_of(dictionary(unicode("a.b") + "K\x01" + unicode("a") + "}" + unicode("b") + "K\x02s"), "")),
        HasSubstr("'a.b' is there twice"));
}

TEST(HostilePth, ZipEntriesThatShareNamesOrBytesAreRefused) {
    const std::string data = floats({1, 2});
    EXPECT_EQ(error_of(file_of(kGood, data)), "no error");
    EXPECT_THAT(error_of(zip({{"net/data.pkl", kGood}, {"net/data/0", data}, {"net/data/0", floats({3, 4})}})),
                AllOf(HasSubstr("net/data/0"), HasSubstr("twice")));
    EXPECT_THAT(error_of(zip({{"net/data.pkl", kGood}, {"net/data/0", data}, {"two/data.pkl", kGood}})),
                AllOf(HasSubstr("net/data.pkl"), HasSubstr("two/data.pkl")));
    // The last entry of the directory comes to lie in the first one's bytes.
    std::string overlapping = file_of(kGood, data);
    const size_t central = overlapping.rfind("PK\x01\x02");
    const uint32_t offset = 3;
    overlapping.replace(central + 42, 4, reinterpret_cast<const char*>(&offset), 4);
    EXPECT_THAT(error_of(overlapping), HasSubstr("overlaps"));
    // A file within a file: the inner one's entry is listed by the outer one too.
    const std::string inner = zip({{"net/data/0", data}});
    std::string outer = zip({{"net/data.pkl", kGood}, {"net/data/0", inner}});
    const auto inside = static_cast<uint32_t>(outer.find(inner));
    const std::string extra = inner.substr(inner.find("PK\x01\x02"), 46 + 10);
    std::string hostile_extra = extra;
    hostile_extra.replace(42, 4, reinterpret_cast<const char*>(&inside), 4);
    hostile_extra.replace(46, 10, "net/data/1");
    const size_t directory = outer.rfind("PK\x01\x02", outer.rfind("PK\x01\x02") - 1);
    outer.insert(directory, hostile_extra);
    const size_t end = outer.rfind("PK\x05\x06");
    outer[end + 8] = outer[end + 10] = 3;
    outer[end + 12] = static_cast<char>(outer[end + 12] + 56);
    EXPECT_THAT(error_of(outer), AllOf(HasSubstr("x.pth"), HasSubstr("net/data/1")));
}

TEST(HostilePth, LocalHeadersMustSayWhatTheDirectorySays) {
    for (const auto& [place, what] :
         std::vector<std::pair<size_t, std::string>>{{8, "\x08"}, {26, "\x05"}, {30, "m"}}) {
        std::string file = file_of(kGood, floats({1, 2}));
        file.replace(file.rfind("PK\x03\x04") + place, what.size(), what);
        EXPECT_THAT(error_of(file), HasSubstr("its header is not what the directory says"));
    }
    std::string longer = file_of(kGood, floats({1, 2}));
    longer.replace(longer.rfind("PK\x03\x04") + 28, 2, "\xff\xff");  // the extra field's length
    EXPECT_THAT(error_of(longer), AllOf(HasSubstr("net/data/0"), HasSubstr("does not fit")));
}

TEST(HostilePth, DirectoriesThatHideEntriesAreRefused) {
    std::string file = file_of(kGood, floats({1, 2}));
    const size_t end = file.rfind("PK\x05\x06");
    file[end + 8] = file[end + 10] = 2;
    EXPECT_THAT(error_of(file), HasSubstr("more than its entries"));
    file[end + 8] = file[end + 10] = 9;
    EXPECT_THAT(error_of(file), HasSubstr("zip directory"));
    // An end record inside the comment is not the end.
    const std::string good = file_of(kGood, floats({1, 2}), {.comment = "a comment"});
    EXPECT_EQ(error_of(good), "no error");
    const std::string twice =
        file_of(kGood, floats({1, 2}), {.comment = std::string("PK\x05\x06", 4) + "comment of some bytes"});
    EXPECT_EQ(error_of(twice), "no error");
}

TEST(HostilePth, CompressedSizesThatLieAreRefusedBeforeMemoryIsTaken) {
    const std::string good = file_of(kGood, floats({1, 2}), {.deflate = true});
    EXPECT_EQ(error_of(good), "no error");
    const size_t central = good.find("PK\x01\x02");
    ASSERT_NE(central, std::string::npos);
    for (const uint32_t claim : {0xfffffffeu, 100'000'000u, 1'000u, static_cast<uint32_t>(kGood.size()) + 1,
                                 static_cast<uint32_t>(kGood.size()) - 1, 0u}) {
        std::string file = good;
        file.replace(central + 24, 4, reinterpret_cast<const char*>(&claim), 4);
        EXPECT_THAT(error_of(file), HasSubstr("net/data.pkl")) << claim;
        file = good;
        file.replace(central + 20, 4, reinterpret_cast<const char*>(&claim), 4);
        EXPECT_THAT(error_of(file), HasSubstr("x.pth")) << claim;
    }
}

TEST(HostilePth, LegacyStoragesThatAreNotThereAreErrors) {
    const std::string pickle = dictionary(unicode("w") + tensor_pickle(2, 0, {2}, {1}, "94", true));
    const std::string data = floats({1, 2});
    EXPECT_EQ(error_of(legacy_file(pickle, {{"94", 2, data}})), "no error");
    EXPECT_THAT(error_of(legacy_file(pickle, {})), AllOf(HasSubstr("'w'"), HasSubstr("missing")));
    EXPECT_THAT(error_of(legacy_file(pickle, {{"95", 2, data}})), HasSubstr("belongs to no tensor"));
    EXPECT_THAT(error_of(legacy_file(pickle, {{"94", 1, data}})), HasSubstr("4 bytes, expected 8"));
    for (const int64_t count : {int64_t{3}, int64_t{-1}, INT64_MAX, int64_t{1} << 40})
        EXPECT_THAT(error_of(legacy_file(pickle, {{"94", count, data}})), HasSubstr("outside the file"));
    EXPECT_THAT(error_of(legacy_file(pickle, {{"94", 2, data}, {"94", 2, data}})), HasSubstr("twice"));
    EXPECT_THAT(error_of(legacy_file(pickle, {{"94", 2, data}}, false)), HasSubstr("byte order"));
    const std::string whole = legacy_file(pickle, {{"94", 2, data}});
    for (size_t size = 0; size < whole.size(); ++size) EXPECT_THAT(error_of(whole.substr(0, size)), HasSubstr("x.pth"));
}

TEST(HostilePth, DamagedBytesNeverLoadAndNeverCrash) {
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

TEST(HostilePth, MutatedPicklesWithRightChecksumsNeverCrash) {
    // Through the zip's checksum into the unpickler itself.
    const std::string pickle = kPickleBegin + "}(" + unicode("model") + "}" + unicode("module.w") +
                               tensor_pickle(7, 1, {3, 2}, {1, 3}) + "s" + unicode("last_epoch") + "K\x07u.";
    const std::string data = floats({9, 0, 1, 2, 3, 4, 5});
    const unsigned seed = 5;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int errors = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string bad = pickle;
        for (unsigned n = random() % 3 + 1; n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
        errors += error_of(file_of(bad, data)) != "no error";
        error_of(legacy_file(bad, {{"0", 7, data}}));
    }
    EXPECT_GT(errors, 10000);
    for (size_t size = 0; size < pickle.size(); ++size)
        EXPECT_NE(error_of(file_of(pickle.substr(0, size), floats({1}))), "no error");
}

TEST(HostilePth, FlippedByteInATensorsDataIsAnErrorThatNamesTheEntry) {
    std::string file = file_of(kGood, floats({1.25f, 2.5f}));
    const size_t at = file.find(floats({1.25f, 2.5f}));
    ASSERT_NE(at, std::string::npos);
    file[at + 2] ^= 4;
    EXPECT_THAT(error_of(file), AllOf(HasSubstr("net/data/0"), HasSubstr("checksum")));
}

}  // namespace
}  // namespace f8net
