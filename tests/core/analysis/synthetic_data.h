// SPDX-License-Identifier: Apache-2.0
/// Images whose first byte is their number, and labels that go round.
#pragma once

#include "core/data/dataset.h"

namespace f8net {

class SyntheticData final : public Dataset {
public:
    SyntheticData(int64_t size, int side, int classes) : size_(size), side_(side) {
        for (int c = 0; c < classes; ++c) names_.push_back("class " + std::to_string(c));
    }
    int64_t size() const override { return size_; }
    const std::vector<std::string>& class_names() const override { return names_; }
    int channels() const override { return 1; }
    std::optional<ImageSize> image_size() const override { return ImageSize{side_, side_}; }
    Sample get(int64_t index) const override {
        Image image(side_, side_, 1);
        for (size_t i = 0; i < image.pixels.size(); ++i) {
            image.pixels[i] = static_cast<uint8_t>((static_cast<size_t>(index) * 7919 + i * 104'729) >> 3);
        }
        image.pixels[0] = static_cast<uint8_t>(index);
        return {image, label(index)};
    }
    int64_t label(int64_t index) const override { return index % num_classes(); }
    std::string name(int64_t index) const override { return "image " + std::to_string(index); }
    std::string fingerprint() const override { return "synthetic"; }
    std::string description() const override { return "synthetic"; }

private:
    int64_t size_;
    int side_;
    std::vector<std::string> names_;
};

}  // namespace f8net
