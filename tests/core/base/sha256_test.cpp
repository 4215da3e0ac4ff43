// SPDX-License-Identifier: Apache-2.0
#include "core/base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {
namespace {

TEST(Sha256, GivesTheSumsOfTheStandard) {
    // FIPS 180-4 examples, and the empty text.
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsOfItsContentAtAnyLength) {
    const std::string path = std::filesystem::temp_directory_path() / "f8net-sha256-test";
    for (const size_t length : {0u, 55u, 56u, 63u, 64u, 65u, 3'000'000u}) {
        const std::string content(length, 'x');
        write_text_file(path, content);
        EXPECT_EQ(sha256_file_hex(path), sha256_hex(content)) << length;
    }
    std::filesystem::remove(path);
    EXPECT_THROW(sha256_file_hex(path), IoError);
}

}  // namespace
}  // namespace f8net
