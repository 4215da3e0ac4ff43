// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_folder.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AtomicFolders : public ::testing::Test {
protected:
    void SetUp() override {
        place_ = fs::temp_directory_path() / ("f8net-folder-" + std::to_string(::getpid()));
        fs::create_directories(place_);
    }
    void TearDown() override {
        fs::permissions(place_, fs::perms::owner_all);
        fs::remove_all(place_);
    }
    std::string at(const std::string& name) const { return (place_ / name).string(); }
    void write_folder(const std::string& name, const std::string& text) const {
        AtomicFolder folder(at(name), {"build"});
        folder.write("a.txt", text);
        folder.write("below/b.txt", "b");
        folder.commit();
    }
    std::vector<std::string> entries() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(place_)) names.push_back(entry.path().filename().string());
        return names;
    }
    fs::path place_;
};

TEST_F(AtomicFolders, AppearWholeAndReplaceTheirPredecessor) {
    write_folder("out", "first");
    EXPECT_EQ(read_text_file(at("out/a.txt")), "first");
    EXPECT_EQ(read_text_file(at("out/.f8net-files")), "a.txt\nbelow/b.txt\n");
    fs::create_directories(at("out/build"));
    write_text_file(at("out/build/program"), "made by make");
    write_folder("out/", "second");
    EXPECT_EQ(read_text_file(at("out/a.txt")), "second");
    EXPECT_FALSE(fs::exists(at("out/build")));
    EXPECT_THAT(entries(), ::testing::ElementsAre("out"));
}

TEST_F(AtomicFolders, LeaveNothingWithoutCommit) {
    write_folder("out", "first");
    {
        AtomicFolder folder(at("out"));
        folder.write("a.txt", "second");
    }
    EXPECT_EQ(read_text_file(at("out/a.txt")), "first");
    EXPECT_THAT(entries(), ::testing::ElementsAre("out"));
}

TEST_F(AtomicFolders, AreWrittenIntoEmptyOnes) {
    fs::create_directories(at("out"));
    write_folder("out", "first");
    EXPECT_EQ(read_text_file(at("out/a.txt")), "first");
}

TEST_F(AtomicFolders, NeverReplaceFilesOfOthers) {
    fs::create_directories(at("theirs/src"));
    write_text_file(at("theirs/src/main.c"), "int main(void) { return 0; }\n");
    try {
        write_folder("theirs", "x");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("src/main.c"));
    }
    write_folder("ours", "first");
    write_text_file(at("ours/notes.txt"), "mine");
    EXPECT_THROW(write_folder("ours", "second"), ConfigError);
    EXPECT_EQ(read_text_file(at("ours/notes.txt")), "mine");
    EXPECT_EQ(read_text_file(at("ours/a.txt")), "first");
    write_text_file(at("file"), "");
    EXPECT_THROW(write_folder("file", "x"), ConfigError);
    EXPECT_EQ(entries().size(), 3u);
}

TEST_F(AtomicFolders, SayWherePlacesCannotBeWritten) {
    EXPECT_THROW(write_folder("nowhere/out", "x"), IoError);
}

TEST_F(AtomicFolders, SayWhereTheyMayNotBeWritten) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    fs::permissions(place_, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THROW(write_folder("out", "x"), IoError);
}

TEST_F(AtomicFolders, HaveSizeAndHashAsOneArtifact) {
    write_folder("one", "text");
    write_folder("two", "text");
    EXPECT_EQ(size_on_disk(at("one/a.txt")), 4);
    EXPECT_EQ(size_on_disk(at("one")), 4 + 1 + static_cast<int64_t>(std::string("a.txt\nbelow/b.txt\n").size()));
    EXPECT_EQ(hash_path_hex(at("one")), hash_path_hex(at("two")));
    write_folder("two", "Text");
    EXPECT_NE(hash_path_hex(at("one")), hash_path_hex(at("two")));
    fs::rename(at("one/a.txt"), at("one/c.txt"));
    EXPECT_NE(hash_path_hex(at("one")), hash_path_hex(at("two")));
    EXPECT_THROW(size_on_disk(at("nothing")), IoError);
}

}  // namespace
}  // namespace f8net
