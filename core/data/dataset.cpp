// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/idx_dataset.h"
#include "core/data/image_folder.h"
#include "core/data/keyed_random.h"
#include "core/data/purposes.h"

namespace f8net {

namespace {

class Subset : public Dataset {
public:
    Subset(DatasetPtr dataset, std::vector<int64_t> indexes, std::string what)
        : dataset_(std::move(dataset)), indexes_(std::move(indexes)), what_(std::move(what)) {
        for (const int64_t index : indexes_) {
            if (index < 0 || index >= dataset_->size())
                throw DataError(dataset_->description() + ": no image " + std::to_string(index));
        }
    }
    int64_t size() const override { return static_cast<int64_t>(indexes_.size()); }
    const std::vector<std::string>& class_names() const override { return dataset_->class_names(); }
    int channels() const override { return dataset_->channels(); }
    std::optional<ImageSize> image_size() const override { return dataset_->image_size(); }
    Sample get(int64_t index) const override { return dataset_->get(at(index)); }
    int64_t label(int64_t index) const override { return dataset_->label(at(index)); }
    std::string name(int64_t index) const override { return dataset_->name(at(index)); }
    std::string fingerprint() const override {
        Hasher hasher;
        hasher.update(dataset_->fingerprint());
        hasher.update(indexes_.data(), indexes_.size() * sizeof(int64_t));
        return hasher.hex();
    }
    std::string description() const override {
        return std::to_string(size()) + " images (" + what_ + ") of " + dataset_->description();
    }

private:
    int64_t at(int64_t index) const { return indexes_[static_cast<size_t>(index)]; }

    DatasetPtr dataset_;
    std::vector<int64_t> indexes_;
    std::string what_;
};

void check_options(const DatasetOptions& options) {
    const auto require = [](bool ok, const std::string& what) {
        if (!ok) throw DataError("data set: " + what);
    };
    require(options.channels == 0 || options.channels == 1 || options.channels == 3,
            "channels is " + std::to_string(options.channels) + ", expected 1 or 3");
    require(options.validation_share >= 0 && options.validation_share < 1,
            "validation share is " + std::to_string(options.validation_share) + ", expected 0 up to below 1");
    require(options.validation_count >= 0, "validation count is " + std::to_string(options.validation_count));
    require(options.validation_share == 0 || options.validation_count == 0,
            "both a validation share and a validation count are given");
    require(options.limit >= 0, "limit is " + std::to_string(options.limit));
}

DatasetPtr open_whole(const DatasetOptions& options, bool is_test) {
    const bool is_default = options.folder.empty();
    if (is_default && options.kind != DatasetKind::kAuto && options.kind != DatasetKind::kFashionMnist)
        throw DataError("data set: no folder is given");
    const std::string folder = is_default ? default_fashion_mnist_folder() : options.folder;
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        const std::string way_out = "(Fashion-MNIST: apt-get install dataset-fashion-mnist)";
        if (is_default) throw MissingError(folder + ": Fashion-MNIST is not installed " + way_out);
        throw DataError(folder + ": no such data folder " + way_out);
    }
    DatasetKind kind = options.kind;
    if (is_default) kind = DatasetKind::kFashionMnist;
    if (kind == DatasetKind::kAuto) {
        const auto detected = detect_dataset(folder);
        if (!detected)
            throw DataError(folder + ": neither IDX files (train-images-idx3-ubyte.gz, ...) nor image folders " +
                            "(train/CLASS/*.jpg, ...)");
        kind = *detected;
    }
    if (kind == DatasetKind::kImageFolder) return open_image_folder(folder, is_test, options.channels);
    return open_idx_dataset(folder, is_test, kind == DatasetKind::kFashionMnist, options.channels);
}

/// The training images, or those held out of them.
DatasetPtr training_part(DatasetPtr all, const DatasetOptions& options, Split split) {
    const int64_t size = all->size();
    const int64_t held_out =
        options.validation_count > 0
            ? options.validation_count
            : static_cast<int64_t>(std::llround(options.validation_share * static_cast<double>(size)));
    if (held_out == 0) {
        if (split == Split::kTrain) return all;
        throw DataError("data set: no validation part was asked for (validation share and count are 0)");
    }
    if (held_out >= size)
        throw DataError(all->description() + ": " + std::to_string(held_out) + " images for validation leave none");
    std::vector<int64_t> order = random_permutation(size, KeyedRandom(options.seed, purpose::kValidation));
    const auto border = order.begin() + held_out;
    std::vector<int64_t> indexes = split == Split::kValidation ? std::vector<int64_t>(order.begin(), border)
                                                               : std::vector<int64_t>(border, order.end());
    std::sort(indexes.begin(), indexes.end());
    return make_subset(std::move(all), std::move(indexes), split_name(split));
}

}  // namespace

const char* split_name(Split split) {
    return split == Split::kTrain ? "train" : split == Split::kValidation ? "validation" : "test";
}

std::string default_fashion_mnist_folder() {
    return "/usr/share/datasets/fashion-mnist";
}

std::optional<DatasetKind> detect_dataset(const std::string& folder) {
    if (has_idx_files(folder)) {
        std::error_code ignored;
        const bool is_debian = std::filesystem::equivalent(folder, default_fashion_mnist_folder(), ignored);
        return is_debian ? DatasetKind::kFashionMnist : DatasetKind::kIdx;
    }
    if (has_image_folders(folder)) return DatasetKind::kImageFolder;
    return std::nullopt;
}

DatasetPtr make_subset(DatasetPtr dataset, std::vector<int64_t> indexes, const std::string& what) {
    return std::make_shared<Subset>(std::move(dataset), std::move(indexes), what);
}

DatasetPtr open_dataset(const DatasetOptions& options, Split split) {
    check_options(options);
    DatasetPtr dataset = open_whole(options, split == Split::kTest);
    if (split != Split::kTest) dataset = training_part(std::move(dataset), options, split);
    if (options.limit > 0 && options.limit < dataset->size()) {
        std::vector<int64_t> first(static_cast<size_t>(options.limit));
        std::iota(first.begin(), first.end(), 0);
        dataset = make_subset(std::move(dataset), std::move(first), "the first");
    }
    return dataset;
}

}  // namespace f8net
