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

/// The shorter side becomes `shorter`, the other one in proportion, cut off to whole pixels.
ImageSize resized(ImageSize size, int shorter) {
    const auto in_proportion = [shorter](int longer_side, int shorter_side) {
        return static_cast<int>(static_cast<double>(int64_t{shorter} * longer_side) / shorter_side);
    };
    if (size.height <= size.width) return {shorter, in_proportion(size.width, size.height)};
    return {in_proportion(size.height, size.width), shorter};
}

/// Half a pixel goes to the even neighbour.
Box centre_box(ImageSize size, int height, int width) {
    const auto start = [](int all, int part) { return static_cast<int>(std::nearbyint((all - part) / 2.0)); };
    return {start(size.height, height), start(size.width, width), height, width};
}

/// A part of random area and aspect ratio; of very long images, where none is found in ten tries, the largest in the
/// middle within the range of aspect ratios.
Box random_box(ImageSize size, const TransformOptions& options, KeyedRandom& random) {
    const double area = static_cast<double>(size.height) * size.width;
    for (int attempt = 0; attempt < 10; ++attempt) {
        const double part = area * random.uniform(options.min_area, options.max_area);
        const double aspect = std::exp(random.uniform(std::log(options.min_aspect), std::log(options.max_aspect)));
        const int width = static_cast<int>(std::nearbyint(std::sqrt(part * aspect)));
        const int height = static_cast<int>(std::nearbyint(std::sqrt(part / aspect)));
        if (width < 1 || height < 1 || width > size.width || height > size.height) continue;
        const int top = static_cast<int>(random.below(static_cast<uint64_t>(size.height - height) + 1));
        const int left = static_cast<int>(random.below(static_cast<uint64_t>(size.width - width) + 1));
        return {top, left, height, width};
    }
    Box box{0, 0, size.height, size.width};
    const double aspect = static_cast<double>(size.width) / size.height;
    if (aspect < options.min_aspect) {
        box.height = std::max(1, static_cast<int>(std::nearbyint(size.width / options.min_aspect)));
    } else if (aspect > options.max_aspect) {
        box.width = std::max(1, static_cast<int>(std::nearbyint(size.height * options.max_aspect)));
    }
    box.top = (size.height - box.height) / 2;
    box.left = (size.width - box.width) / 2;
    return box;
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
    require(options.resize == 0 || (options.resize >= options.image_size && options.resize <= 16384),
            "the shorter side becomes " + std::to_string(options.resize) + " pixels, expected image size " +
                std::to_string(options.image_size) + " to 16384");
    height_ = options.image_size > 0 ? options.image_size : size->height;
    width_ = options.image_size > 0 ? options.image_size : size->width;
    if (options_.resize == 0) options_.resize = size ? options.image_size : options.image_size * 256 / 224;
}

Sample ImageTransform::evaluate(const Dataset& dataset, int64_t index) const {
    if (dataset.image_size() == ImageSize{height_, width_} && options_.resize <= height_) return dataset.get(index);
    ImageSize size, full;
    Box window, part;
    Sample sample = dataset.get_part(index, [&](ImageSize whole) {
        size = whole;
        full = resized(whole, options_.resize);
        window = centre_box(full, height_, width_);
        part = resize_source(whole, full.height, full.width, window);
        return part;
    });
    const Box source{-part.top, -part.left, size.height, size.width};
    sample.image = resize(sample.image, source, full.height, full.width, window);
    return sample;
}

Sample ImageTransform::train(const Dataset& dataset, int64_t epoch, int64_t index) const {
    if (options_.augmentation == Augmentation::kNone) return evaluate(dataset, index);
    KeyedRandom random(options_.seed, purpose::kAugmentation, static_cast<uint64_t>(epoch),
                       static_cast<uint64_t>(index));
    // Drawn first: the crop takes a varying count of numbers.
    const bool flip = random.uniform() < options_.flip_probability;
    Sample sample;
    if (options_.augmentation == Augmentation::kCropFlip) {
        sample = evaluate(dataset, index);
        sample.image = padded_crop(sample.image, options_.crop_padding, random);
    } else {
        sample = dataset.get_part(index, [&](ImageSize size) { return random_box(size, options_, random); });
        sample.image = resize(sample.image, {0, 0, sample.image.height, sample.image.width}, height_, width_);
    }
    if (flip) flip_left_right(sample.image);
    return sample;
}

Normalization imagenet_normalization(int channels) {
    if (channels == 3) return {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
    if (channels == 1) return {{0.449f}, {0.226f}};
    throw DataError("normalization: no constants for " + std::to_string(channels) + " channels, expected 1 or 3");
}

}  // namespace f8net
