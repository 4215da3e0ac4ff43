// SPDX-License-Identifier: Apache-2.0
/// Image and IDX files made on the fly for tests and benchmarks.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include "core/data/image.h"

namespace f8net::testing_support {

/// Smooth, so that JPEG keeps it nearly as it is; different for each `phase`.
inline Image smooth_image(int height, int width, int channels, double phase) {
    Image image(height, width, channels);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                image.row(y)[x * channels + c] =
                    static_cast<uint8_t>(128 + 100 * std::sin(phase + 0.07 * x + 0.05 * y + 1.3 * c));
    return image;
}

/// `h`, `v`: how many times finer brightness is sampled than colour. 4 channels: CMYK, 255 being no ink.
struct JpegForm {
    int quality = 92;
    bool is_progressive = false;
    int h = 2;
    int v = 2;
};

inline std::string jpeg_of(const Image& image, const JpegForm& form = {}) {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);  // ends the program: the images here are right
    jpeg_create_compress(&jpeg);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;  // NOLINT: libjpeg's own type
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = static_cast<JDIMENSION>(image.width);
    jpeg.image_height = static_cast<JDIMENSION>(image.height);
    jpeg.input_components = image.channels;
    jpeg.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : image.channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, form.quality, TRUE);
    if (image.channels == 3) {
        jpeg.comp_info[0].h_samp_factor = form.h;
        jpeg.comp_info[0].v_samp_factor = form.v;
    }
    if (form.is_progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < image.height; ++y) {
        JSAMPROW row = const_cast<uint8_t*>(image.row(y));
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    std::string result(reinterpret_cast<const char*>(bytes), size);
    std::free(bytes);
    return result;
}

/// Rows as PNG has them in memory (16 bits: big endian); a palette of 256 greys shifted by one for palette images.
inline std::string png_of(int height, int width, int colour_type, int bit_depth,
                          const std::vector<uint8_t>& packed_rows, const std::vector<png_color>& palette = {},
                          bool is_interlaced = false) {
    std::string out;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(
        png, &out,
        [](png_structp p, png_bytep data, size_t count) {
            static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<char*>(data), count);
        },
        nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), bit_depth, colour_type,
                 is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    std::vector<png_bytep> rows;
    const size_t row_bytes = packed_rows.size() / static_cast<size_t>(height);
    for (size_t y = 0; y < static_cast<size_t>(height); ++y)
        rows.push_back(const_cast<png_bytep>(packed_rows.data() + y * row_bytes));
    png_set_rows(png, info, rows.data());
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

inline std::string png_of(const Image& image) {
    return png_of(image.height, image.width, image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, 8,
                  image.pixels);
}

inline std::string idx_of(const std::vector<uint32_t>& shape, const std::vector<uint8_t>& bytes) {
    std::string out{'\0', '\0', '\x08', static_cast<char>(shape.size())};
    for (const uint32_t size : shape)
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
    return out.append(bytes.begin(), bytes.end());
}

inline std::string gzip_of(const std::string& data) {
    std::string out(data.size() + 1000, '\0');
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace f8net::testing_support
