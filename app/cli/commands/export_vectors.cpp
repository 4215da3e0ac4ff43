// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include "app/cli/class_names.h"
#include "app/cli/commands/export.h"
#include "app/cli/sample_images.h"
#include "app/cli/usage_error.h"
#include "core/base/error.h"
#include "core/deploy/test_vectors.h"

namespace f8net {

namespace {

constexpr int64_t kImages = 2;

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
    return words;
}

std::vector<VectorFile> kinds_of(const std::string& text) {
    std::vector<VectorFile> kinds;
    std::vector<std::string> names;
    for (const VectorFile kind : {VectorFile::kSafetensors, VectorFile::kNpy, VectorFile::kHex, VectorFile::kMem}) {
        names.push_back(to_string(kind));
        const std::vector<std::string> wanted = words_of(text);
        if (std::find(wanted.begin(), wanted.end(), names.back()) != wanted.end()) kinds.push_back(kind);
    }
    for (const std::string& word : words_of(text)) {
        if (std::find(names.begin(), names.end(), word) != names.end()) continue;
        throw ConfigError(unknown_name("--files", "kind", word, names));
    }
    return kinds;
}

}  // namespace

void export_vectors(Context& context, Subject& subject, const ExportOptions& options) {
    TestVectorOptions vectors;
    if (!options.files.empty()) vectors.kinds = kinds_of(options.files);
    vectors.layers = words_of(options.layers);
    vectors.num_threads = context.threads();
    vectors.class_names = class_names_of(subject);
    const SampleImages sample =
        sample_images(context, subject, options.data, options.images > 0 ? options.images : kImages);
    VectorImages images;
    images.count = sample.count;
    images.source = sample.source;
    images.pixels = sample.pixels(0, sample.count);
    for (int64_t i = 0; sample.data && i < sample.count; ++i) {
        images.labels.push_back(sample.data->dataset->label(i));
        images.names.push_back(sample.data->dataset->name(i));
    }
    export_test_vectors(subject.integer_network(), images, options.output, vectors);
}

}  // namespace f8net
