// SPDX-License-Identifier: Apache-2.0
#include "core/data/transform.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/data/keyed_random.h"
#include "core/data/purposes.h"
#include "core/data/resize.h"

namespace f8net {

namespace {

Box whole(const Image& image) {
    return {0, 0, image.height, image.width};
}

Image padded_crop(const Image& image, int padding, KeyedRandom& random) {
    // The crop's upper left corner in the image's coordinates: -padding .. padding.
    const auto offset = [&] {
        return static_cast<int>(random.below(static_cast<uint64_t>(2 * padding) + 1)) - padding;
    };
    const int top = offset();
    const int left = offset();
    Image result(image.height, image.width, image.channels);
    const int x_begin = std::max(0, -left);
    const int x_end = std::min(image.width, image.width - left);
    if (x_end <= x_begin) return result;
    for (int y = std::max(0, -top); y < std::min(image.height, image.height - top); ++y)
        std::memcpy(result.row(y) + static_cast<ptrdiff_t>(x_begin) * image.channels,
                    image.row(y + top) + static_cast<ptrdiff_t>(x_begin + left) * image.channels,
                    static_cast<size_t>((x_end - x_begin) * image.channels));
    return result;
}

}  // namespace

ImageTransform::ImageTransform(const TransformOptions& options, const Dataset& dataset) : options_(options) {
    const auto require = [](bool ok, const std::string& what) {
        if (!ok) throw DataError("image transform: " + what);
    };
    const auto size = dataset.image_size();
    require(options.image_size >= 0 && options.image_size <= 16384,
            "image size is " + std::to_string(options.image_size) + ", expected 1 to 16384");
    require(options.image_size > 0 || size.has_value(),
            "the images of this data set differ in size, so an image size must be given");
    require(options.crop_padding >= 0 && options.crop_padding <= 16384,
            "crop padding is " + std::to_string(options.crop_padding));
    require(options.flip_probability >= 0 && options.flip_probability <= 1,
            "flip probability is " + std::to_string(options.flip_probability) + ", expected 0 to 1");
    require(options.min_area > 0 && options.min_area <= options.max_area && options.max_area <= 1,
            "the range of areas is empty or outside 0 to 1");
    require(options.min_aspect > 0 && options.min_aspect <= options.max_aspect, "the range of aspect ratios is empty");
    require(options.resize_ratio == 0 || (options.resize_ratio >= 1 && options.resize_ratio <= 8),
            "resize ratio is " + std::to_string(options.resize_ratio) + ", expected 1 to 8");
    height_ = options.image_size > 0 ? options.image_size : size->height;
    width_ = options.image_size > 0 ? options.image_size : size->width;
    if (options_.resize_ratio == 0) options_.resize_ratio = size ? 1.0 : 256.0 / 224.0;
}

Image ImageTransform::evaluate(Image image) const {
    if (options_.resize_ratio == 1 && image.height == height_ && image.width == width_) return image;
    // The shorter side (relative to the target) becomes the target's times the ratio, the other one in proportion.
    const double scale = options_.resize_ratio * std::max(static_cast<double>(height_) / image.height,
                                                          static_cast<double>(width_) / image.width);
    const int full_height = std::max(height_, static_cast<int>(image.height * scale + 1e-6));
    const int full_width = std::max(width_, static_cast<int>(image.width * scale + 1e-6));
    const Box window{(full_height - height_) / 2, (full_width - width_) / 2, height_, width_};
    return resize(image, whole(image), full_height, full_width, window);
}

Image ImageTransform::random_resized_crop(const Image& image, KeyedRandom& random) const {
    const double area = static_cast<double>(image.height) * image.width;
    Box box;
    for (int attempt = 0; attempt < 10 && box.width == 0; ++attempt) {
        const double part = area * random.uniform(options_.min_area, options_.max_area);
        const double aspect = std::exp(random.uniform(std::log(options_.min_aspect), std::log(options_.max_aspect)));
        const int width = static_cast<int>(std::lround(std::sqrt(part * aspect)));
        const int height = static_cast<int>(std::lround(std::sqrt(part / aspect)));
        if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
        box.top = static_cast<int>(random.below(static_cast<uint64_t>(image.height - height) + 1));
        box.left = static_cast<int>(random.below(static_cast<uint64_t>(image.width - width) + 1));
        box.height = height;
        box.width = width;
    }
    if (box.width == 0) {  // very long images: the largest centred part within the range of aspect ratios
        box.width = std::min(image.width, std::max(1, static_cast<int>(image.height * options_.max_aspect)));
        box.height = std::min(image.height, std::max(1, static_cast<int>(image.width / options_.min_aspect)));
        box.top = (image.height - box.height) / 2;
        box.left = (image.width - box.width) / 2;
    }
    return resize(image, box, height_, width_);
}

Image ImageTransform::train(Image image, int64_t epoch, int64_t index) const {
    if (options_.augmentation == Augmentation::kNone) return evaluate(std::move(image));
    KeyedRandom random(options_.seed, purpose::kAugmentation, static_cast<uint64_t>(epoch),
                       static_cast<uint64_t>(index));
    // Drawn first: the crop takes a varying count of numbers.
    const bool flip = random.uniform() < options_.flip_probability;
    Image result = options_.augmentation == Augmentation::kCropFlip
                       ? padded_crop(evaluate(std::move(image)), options_.crop_padding, random)
                       : random_resized_crop(image, random);
    if (flip) flip_left_right(result);
    return result;
}

Normalization imagenet_normalization(int channels) {
    if (channels == 3) return {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
    if (channels == 1) return {{0.449f}, {0.226f}};
    throw DataError("normalization: no constants for " + std::to_string(channels) + " channels, expected 1 or 3");
}

}  // namespace f8net
