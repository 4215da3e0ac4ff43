// SPDX-License-Identifier: Apache-2.0
/// From a decoded image to the pixels the network sees: resizing, cropping, and augmentation in training.
/// Random choices come from a generator keyed by (seed, epoch, index of the sample), never from a thread's: the same
/// image in the same epoch is augmented in the same way whoever loads it.
/// Geometry   as torchvision's Resize, CenterCrop and RandomResizedCrop, to the pixel.
/// Only the part of a picture that is needed is read (Dataset::get_part).
///
/// Threads  free functions and const members: any.
#pragma once

#include <cstdint>

#include "core/data/dataset.h"
#include "core/data/image.h"

namespace f8net {

enum class Augmentation {
    kNone,             ///< as in evaluation
    kCropFlip,         ///< small images: a border of zeros, a random crop of the original size, a random flip
    kResizedCropFlip,  ///< photographs: random area and aspect ratio, resized, a random flip
};

struct TransformOptions {
    int image_size = 0;  ///< height and width of the result; 0: as the data set's (which then must all be of one size)
    Augmentation augmentation = Augmentation::kNone;
    int crop_padding = 4;           ///< pixels on each side (kCropFlip)
    double flip_probability = 0.5;  ///< left to right
    double min_area = 0.08;         ///< share of the image (kResizedCropFlip)
    double max_area = 1.0;
    double min_aspect = 3.0 / 4.0;  ///< width / height (kResizedCropFlip)
    double max_aspect = 4.0 / 3.0;
    /// Evaluation: the shorter side becomes so many pixels, at least image_size; then the centre is cut out.
    /// 0: image_size * 256 / 224 for data sets of differing sizes, image_size for those of one size.
    int resize = 0;
    uint64_t seed = 0;
};

/// TransformOptions made definite for a data set.
class ImageTransform {
public:
    /// DataError where image_size is 0 and the data set's images differ in size, or a range is empty.
    ImageTransform(const TransformOptions& options, const Dataset& dataset);

    int height() const { return height_; }
    int width() const { return width_; }
    /// An image of height() x width() as in training (`epoch` counts from 0).
    Sample train(const Dataset& dataset, int64_t epoch, int64_t index) const;
    /// Resize and centre crop; nothing random.
    Sample evaluate(const Dataset& dataset, int64_t index) const;

private:
    TransformOptions options_;
    int height_ = 0;
    int width_ = 0;
};

/// What consumers apply to pixels before the network where the experiment says `normalize`:
/// real = (pixel / 255 - mean[c]) / std[c].
struct Normalization {
    std::vector<float> mean;
    std::vector<float> std;
};
/// ImageNet's usual constants for 3 channels; their averages over the channels for 1. DataError for other counts.
Normalization imagenet_normalization(int channels);

}  // namespace f8net
