// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/cifar_dataset.h"
#include "core/data/idx_dataset.h"
#include "core/data/image_folder.h"
#include "core/data/keyed_random.h"
#include "core/data/pixel_file.h"
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
    Sample get_part(int64_t index, const ChoosePart& choose) const override {
        return dataset_->get_part(at(index), choose);
    }
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

/// What there is to know about a kind: its name, and how its files are found and opened.
struct Format {
    DatasetKind kind;
    const char* name;
    bool (*has)(const DatasetOptions& options, bool is_test);
    DatasetPtr (*open)(const DatasetOptions& options, bool is_test);
};

bool has_idx(const DatasetOptions& options, bool is_test) {
    return has_idx_files(options.folder, is_test);
}
template <bool kIsFashionMnist>
DatasetPtr open_idx(const DatasetOptions& options, bool is_test) {
    return open_idx_dataset(options.folder, is_test, kIsFashionMnist, options.channels);
}
template <CifarKind kKind>
bool has_cifar(const DatasetOptions& options, bool is_test) {
    return has_cifar_files(options.folder, kKind, is_test);
}
template <CifarKind kKind>
DatasetPtr open_cifar(const DatasetOptions& options, bool is_test) {
    return open_cifar_dataset(options.folder, kKind, is_test, options.channels);
}
bool has_folders(const DatasetOptions& options, bool is_test) {
    return has_image_folders({options.folder, options.train_folder, options.test_folder}, is_test);
}
DatasetPtr open_folders(const DatasetOptions& options, bool is_test) {
    DatasetPtr pictures =
        open_image_folder({options.folder, options.train_folder, options.test_folder}, is_test, options.channels);
    if (options.cache == PixelCache::kNone) return pictures;
    auto store = options.cache == PixelCache::kMemory
                     ? make_memory_pixel_store(pictures->size(), options.cache_bytes)
                     : open_pixel_file(options.cache_folder, *pictures, options.cache_bytes);
    return make_cached(std::move(pictures), std::move(store));
}

/// In the order in which they are looked for.
constexpr Format kFormats[] = {
    {DatasetKind::kIdx, "idx", has_idx, open_idx<false>},
    {DatasetKind::kFashionMnist, "fashion-mnist", has_idx, open_idx<true>},
    {DatasetKind::kCifar10, "cifar-10", has_cifar<CifarKind::k10>, open_cifar<CifarKind::k10>},
    {DatasetKind::kCifar100, "cifar-100", has_cifar<CifarKind::k100>, open_cifar<CifarKind::k100>},
    {DatasetKind::kImageFolder, "image-folder", has_folders, open_folders},
};

const Format& format_of(DatasetKind kind) {
    return *std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.kind == kind; });
}

/// The options with the folder and kind that they mean, when the folder is there.
DatasetOptions resolved(DatasetOptions options) {
    const bool is_default = options.folder.empty();
    if (is_default) {
        if (options.kind == DatasetKind::kCifar10 || options.kind == DatasetKind::kCifar100)
            throw DataError(std::string("data set: no folder is given: name the one in which the binary version of ") +
                            dataset_kind_name(options.kind) +
                            " (https://www.cs.toronto.edu/~kriz/cifar.html) is unpacked");
        if (options.kind != DatasetKind::kAuto && options.kind != DatasetKind::kFashionMnist)
            throw DataError("data set: no folder is given");
        options.kind = DatasetKind::kFashionMnist;
        options.folder = default_fashion_mnist_folder();
    }
    std::error_code ignored;
    if (!std::filesystem::is_directory(options.folder, ignored)) {
        const std::string way_out = "(Fashion-MNIST: apt-get install dataset-fashion-mnist)";
        if (is_default) throw MissingError(options.folder + ": Fashion-MNIST is not installed " + way_out);
        throw DataError(options.folder + ": no such data folder " + way_out);
    }
    if (options.kind == DatasetKind::kAuto) {
        const auto detected = detect_dataset(options);
        if (!detected)
            throw DataError(options.folder + ": neither IDX files (train-images-idx3-ubyte.gz, ...) nor CIFAR's " +
                            "(data_batch_1.bin, ..., train.bin) nor image folders (" + options.train_folder +
                            "/CLASS/*.jpg, ...)");
        options.kind = *detected;
    } else if (const Format& format = format_of(options.kind);
               !format.has(options, false) && !format.has(options, true)) {
        if (const auto other = detect_dataset(options)) {
            throw DataError(options.folder + " holds no " + format.name + " but " + dataset_kind_name(*other) +
                            " data: data.dataset=" + dataset_kind_name(*other));
        }
    }
    return options;
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

void require_classes_fit(const Dataset& dataset, int network_classes) {
    if (dataset.num_classes() <= network_classes) return;
    throw DataError(dataset.description() + ": the network tells only " + std::to_string(network_classes) +
                    " classes apart (network.num_classes)");
}

std::string default_fashion_mnist_folder() {
    return "/usr/share/datasets/fashion-mnist";
}

const char* dataset_kind_name(DatasetKind kind) {
    return kind == DatasetKind::kAuto ? "auto" : format_of(kind).name;
}

std::optional<DatasetKind> parse_dataset_kind(std::string_view name) {
    if (name == "auto") return DatasetKind::kAuto;
    for (const Format& format : kFormats) {
        if (name == format.name) return format.kind;
    }
    return std::nullopt;
}

std::optional<DatasetKind> detect_dataset(const DatasetOptions& options) {
    for (const Format& format : kFormats) {
        if (!format.has(options, false) && !format.has(options, true)) continue;
        std::error_code ignored;
        const bool is_debian = format.kind == DatasetKind::kIdx &&
                               std::filesystem::equivalent(options.folder, default_fashion_mnist_folder(), ignored);
        return is_debian ? DatasetKind::kFashionMnist : format.kind;
    }
    return std::nullopt;
}

bool has_split(const DatasetOptions& options, Split split) {
    const DatasetOptions definite = resolved(options);
    return format_of(definite.kind).has(definite, split == Split::kTest);
}

Sample Dataset::get_part(int64_t index, const ChoosePart& choose) const {
    Sample sample = get(index);
    sample.image = crop(sample.image, choose(sample.image.size()));
    return sample;
}

DatasetPtr make_subset(DatasetPtr dataset, std::vector<int64_t> indexes, const std::string& what) {
    return std::make_shared<Subset>(std::move(dataset), std::move(indexes), what);
}

DatasetPtr open_dataset(const DatasetOptions& options, Split split) {
    check_options(options);
    const DatasetOptions definite = resolved(options);
    DatasetPtr dataset = format_of(definite.kind).open(definite, split == Split::kTest);
    if (split != Split::kTest) dataset = training_part(std::move(dataset), options, split);
    if (options.limit > 0 && options.limit < dataset->size()) {
        std::vector<int64_t> first(static_cast<size_t>(options.limit));
        std::iota(first.begin(), first.end(), 0);
        dataset = make_subset(std::move(dataset), std::move(first), "the first");
    }
    return dataset;
}

}  // namespace f8net
