// SPDX-License-Identifier: Apache-2.0
#include "app/cli/sample_images.h"

#include "app/cli/evaluation_data.h"

namespace f8net {

namespace {

constexpr uint64_t kRandomSeed = 1995;

}  // namespace

SampleImages random_images(Subject& subject, int64_t images) {
    return {random_pixels(subject.integer_network().input().output, kRandomSeed), images,
            "random bytes, seed " + std::to_string(kRandomSeed), nullptr};
}

SampleImages sample_images(Context& context, Subject& subject, const std::string& folder, int64_t images) {
    if (!subject.has_experiment() && folder.empty()) {
        context.console.note("no data named: random images");
        return random_images(subject, images);
    }
    const auto data = std::make_shared<EvaluationSet>(
        open_evaluation_data(subject, {folder, Split::kTest, images, 0, context.threads()}));
    const PixelSource pixels = [data](int64_t first, int64_t count) {
        std::vector<int64_t> indexes;
        for (int64_t i = first; i < first + count; ++i) indexes.push_back(i);
        return load_batch(*data->dataset, data->transform, indexes, data->loader_threads).pixels;
    };
    return {pixels, data->count(), data->dataset->description(), data};
}

}  // namespace f8net
