// SPDX-License-Identifier: Apache-2.0
#include "core/data/idx_dataset.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/idx_file.h"

namespace f8net {

namespace {

std::optional<std::string> find_file(const std::string& folder, const std::string& part, const std::string& what,
                                     const std::string& kind) {
    for (const char* separator : {"-", "."}) {
        for (const char* ending : {".gz", ""}) {
            const auto path =
                std::filesystem::path(folder) / (part + "-" + what + separator + kind + "-ubyte" + ending);
            std::error_code ignored;
            if (std::filesystem::is_regular_file(path, ignored)) return path.string();
        }
    }
    return std::nullopt;
}

std::string need_file(const std::string& folder, const std::string& part, const std::string& what,
                      const std::string& kind) {
    if (auto path = find_file(folder, part, what, kind)) return *path;
    throw DataError(folder + ": no file " + part + "-" + what + "-" + kind + "-ubyte[.gz]");
}

class IdxDataset : public Dataset {
public:
    IdxDataset(const std::string& folder, bool is_test, bool is_fashion_mnist, int channels)
        : channels_(channels),
          title_(is_fashion_mnist ? "Fashion-MNIST" : "IDX files of " + folder),
          part_(is_test ? "test" : "train") {
        const std::string part = is_test ? "t10k" : "train";
        path_ = need_file(folder, part, "images", "idx3");
        images_ = read_idx(path_, 3);
        const std::string labels_path = need_file(folder, part, "labels", "idx1");
        labels_ = read_idx(labels_path, 1).bytes;
        if (static_cast<int64_t>(labels_.size()) != images_.shape[0])
            throw DataError(labels_path + ": " + std::to_string(labels_.size()) + " labels, expected " +
                            std::to_string(images_.shape[0]) + " as in " + path_);
        if (is_fashion_mnist) {
            class_names_ = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
        } else {
            name_classes(folder);
        }
        const auto wrong =
            std::find_if(labels_.begin(), labels_.end(), [&](uint8_t label) { return label >= class_names_.size(); });
        if (wrong != labels_.end())
            throw DataError(labels_path + ": label " + std::to_string(*wrong) + " of image " +
                            std::to_string(wrong - labels_.begin()) + " is outside the " +
                            std::to_string(class_names_.size()) + " classes");
    }

    int64_t size() const override { return images_.shape[0]; }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    int channels() const override { return channels_; }
    std::optional<ImageSize> image_size() const override {
        return ImageSize{static_cast<int>(images_.shape[1]), static_cast<int>(images_.shape[2])};
    }
    Sample get(int64_t index) const override {
        const auto size = image_size();
        Sample sample{Image(size->height, size->width, channels_), label(index)};
        const size_t count = static_cast<size_t>(images_.shape[1] * images_.shape[2]);
        const uint8_t* from = images_.bytes.data() + static_cast<size_t>(index) * count;
        if (channels_ == 1) {
            std::copy_n(from, count, sample.image.pixels.begin());
        } else {
            for (size_t i = 0; i < count; ++i)
                std::fill_n(sample.image.pixels.begin() + static_cast<ptrdiff_t>(3 * i), 3, from[i]);
        }
        return sample;
    }
    int64_t label(int64_t index) const override { return labels_[static_cast<size_t>(index)]; }
    std::string name(int64_t index) const override { return path_ + " image " + std::to_string(index); }
    std::string fingerprint() const override {
        // Of the content, so that packed and plain files are the same data set.
        Hasher hasher;
        for (const int64_t size : images_.shape) hasher.update(std::to_string(size) + ",");
        hasher.update(images_.bytes.data(), images_.bytes.size());
        hasher.update(labels_.data(), labels_.size());
        return hasher.hex();
    }
    std::string description() const override {
        return title_ + " " + part_ + ", " + std::to_string(size()) + " images " + std::to_string(images_.shape[2]) +
               "x" + std::to_string(images_.shape[1]) + ", " + std::to_string(class_names_.size()) + " classes";
    }

private:
    /// As many as the training labels use; both parts must agree on it.
    void name_classes(const std::string& folder) {
        const auto path = find_file(folder, "train", "labels", "idx1");
        const std::vector<uint8_t> all = path ? read_idx(*path, 1).bytes : labels_;
        const int count = *std::max_element(all.begin(), all.end()) + 1;
        for (int i = 0; i < count; ++i) class_names_.push_back(std::to_string(i));
    }

    int channels_;
    std::string title_;
    std::string part_;
    std::string path_;
    IdxFile images_;
    std::vector<uint8_t> labels_;
    std::vector<std::string> class_names_;
};

}  // namespace

bool has_idx_files(const std::string& folder) {
    return find_file(folder, "train", "images", "idx3") || find_file(folder, "t10k", "images", "idx3");
}

DatasetPtr open_idx_dataset(const std::string& folder, bool is_test, bool is_fashion_mnist, int channels) {
    return std::make_shared<IdxDataset>(folder, is_test, is_fashion_mnist, channels == 0 ? 1 : channels);
}

}  // namespace f8net
