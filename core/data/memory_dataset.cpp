// SPDX-License-Identifier: Apache-2.0
#include "core/data/memory_dataset.h"

#include <algorithm>

#include "core/base/hash.h"

namespace f8net {

namespace {

class MemoryDataset : public Dataset {
public:
    MemoryDataset(LabelledImages images, int channels) : images_(std::move(images)), channels_(channels) {}

    int64_t size() const override { return images_.count; }
    const std::vector<std::string>& class_names() const override { return images_.class_names; }
    int channels() const override { return channels_; }
    std::optional<ImageSize> image_size() const override { return images_.size; }
    Sample get(int64_t index) const override {
        Image image(images_.size.height, images_.size.width, images_.channels);
        std::copy_n(images_.pixels.data() + static_cast<size_t>(index) * image.pixels.size(), image.pixels.size(),
                    image.pixels.begin());
        return {with_channels(std::move(image), channels_), label(index)};
    }
    int64_t label(int64_t index) const override { return images_.labels[static_cast<size_t>(index)]; }
    std::string name(int64_t index) const override {
        auto file = images_.files.begin();
        for (; index >= file->second; ++file) index -= file->second;
        return file->first + " image " + std::to_string(index);
    }
    std::string fingerprint() const override {
        // Of the content, so that packed and plain files are the same data set.
        Hasher hasher;
        for (const int64_t length : {images_.count, int64_t{images_.size.height}, int64_t{images_.size.width}})
            hasher.update(std::to_string(length) + ",");
        hasher.update(images_.pixels.data(), images_.pixels.size());
        hasher.update(images_.labels.data(), images_.labels.size());
        return hasher.hex();
    }
    std::string description() const override {
        return images_.title + ", " + std::to_string(size()) + " images " + std::to_string(images_.size.width) + "x" +
               std::to_string(images_.size.height) + ", " + std::to_string(images_.class_names.size()) + " classes";
    }

private:
    LabelledImages images_;
    int channels_;
};

}  // namespace

DatasetPtr make_memory_dataset(LabelledImages images, int channels) {
    return std::make_shared<MemoryDataset>(std::move(images), channels);
}

}  // namespace f8net
