// SPDX-License-Identifier: Apache-2.0
// libjpeg reports errors by longjmp: a function that sets the jump has nothing but plain variables, and what must
// outlive it is owned by the caller.
#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it
#include <cstring>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>

#include "core/base/error.h"
#include "core/data/decode.h"

namespace f8net {

namespace {

constexpr int kMaxScans = 500;
// A block of 64 pixels takes a bit at least; twice that for odd subsamplings.
constexpr int64_t kMostPixelsPerByte = 1024;
// Smooth upsampling mixes in the neighbouring chroma sample: at the border of a cropped decoding that is missing.
constexpr int kMargin = 4;

struct Reading {
    jpeg_decompress_struct jpeg;
    jpeg_error_mgr errors;
    jpeg_progress_mgr progress;
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

/// Where rows go: through a buffer of a whole one, of which `skip_bytes` at the left are not wanted. The buffer is at
/// an odd address: to even ones libjpeg's vector code writes past the cache, and reading them back costs more than
/// copying.
struct Target {
    Target(Image& to, size_t row_bytes, size_t skip) : image(to), buffer(row_bytes + 1), skip_bytes(skip) {}
    uint8_t* row() { return buffer.data() + 1; }

    Image& image;
    std::vector<uint8_t> buffer;
    size_t skip_bytes;
};

[[noreturn]] void on_error(j_common_ptr jpeg) {
    auto* reading = static_cast<Reading*>(jpeg->client_data);
    jpeg->err->format_message(jpeg, reading->message);
    std::longjmp(reading->jump, 1);
}

/// Warnings are about wrong bits, and pass; but not that the file ended, for which libjpeg makes up the rest in grey.
void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) on_error(jpeg);
}

void on_progress(j_common_ptr common) {
    if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number <= kMaxScans) return;
    auto* reading = static_cast<Reading*>(common->client_data);
    std::snprintf(reading->message, sizeof reading->message, "more than %d scans", kMaxScans);
    std::longjmp(reading->jump, 1);
}

bool read_header(Reading& reading, const uint8_t* data, size_t size_bytes) {
    jpeg_decompress_struct& jpeg = reading.jpeg;
    jpeg.err = jpeg_std_error(&reading.errors);
    reading.errors.error_exit = on_error;
    reading.errors.emit_message = on_message;
    jpeg.client_data = &reading;
    if (setjmp(reading.jump)) return false;
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, data, static_cast<unsigned long>(size_bytes));  // NOLINT: libjpeg's own type
    jpeg_read_header(&jpeg, TRUE);
    reading.progress.progress_monitor = on_progress;
    if (jpeg_has_multiple_scans(&jpeg)) jpeg.progress = &reading.progress;
    jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : jpeg.num_components == 3 ? JCS_EXT_RGB : JCS_CMYK;
    return true;
}

/// The kinds of files for which libjpeg can leave columns and rows out. The others are few.
bool can_read_part(jpeg_decompress_struct& jpeg) {
    if (jpeg_has_multiple_scans(&jpeg) || jpeg.arith_code) return false;
    const auto has = [&](int component, int h, int v) {
        return jpeg.comp_info[component].h_samp_factor == h && jpeg.comp_info[component].v_samp_factor == v;
    };
    if (jpeg.max_h_samp_factor > 2 || jpeg.max_v_samp_factor > 2) return false;
    if (!has(0, jpeg.max_h_samp_factor, jpeg.max_v_samp_factor)) return false;
    for (int c = 1; c < jpeg.num_components; ++c) {
        if (!has(c, 1, 1)) return false;
    }
    return jpeg.num_components > 1 || has(0, 1, 1);
}

/// The columns that are wanted become those that rows consist of (more, by whole blocks).
bool start(Reading& reading, bool is_part, JDIMENSION& first_column, JDIMENSION& num_columns) {
    if (setjmp(reading.jump)) return false;
    jpeg_start_decompress(&reading.jpeg);
    if (is_part) jpeg_crop_scanline(&reading.jpeg, &first_column, &num_columns);
    return true;
}

bool read_rows(Reading& reading, Target& target, int first_row, bool is_part) {
    if (setjmp(reading.jump)) return false;
    jpeg_decompress_struct& jpeg = reading.jpeg;
    if (first_row > 0) jpeg_skip_scanlines(&jpeg, static_cast<JDIMENSION>(first_row));
    Image& image = target.image;
    const size_t row_bytes = static_cast<size_t>(image.width) * static_cast<size_t>(image.channels);
    for (int y = 0; y < image.height; ++y) {
        JSAMPROW row = target.row();
        jpeg_read_scanlines(&jpeg, &row, 1);
        std::memcpy(image.row(y), row + target.skip_bytes, row_bytes);
    }
    if (!is_part) jpeg_finish_decompress(&jpeg);  // reads on to the end marker
    return true;
}

/// The marker that ends a JPEG, behind what has been read; perhaps with something after it.
bool has_end_marker(const uint8_t* from, size_t size_bytes) {
    for (size_t i = size_bytes; i >= 2; --i) {
        if (from[i - 2] == 0xff && from[i - 1] == JPEG_EOI) return true;
    }
    return false;
}

struct CloseJpeg {
    Reading& reading;
    ~CloseJpeg() { jpeg_destroy_decompress(&reading.jpeg); }
};

/// Inks as Adobe writes them: 255 is none.
Image from_cmyk(const Image& inks) {
    Image image(inks.height, inks.width, 3);
    for (size_t i = 0; 4 * i < inks.pixels.size(); ++i) {
        const uint8_t* ink = inks.pixels.data() + 4 * i;
        const int light = ink[3];
        for (size_t c = 0; c < 3; ++c) {
            const int product = (255 - ink[c]) * light + 128;  // over 255, rounded
            image.pixels[3 * i + c] = static_cast<uint8_t>(light - ((product + (product >> 8)) >> 8));
        }
    }
    return image;
}

}  // namespace

Image decode_jpeg(const uint8_t* data, size_t size_bytes, int channels, const std::string& name,
                  const ChoosePart& choose) {
    Reading reading{};
    const CloseJpeg close{reading};
    if (!read_header(reading, data, size_bytes))
        throw DataError(name + ": JPEG is damaged or truncated in its header: " + reading.message);
    jpeg_decompress_struct& jpeg = reading.jpeg;
    check_image_size(jpeg.image_width, jpeg.image_height, size_bytes, kMostPixelsPerByte, name);
    if (jpeg.num_components != 1 && jpeg.num_components != 3 && jpeg.num_components != 4)
        throw DataError(name + ": JPEG has " + std::to_string(jpeg.num_components) + " channels, expected 1, 3 or 4");
    const ImageSize size{static_cast<int>(jpeg.image_height), static_cast<int>(jpeg.image_width)};
    const Box whole{0, 0, size.height, size.width};
    const Box wanted = choose ? choose(size) : whole;
    const bool is_part = wanted != whole && can_read_part(jpeg);
    const Box read = is_part ? wanted : whole;

    const int left = std::max(read.left - kMargin, 0);
    auto first_column = static_cast<JDIMENSION>(left);
    auto num_columns = static_cast<JDIMENSION>(std::min(read.left + read.width + kMargin, size.width) - left);
    const auto fail = [&] {
        return DataError(name + ": JPEG of " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                         " is damaged or truncated: " + reading.message);
    };
    if (!start(reading, is_part, first_column, num_columns)) throw fail();
    const auto stored = static_cast<size_t>(jpeg.num_components);
    Image image(read.height, read.width, jpeg.num_components);
    Target target(image, num_columns * stored, (static_cast<size_t>(read.left) - first_column) * stored);
    if (!read_rows(reading, target, read.top, is_part)) throw fail();
    // What lies behind the part is not decoded, but it has to be there.
    // (Of a small picture it may have been read already.)
    if (is_part && !has_end_marker(jpeg.src->next_input_byte - 2, jpeg.src->bytes_in_buffer + 2))
        throw DataError(name + ": JPEG is truncated: no end marker in its " + std::to_string(size_bytes) + " bytes");
    if (stored == 4) image = from_cmyk(image);
    image = with_channels(std::move(image), channels);
    return is_part || wanted == whole ? image : crop(image, wanted);
}

}  // namespace f8net
