// SPDX-License-Identifier: Apache-2.0
// Pictures decoded, cut and resized here against Pillow, byte for byte. F8NET_TEST_PYTHON names a python with pillow
// and numpy; without it these tests are skipped.
#include <cstdlib>
#include <random>
#include <sstream>

#include "core/data/decode.h"
#include "core/data/resize.h"
#include "core/data/transform.h"
#include "tests/core/data/data_test.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using namespace testing_support;

/// One picture file, as ImageFolder reads it.
class OneFile : public Dataset {
public:
    OneFile(std::string path, int channels) : path_(std::move(path)), channels_(channels) {}
    int64_t size() const override { return 1; }
    const std::vector<std::string>& class_names() const override { return names_; }
    int channels() const override { return channels_; }
    std::optional<ImageSize> image_size() const override { return std::nullopt; }
    Sample get(int64_t index) const override { return get_part(index, {}); }
    Sample get_part(int64_t, const ChoosePart& choose) const override {
        return {decode_image_file(path_, channels_, choose), 0};
    }
    int64_t label(int64_t) const override { return 0; }
    std::string name(int64_t) const override { return path_; }
    std::string fingerprint() const override { return ""; }
    std::string description() const override { return ""; }

private:
    std::string path_;
    int channels_;
    std::vector<std::string> names_;
};

class Pillow : public FolderTest {
protected:
    static constexpr unsigned kSeed = 20;

    void SetUp() override {
        FolderTest::SetUp();
        const char* python = std::getenv("F8NET_TEST_PYTHON");
        if (python == nullptr || *python == 0)
            GTEST_SKIP() << "F8NET_TEST_PYTHON names no python with pillow and numpy";
        write_what_pillow_cannot();
        const std::string command = std::string(python) +
                                    " '" F8NET_SOURCE_DIR "/tests/core/data/pillow_reference.py' '" + path() + "' " +
                                    std::to_string(kSeed);
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
    }

    /// Kinds of files that Pillow reads but does not write.
    void write_what_pillow_cannot() const {
        for (const auto& [h, v] : {std::pair{1, 2}, {4, 1}, {1, 4}, {2, 4}, {4, 2}}) {
            for (const bool is_progressive : {false, true}) {
                const JpegForm form{.quality = 80, .is_progressive = is_progressive, .h = h, .v = v};
                const std::string kind = std::to_string(h) + "x" + std::to_string(v) + (is_progressive ? "p" : "b");
                write("subsampled-" + kind + ".jpg", jpeg_of(noise(77, 93), form));
            }
        }
        const Image deep = noise(20, 6 * 30);  // rows of 16-bit colours
        write("deep.png", png_of(20, 30 * 3, PNG_COLOR_TYPE_RGB, 16, deep.pixels));
        const Image deep_grey = noise(20, 4 * 30);
        write("deep-grey-transparent.png", png_of(20, 30 * 3, PNG_COLOR_TYPE_GRAY_ALPHA, 16, deep_grey.pixels));
        write("two-bits.png", png_of(5, 40, PNG_COLOR_TYPE_GRAY, 2, noise_bytes(50)));
        write("four-bits.png", png_of(5, 40, PNG_COLOR_TYPE_GRAY, 4, noise_bytes(100)));
        write("interlaced.png", png_of(19, 23, PNG_COLOR_TYPE_RGB, 8, noise(19, 23).pixels, {}, true));
    }
    static std::vector<uint8_t> noise_bytes(size_t count) {
        std::mt19937 random(kSeed);
        std::vector<uint8_t> bytes(count);
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
        return bytes;
    }
    static Image noise(int height, int width) {
        Image image = smooth_image(height, width, 3, 1);
        const auto bytes = noise_bytes(image.pixels.size());
        for (size_t i = 0; i < bytes.size(); ++i)
            image.pixels[i] = static_cast<uint8_t>(image.pixels[i] + bytes[i] / 16);
        return image;
    }

    Image expected(const std::string& file, int height, int width, int channels) const {
        Image image(height, width, channels);
        const std::string bytes = read_text_file(path(file));
        EXPECT_EQ(bytes.size(), image.pixels.size()) << file;
        image.pixels.assign(bytes.begin(), bytes.end());
        return image;
    }
};

/// The first pixel that differs, for the message.
std::string difference(const Image& got, const Image& expected) {
    if (got.size() != expected.size() || got.channels != expected.channels) return "size";
    size_t count = 0, first = 0;
    for (size_t i = got.pixels.size(); i-- > 0;) {
        if (got.pixels[i] == expected.pixels[i]) continue;
        ++count;
        first = i;
    }
    if (count == 0) return "";
    const size_t pixel = first / static_cast<size_t>(got.channels), width = static_cast<size_t>(got.width);
    return std::to_string(count) + " bytes; first y " + std::to_string(pixel / width) + " x " +
           std::to_string(pixel % width) + ": " + std::to_string(got.pixels[first]) + " for " +
           std::to_string(expected.pixels[first]);
}

TEST_F(Pillow, SamePixelsDecodedCutAndResized) {
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    std::mt19937 random(kSeed);
    std::istringstream cases(read_text_file(path("cases.txt")));
    int count = 0;
    for (std::string line; std::getline(cases, line); ++count) {
        std::istringstream words(line);
        std::string what, picture, raw;
        words >> what >> picture;
        if (what == "decode") {
            int channels = 0, height = 0, width = 0;
            words >> channels >> height >> width >> raw;
            const Image whole = expected(raw, height, width, channels);
            EXPECT_EQ(difference(decode_image_file(path(picture), channels), whole), "") << line;
            for (int i = 0; i < 20; ++i) {
                const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
                Box box{below(height), below(width), 0, 0};
                box.height = 1 + below(height - box.top);
                box.width = 1 + below(width - box.left);
                const Image part = decode_image_file(path(picture), channels, [&](ImageSize) { return box; });
                EXPECT_EQ(difference(part, crop(whole, box)), "")
                    << line << ": part " << box.top << "," << box.left << " " << box.height << "x" << box.width;
            }
        } else if (what == "resize") {
            int channels = 0, height = 0, width = 0;
            Box box;
            words >> channels >> box.top >> box.left >> box.height >> box.width >> height >> width >> raw;
            const Image part = decode_image_file(path(picture), channels, [&](ImageSize) { return box; });
            EXPECT_EQ(difference(resize(part, {0, 0, box.height, box.width}, height, width),
                                 expected(raw, height, width, channels)),
                      "")
                << line;
        } else {
            ASSERT_EQ(what, "evaluate");
            int shorter = 0, size = 0;
            words >> shorter >> size >> raw;
            const OneFile file(path(picture), 3);
            const ImageTransform transform({.image_size = size, .resize = shorter}, file);
            EXPECT_EQ(difference(transform.evaluate(file, 0).image, expected(raw, size, size, 3)), "") << line;
        }
    }
    EXPECT_GT(count, 1000);
}

}  // namespace
}  // namespace f8net
