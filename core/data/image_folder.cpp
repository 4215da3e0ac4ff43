// SPDX-License-Identifier: Apache-2.0
#include "core/data/image_folder.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/data/decode.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kFingerprintBytes = int64_t{1} << 30;

/// Sub-folders by name, hidden ones left out.
std::vector<std::string> folders_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        if (name.front() != '.' && entry->is_directory(ignored)) names.push_back(name);
    }
    if (error) throw DataError(folder.string() + ": cannot be listed: " + error.message());
    std::sort(names.begin(), names.end());
    return names;
}

/// Names that the folder of a part may have.
std::vector<std::string> part_names(const ImageFolderPlace& place, bool is_test) {
    if (!is_test) return {place.train_folder};
    if (place.test_folder == "val") return {"val", "validation", "test"};
    return {place.test_folder};
}

std::optional<fs::path> part_folder(const ImageFolderPlace& place, bool is_test) {
    std::error_code ignored;
    for (const std::string& name : part_names(place, is_test)) {
        if (fs::is_directory(fs::path(place.folder) / name, ignored)) return fs::path(place.folder) / name;
    }
    return std::nullopt;
}

bool is_image_name(const fs::path& path) {
    std::string ending = path.extension().string();
    for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

/// Paths below `folder`, relative to `root`, by name.
std::vector<std::string> images_below(const fs::path& folder, const fs::path& root) {
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().filename().string().front() != '.' && is_image_name(entry->path()) &&
            entry->is_regular_file(ignored))
            paths.push_back(entry->path().lexically_relative(root).string());
    }
    if (error) throw DataError(folder.string() + ": cannot be listed: " + error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
}

class ImageFolder : public Dataset {
public:
    ImageFolder(const ImageFolderPlace& place, bool is_test, int channels) : channels_(channels) {
        const auto part = part_folder(place, is_test);
        if (!part) {
            std::string names;
            for (const std::string& name : part_names(place, is_test)) names += (names.empty() ? "" : ", ") + name;
            throw DataError(place.folder + ": no folder " + names + " with a folder of images for each class");
        }
        root_ = *part;
        const fs::path training = part_folder(place, false).value_or(root_);
        class_names_ = folders_in(training);
        if (class_names_.empty())
            throw DataError(training.string() +
                            ": no folders of classes, expected one for each class with its pictures");
        std::vector<std::vector<std::string>> by_class(class_names_.size());
        for (const std::string& name : folders_in(root_)) {
            const auto known = std::lower_bound(class_names_.begin(), class_names_.end(), name);
            if (known == class_names_.end() || *known != name)
                throw DataError((root_ / name).string() + ": there is no such class in " + training.string());
            auto& paths = by_class[static_cast<size_t>(known - class_names_.begin())];
            paths = images_below(root_ / name, root_);
            if (paths.empty())
                throw DataError((root_ / name).string() +
                                ": no .jpg, .jpeg or .png file in the folder of this class; add pictures or remove it");
        }
        take_in_turn(by_class);
        if (paths_.empty()) throw DataError(root_.string() + ": no folders of classes");
    }

    int64_t size() const override { return static_cast<int64_t>(paths_.size()); }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    int channels() const override { return channels_; }
    std::optional<ImageSize> image_size() const override { return std::nullopt; }
    Sample get(int64_t index) const override { return get_part(index, {}); }
    Sample get_part(int64_t index, const ChoosePart& choose) const override {
        return {decode_image_file(name(index), channels_, choose), label(index)};
    }
    int64_t label(int64_t index) const override { return labels_[static_cast<size_t>(index)]; }
    std::string name(int64_t index) const override { return (root_ / paths_[static_cast<size_t>(index)]).string(); }
    std::string fingerprint() const override {
        const std::lock_guard lock(fingerprint_mutex_);
        if (fingerprint_.empty()) fingerprint_ = compute_fingerprint();
        return fingerprint_;
    }
    std::string description() const override {
        return root_.string() + ", " + std::to_string(size()) + " images, " + std::to_string(class_names_.size()) +
               " classes";
    }

private:
    void take_in_turn(const std::vector<std::vector<std::string>>& by_class) {
        size_t longest = 0;
        for (const auto& paths : by_class) longest = std::max(longest, paths.size());
        for (size_t i = 0; i < longest; ++i) {
            for (size_t c = 0; c < by_class.size(); ++c) {
                if (i >= by_class[c].size()) continue;
                paths_.push_back(by_class[c][i]);
                labels_.push_back(static_cast<int32_t>(c));
            }
        }
    }

    std::string compute_fingerprint() const {
        Hasher hasher;
        int64_t total_bytes = 0;
        for (const std::string& name : class_names_) hasher.update(name + "\n");
        for (const std::string& path : paths_) {
            std::error_code error;
            const auto size_bytes = static_cast<int64_t>(fs::file_size(root_ / path, error));
            if (error) throw DataError((root_ / path).string() + ": " + error.message());
            hasher.update(path + "\n" + std::to_string(size_bytes) + "\n");
            total_bytes += size_bytes;
        }
        const auto every = static_cast<size_t>((total_bytes + kFingerprintBytes - 1) / kFingerprintBytes);
        for (size_t i = 0; i < paths_.size(); i += std::max<size_t>(every, 1))
            hasher.update(hash_file_hex((root_ / paths_[i]).string()));
        return hasher.hex();
    }

    int channels_;
    fs::path root_;
    std::vector<std::string> class_names_;
    std::vector<std::string> paths_;  // relative to root_
    std::vector<int32_t> labels_;
    mutable std::mutex fingerprint_mutex_;
    mutable std::string fingerprint_;
};

}  // namespace

bool has_image_folders(const ImageFolderPlace& place, bool is_test) {
    const auto part = part_folder(place, is_test);
    return part && !folders_in(*part).empty();
}

DatasetPtr open_image_folder(const ImageFolderPlace& place, bool is_test, int channels) {
    return std::make_shared<ImageFolder>(place, is_test, channels == 0 ? 3 : channels);
}

}  // namespace f8net
