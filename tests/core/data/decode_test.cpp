// SPDX-License-Identifier: Apache-2.0
#include "core/data/decode.h"

#include <random>

#include "tests/core/data/data_test.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;

Image decoded(const std::string& file, int channels) {
    return decode_image(reinterpret_cast<const uint8_t*>(file.data()), file.size(), channels, "x.img");
}

std::string error_of(const std::string& file) {
    return data_error([&] { decoded(file, 3); });
}

void expect_near(const Image& got, const Image& expected, int tolerance) {
    ASSERT_EQ(got.pixels.size(), expected.pixels.size());
    for (size_t i = 0; i < got.pixels.size(); ++i) ASSERT_NEAR(got.pixels[i], expected.pixels[i], tolerance) << i;
}

TEST(DecodeJpeg, ColourAndGreyInEitherForm) {
    const Image colour = smooth_image(41, 57, 3, 0);
    const Image grey = smooth_image(41, 57, 1, 0);
    expect_near(decoded(jpeg_of(colour, {.quality = 100}), 3), colour, 30);  // colour at half resolution
    expect_near(decoded(jpeg_of(grey, {.quality = 100}), 1), grey, 3);
    const Image grey_as_colour = decoded(jpeg_of(grey, {.quality = 100}), 3);
    const Image colour_as_grey = decoded(jpeg_of(colour, {.quality = 100}), 1);
    ASSERT_EQ(grey_as_colour.channels, 3);
    ASSERT_EQ(colour_as_grey.channels, 1);
    for (size_t i = 0; i < grey.pixels.size(); ++i) {
        ASSERT_NEAR(grey_as_colour.pixels[3 * i], grey.pixels[i], 3);
        ASSERT_EQ(grey_as_colour.pixels[3 * i], grey_as_colour.pixels[3 * i + 2]);
        const uint8_t* p = colour.pixels.data() + 3 * i;
        ASSERT_NEAR(colour_as_grey.pixels[i], 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], 5);
    }
}

TEST(DecodeJpeg, CmykIsTakenAsAdobeWritesIt) {
    Image inks(16, 16, 4);  // 255: no ink
    for (size_t i = 0; i < inks.pixels.size(); i += 4) {
        const uint8_t ink[] = {200, 100, 50, 255};
        std::copy_n(ink, 4, inks.pixels.begin() + static_cast<ptrdiff_t>(i));
    }
    const Image image = decoded(jpeg_of(inks, {.quality = 100}), 3);
    EXPECT_NEAR(image.pixels[0], 200, 3);
    EXPECT_NEAR(image.pixels[1], 100, 3);
    EXPECT_NEAR(image.pixels[2], 50, 3);
}

TEST(DecodeJpeg, EveryTruncationIsAnErrorWithTheName) {
    for (const bool is_progressive : {false, true}) {
        const std::string good = jpeg_of(smooth_image(48, 64, 3, 1), {.is_progressive = is_progressive});
        ASSERT_EQ(error_of(good), "no DataError");
        for (size_t size = 0; size < good.size(); ++size)
            ASSERT_THAT(error_of(good.substr(0, size)), HasSubstr("x.img")) << size << " of " << good.size();
    }
}

TEST(DecodeJpeg, DamagedHeaderDoesNotSpoilTheNextFile) {
    const Image image = smooth_image(20, 20, 1, 0);
    const std::string good = jpeg_of(image, {.quality = 100});
    for (size_t size = 4; size < good.size(); size += 7) {
        error_of(good.substr(0, size));
        ASSERT_NO_THROW(expect_near(decoded(good, 1), image, 3)) << size;
    }
}

TEST(DecodePng, GreyPaletteSixteenBitAlphaAndInterlaced) {
    EXPECT_THAT(decoded(png_of(1, 3, PNG_COLOR_TYPE_GRAY, 8, {0, 128, 255}), 1).pixels, ElementsAre(0, 128, 255));
    EXPECT_THAT(decoded(png_of(1, 2, PNG_COLOR_TYPE_GRAY, 8, {7, 9}), 3).pixels, ElementsAre(7, 7, 7, 9, 9, 9));
    EXPECT_THAT(decoded(png_of(1, 4, PNG_COLOR_TYPE_GRAY, 2, {0b00011011}), 1).pixels, ElementsAre(0, 85, 170, 255));
    // 16 bits a colour: the upper 8.
    EXPECT_THAT(decoded(png_of(1, 1, PNG_COLOR_TYPE_RGB, 16, {0xff, 0xff, 0x12, 0xff, 0x01, 0x00}), 3).pixels,
                ElementsAre(255, 0x12, 1));
    EXPECT_THAT(error_of(png_of(1, 1, PNG_COLOR_TYPE_GRAY, 16, {0xff, 0xff})),
                AllOf(HasSubstr("x.img"), HasSubstr("grey PNG of 16 bits"), HasSubstr("save it with 8 bits")));
    EXPECT_THAT(decoded(png_of(1, 2, PNG_COLOR_TYPE_PALETTE, 8, {1, 0}, {{10, 20, 30}, {200, 100, 50}}), 3).pixels,
                ElementsAre(200, 100, 50, 10, 20, 30));
    // 299, 587, 114 per mille of (200, 100, 50).
    EXPECT_THAT(decoded(png_of(1, 1, PNG_COLOR_TYPE_PALETTE, 8, {0}, {{200, 100, 50}}), 1).pixels, ElementsAre(124));
    EXPECT_THAT(decoded(png_of(1, 1, PNG_COLOR_TYPE_RGB_ALPHA, 8, {1, 2, 3, 0}), 3).pixels, ElementsAre(1, 2, 3));
    EXPECT_THAT(decoded(png_of(1, 1, PNG_COLOR_TYPE_GRAY_ALPHA, 8, {9, 0}), 1).pixels, ElementsAre(9));
    const Image image = smooth_image(19, 23, 3, 2);
    EXPECT_EQ(decoded(png_of(image), 3), image);
    EXPECT_EQ(decoded(png_of(19, 23, PNG_COLOR_TYPE_RGB, 8, image.pixels, {}, true), 3), image);
}

TEST(DecodePng, EveryTruncationIsAnErrorWithTheName) {
    const std::string good = png_of(smooth_image(20, 20, 3, 1));
    for (size_t size = 0; size < good.size(); ++size)
        ASSERT_THAT(error_of(good.substr(0, size)), HasSubstr("x.img")) << size;
}

TEST(DecodeImage, MutatedFilesNeverCrash) {
    const unsigned seed = 11;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (const std::string& good :
         {jpeg_of(smooth_image(24, 24, 3, 1)), jpeg_of(smooth_image(24, 24, 3, 1), {.is_progressive = true}),
          png_of(smooth_image(24, 24, 3, 1))}) {
        for (int round = 0; round < 1000; ++round) {
            std::string bad = good;
            for (unsigned n = random() % 4 + 1; n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
            ASSERT_THAT(error_of(bad), AnyOf(Eq("no DataError"), HasSubstr("x.img"))) << round;
        }
    }
}

TEST(DecodeImage, NeitherJpegNorPngAndHugeSizesAreErrors) {
    EXPECT_THAT(error_of("GIF89a, or what it may be"), AllOf(HasSubstr("x.img"), HasSubstr("neither JPEG nor PNG")));
    EXPECT_THAT(error_of(""), HasSubstr("neither"));
    const auto claimed = [](const char* size) {
        std::string file = jpeg_of(smooth_image(16, 16, 3, 1));
        const size_t frame = file.find("\xff\xc0");
        return file.replace(frame + 5, 4, size, 4);
    };
    EXPECT_EQ(error_of(claimed("\0\x10\0\x10")), "no DataError");
    EXPECT_THAT(error_of(claimed("\xff\xdc\xff\xdc")), AllOf(HasSubstr("65500 x 65500"), HasSubstr("limit of 2^27")));
    // 100 million pixels are within the limit, but not in so few bytes.
    EXPECT_THAT(error_of(claimed("\x27\x10\x27\x10")),
                AllOf(HasSubstr("10000 x 10000"), HasSubstr("cannot be in a file of")));
    std::string png = png_of(smooth_image(16, 16, 3, 1));
    png.replace(16, 8, "\0\0\x27\x10\0\0\x27\x10", 8);
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(png.data() + 12), 17);
    for (int i = 0; i < 4; ++i) png[29 + static_cast<size_t>(i)] = static_cast<char>(crc >> (24 - 8 * i) & 0xff);
    EXPECT_THAT(error_of(png), AllOf(HasSubstr("10000 x 10000"), HasSubstr("cannot be in a file of")));
    EXPECT_THAT(data_error([] { decode_image(nullptr, 0, 2, "x.img"); }), HasSubstr("2 channels"));
}

TEST(DecodeJpeg, PartsAreCropsOfTheWhole) {
    const unsigned seed = 5;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 300; ++round) {
        Image image = smooth_image(1 + below(90), 1 + below(120), round % 5 == 0 ? 1 : 3, round);
        for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(value + random() % 16);
        const JpegForm form{.is_progressive = below(4) == 0, .h = 1 + below(2), .v = 1 + below(2)};
        const std::string file = jpeg_of(image, form);
        Box box{below(image.height), below(image.width), 0, 0};
        box.height = 1 + below(image.height - box.top);
        box.width = 1 + below(image.width - box.left);
        const auto* data = reinterpret_cast<const uint8_t*>(file.data());
        const Image part = decode_jpeg(data, file.size(), image.channels, "x.jpg", [&](ImageSize size) {
            EXPECT_EQ(size, image.size());
            return box;
        });
        ASSERT_EQ(part, crop(decoded(file, image.channels), box))
            << round << ": " << image.height << "x" << image.width << " sampled " << form.h << "x" << form.v
            << ", part " << box.top << "," << box.left << " " << box.height << "x" << box.width;
    }
}

TEST(DecodeJpeg, PartOfATruncatedFileIsAnErrorToo) {
    for (const bool is_progressive : {false, true}) {
        const std::string good = jpeg_of(smooth_image(64, 64, 3, 1), {.is_progressive = is_progressive});
        for (size_t size = 4; size < good.size(); ++size) {
            const auto* data = reinterpret_cast<const uint8_t*>(good.data());
            const auto top = [](ImageSize) { return Box{0, 0, 8, 8}; };
            ASSERT_THAT(data_error([&] { decode_jpeg(data, size, 3, "x.jpg", top); }), HasSubstr("x.jpg"))
                << size << " of " << good.size();
        }
    }
}

}  // namespace
}  // namespace f8net
