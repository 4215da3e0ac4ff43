// SPDX-License-Identifier: Apache-2.0
// libpng reports errors by longjmp: the function that sets the jump has nothing but plain variables, and what must
// outlive it is owned by the caller.
#include <png.h>

#include <cstring>
#include <vector>

#include "core/base/error.h"
#include "core/data/decode.h"

namespace f8net {

namespace {

struct Reading {
    const uint8_t* data;
    size_t left;
    char message[160];
    png_structp png;
    png_infop info;
    png_uint_32 width;
    png_uint_32 height;
    int pixel_bits;  // as stored
    bool is_deep_grey;
    png_bytep* rows;  // set by the caller between the two steps
};

void on_error(png_structp png, png_const_charp message) {
    auto* reading = static_cast<Reading*>(png_get_error_ptr(png));
    std::strncpy(reading->message, message, sizeof reading->message - 1);
    png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}  // unknown colour profiles and the like

void on_read(png_structp png, png_bytep to, size_t count) {
    auto* reading = static_cast<Reading*>(png_get_io_ptr(png));
    if (count > reading->left) png_error(png, "truncated");
    std::memcpy(to, reading->data, count);
    reading->data += count;
    reading->left -= count;
}

bool read_header(Reading& reading) {
    if (setjmp(png_jmpbuf(reading.png))) return false;
    png_set_read_fn(reading.png, &reading, on_read);
    png_set_user_limits(reading.png, 65500, 65500);
    png_set_chunk_malloc_max(reading.png, 8u << 20);
    png_set_chunk_cache_max(reading.png, 64);
    png_set_crc_action(reading.png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_read_info(reading.png, reading.info);
    reading.width = png_get_image_width(reading.png, reading.info);
    reading.height = png_get_image_height(reading.png, reading.info);
    reading.pixel_bits = png_get_bit_depth(reading.png, reading.info) * png_get_channels(reading.png, reading.info);
    reading.is_deep_grey = png_get_color_type(reading.png, reading.info) == PNG_COLOR_TYPE_GRAY &&
                           png_get_bit_depth(reading.png, reading.info) == 16;
    png_set_strip_16(reading.png);
    png_set_expand(reading.png);  // palettes to colour, 1, 2, 4 bits to 8, a transparent colour to alpha
    png_set_strip_alpha(reading.png);
    png_set_interlace_handling(reading.png);
    png_read_update_info(reading.png, reading.info);
    return true;
}

bool read_pixels(Reading& reading) {
    if (setjmp(png_jmpbuf(reading.png))) return false;
    png_read_image(reading.png, reading.rows);
    png_read_end(reading.png, nullptr);
    return true;
}

struct ClosePng {
    Reading& reading;
    ~ClosePng() { png_destroy_read_struct(&reading.png, &reading.info, nullptr); }
};

}  // namespace

Image decode_png(const uint8_t* data, size_t size_bytes, int channels, const std::string& name) {
    Reading reading{};
    reading.data = data;
    reading.left = size_bytes;
    reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning);
    const ClosePng close{reading};
    if (reading.png) reading.info = png_create_info_struct(reading.png);
    if (!reading.info) throw DataError(name + ": no PNG decoder");
    const auto fail = [&] { return DataError(name + ": PNG is damaged or truncated: " + reading.message); };
    if (!read_header(reading)) throw fail();
    if (reading.is_deep_grey)
        throw DataError(name +
                        ": grey PNG of 16 bits: what of it is black and white nobody has said; save it with 8 bits");
    // Deflate packs at best 1:1032.
    check_image_size(reading.width, reading.height, size_bytes, 8 * 1032 / reading.pixel_bits, name);
    const int stored = png_get_channels(reading.png, reading.info);
    if (stored != 1 && stored != 3) throw DataError(name + ": PNG has " + std::to_string(stored) + " channels");
    Image image(static_cast<int>(reading.height), static_cast<int>(reading.width), stored);
    std::vector<png_bytep> rows(reading.height);
    for (size_t y = 0; y < rows.size(); ++y) rows[y] = image.row(static_cast<int>(y));
    reading.rows = rows.data();
    if (!read_pixels(reading)) throw fail();
    return with_channels(std::move(image), channels);
}

}  // namespace f8net
