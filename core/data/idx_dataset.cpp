// SPDX-License-Identifier: Apache-2.0
#include "core/data/idx_dataset.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/base/error.h"
#include "core/data/idx_file.h"
#include "core/data/memory_dataset.h"

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

/// As many as the training labels use; both parts must agree on it.
std::vector<std::string> numbered_classes(const std::string& folder, const std::vector<uint8_t>& labels) {
    const auto path = find_file(folder, "train", "labels", "idx1");
    const std::vector<uint8_t> all = path ? read_idx(*path, 1).bytes : labels;
    std::vector<std::string> names;
    for (int i = 0; i <= *std::max_element(all.begin(), all.end()); ++i) names.push_back(std::to_string(i));
    return names;
}

}  // namespace

bool has_idx_files(const std::string& folder, bool is_test) {
    return find_file(folder, is_test ? "t10k" : "train", "images", "idx3").has_value();
}

DatasetPtr open_idx_dataset(const std::string& folder, bool is_test, bool is_fashion_mnist, int channels) {
    const std::string part = is_test ? "t10k" : "train";
    const std::string images_path = need_file(folder, part, "images", "idx3");
    IdxFile file = read_idx(images_path, 3);
    const std::string labels_path = need_file(folder, part, "labels", "idx1");
    LabelledImages images;
    images.count = file.shape[0];
    images.size = {static_cast<int>(file.shape[1]), static_cast<int>(file.shape[2])};
    images.pixels = std::move(file.bytes);
    images.labels = read_idx(labels_path, 1).bytes;
    images.files = {{images_path, images.count}};
    images.title = (is_fashion_mnist ? "Fashion-MNIST" : "IDX files of " + folder) + (is_test ? " test" : " train");
    if (static_cast<int64_t>(images.labels.size()) != images.count)
        throw DataError(labels_path + ": " + std::to_string(images.labels.size()) + " labels, expected " +
                        std::to_string(images.count) + " as in " + images_path);
    if (is_fashion_mnist) {
        images.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    } else {
        images.class_names = numbered_classes(folder, images.labels);
    }
    const auto wrong = std::find_if(images.labels.begin(), images.labels.end(),
                                    [&](uint8_t label) { return label >= images.class_names.size(); });
    if (wrong != images.labels.end())
        throw DataError(labels_path + ": label " + std::to_string(*wrong) + " of image " +
                        std::to_string(wrong - images.labels.begin()) + " is outside the " +
                        std::to_string(images.class_names.size()) + " classes");
    return make_memory_dataset(std::move(images), channels == 0 ? 1 : channels);
}

}  // namespace f8net
