// SPDX-License-Identifier: Apache-2.0
#include "core/data/cifar_dataset.h"

#include <filesystem>
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/memory_dataset.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

struct Layout {
    const char* title;
    const char* folder_name;  // in the published archive
    std::vector<std::string> train_files;
    std::string test_file;
    const char* names_file;
    int num_classes;

    std::vector<std::string> files(bool is_test) const {
        return is_test ? std::vector<std::string>{test_file} : train_files;
    }
};

const Layout& layout_of(CifarKind kind) {
    static const Layout ten{
        "CIFAR-10",
        "cifar-10-batches-bin",
        {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
        "test_batch.bin",
        "batches.meta.txt",
        10};
    static const Layout hundred{"CIFAR-100", "cifar-100-binary",     {"train.bin"},
                                "test.bin",  "fine_label_names.txt", 100};
    return kind == CifarKind::k10 ? ten : hundred;
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

fs::path inner_folder(const std::string& folder, const Layout& layout) {
    std::error_code ignored;
    const fs::path inner = fs::path(folder) / layout.folder_name;
    return fs::is_directory(inner, ignored) ? inner : fs::path(folder);
}

/// One name a line; numbers where the file is not there.
std::vector<std::string> read_class_names(const fs::path& path, int num_classes) {
    std::vector<std::string> names;
    if (!is_file(path)) {
        for (int i = 0; i < num_classes; ++i) names.push_back(std::to_string(i));
        return names;
    }
    std::istringstream lines(read_text_file(path.string(), size_t{1} << 16));
    for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    if (names.size() != static_cast<size_t>(num_classes))
        throw DataError(path.string() + ": names of " + std::to_string(names.size()) + " classes, expected " +
                        std::to_string(num_classes));
    return names;
}

}  // namespace

bool has_cifar_files(const std::string& folder, CifarKind kind, bool is_test) {
    const Layout& layout = layout_of(kind);
    return is_file(inner_folder(folder, layout) / layout.files(is_test).front());
}

DatasetPtr open_cifar_dataset(const std::string& folder, CifarKind kind, bool is_test, int channels) {
    const Layout& layout = layout_of(kind);
    const fs::path inner = inner_folder(folder, layout);
    LabelledImages images;
    images.size = {32, 32};
    images.channels = 3;
    images.title = std::string(layout.title) + (is_test ? " test" : " train");
    images.class_names = read_class_names(inner / layout.names_file, layout.num_classes);
    for (const std::string& file : layout.files(is_test)) {
        const fs::path path = inner / file;
        if (!is_file(path))
            throw DataError(path.string() + ": no such file; " + layout.title + " is read in its binary version (" +
                            layout.files(false).front() + ", ..., " + layout.test_file + ")");
        const CifarImages part = parse_cifar(read_text_file(path.string()), kind, path.string());
        images.pixels.insert(images.pixels.end(), part.pixels.begin(), part.pixels.end());
        images.labels.insert(images.labels.end(), part.labels.begin(), part.labels.end());
        images.files.emplace_back(path.string(), static_cast<int64_t>(part.labels.size()));
    }
    images.count = static_cast<int64_t>(images.labels.size());
    return make_memory_dataset(std::move(images), channels == 0 ? 3 : channels);
}

}  // namespace f8net
