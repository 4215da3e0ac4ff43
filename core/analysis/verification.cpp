// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/verification.h"

#include <algorithm>
#include <random>

namespace f8net {

PathComparison compare_paths(ModeEvaluator& law, ModeEvaluator& other, const PixelSource& pixels, int64_t images,
                             int batch_size, TraceCoverage coverage) {
    PathComparison comparison;
    for (int64_t begin = 0; begin < images; begin += batch_size) {
        const int64_t count = std::min<int64_t>(batch_size, images - begin);
        const std::vector<uint8_t> batch = pixels(begin, count);
        TraceDigests expected, got;
        const Logits expected_logits = law.run(batch, count, &expected);
        const Logits got_logits = other.run(batch, count, &got);
        comparison.images = begin + count;
        const auto image = first_differing_image(expected, expected_logits, got, got_logits, coverage);
        if (!image) continue;
        const size_t size = batch.size() / static_cast<size_t>(count);
        const std::span<const uint8_t> one(batch.data() + static_cast<size_t>(*image) * size, size);
        comparison.first_difference = find_difference(law, other, one, begin + *image, coverage);
        if (!comparison.first_difference) {
            comparison.first_difference.emplace();
            comparison.first_difference->reference_path = law.path();
            comparison.first_difference->path = other.path();
            comparison.first_difference->image = begin + *image;
            comparison.first_difference->layer = "(differs only within its batch)";
        }
        break;
    }
    return comparison;
}

PixelSource random_pixels(const Shape& input, uint64_t seed) {
    return [input, seed](int64_t first, int64_t count) {
        std::vector<uint8_t> pixels;
        const auto size = static_cast<size_t>(input.size());
        pixels.reserve(size * static_cast<size_t>(count));
        for (int64_t image = first; image < first + count; ++image) {
            std::mt19937_64 generator(seed * 1'000'003 + static_cast<uint64_t>(image));
            for (size_t i = 0; i < size; ++i) pixels.push_back(static_cast<uint8_t>(generator() >> 56));
        }
        return pixels;
    };
}

}  // namespace f8net
