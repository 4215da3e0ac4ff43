// SPDX-License-Identifier: Apache-2.0
#include "core/data/sampler.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/data/keyed_random.h"
#include "core/data/purposes.h"

namespace f8net {

Sampler::Sampler(const SamplerOptions& options) : options_(options) {
    const auto require = [](bool ok, const char* what, int64_t value) {
        if (!ok) throw DataError(std::string("sampler: ") + what + " is " + std::to_string(value));
    };
    require(options.num_images >= 1, "number of images", options.num_images);
    require(options.images_per_epoch >= 0, "images per epoch", options.images_per_epoch);
    require(options.batch_size >= 1, "batch size", options.batch_size);
    require(options.world >= 1, "number of ranks", options.world);
    require(options.rank >= 0 && options.rank < options.world, "rank", options.rank);
}

int64_t Sampler::num_batches() const {
    const int64_t images = options_.images_per_epoch > 0 ? options_.images_per_epoch : options_.num_images;
    const int64_t global_batch = options_.batch_size * options_.world;
    return options_.drop_last ? images / global_batch : (images + global_batch - 1) / global_batch;
}

int64_t Sampler::images_per_epoch() const {
    const int64_t images = options_.images_per_epoch > 0 ? options_.images_per_epoch : options_.num_images;
    return std::min(images, num_batches() * options_.batch_size * options_.world);
}

std::vector<int64_t> Sampler::epoch_indexes(int64_t epoch) const {
    // Left-out images of drop_last are left out of the stream's epoch, not moved to the next one.
    const int64_t stride = options_.images_per_epoch > 0 ? options_.images_per_epoch : options_.num_images;
    const int64_t begin = epoch * stride;
    const int64_t end = begin + images_per_epoch();
    std::vector<int64_t> indexes;
    indexes.reserve(static_cast<size_t>((end - begin) / options_.world + 1));
    int64_t pass = -1;
    std::vector<int64_t> order;
    for (int64_t position = begin + options_.rank; position < end; position += options_.world) {
        const int64_t within = position % options_.num_images;
        if (!options_.shuffle) {
            indexes.push_back(within);
            continue;
        }
        if (position / options_.num_images != pass) {
            pass = position / options_.num_images;
            order = random_permutation(options_.num_images,
                                       KeyedRandom(options_.seed, purpose::kOrder, static_cast<uint64_t>(pass)));
        }
        indexes.push_back(order[static_cast<size_t>(within)]);
    }
    return indexes;
}

std::vector<int64_t> Sampler::batch_indexes(const std::vector<int64_t>& of_epoch, int64_t number) const {
    const int64_t size = static_cast<int64_t>(of_epoch.size());
    const int64_t begin = std::min(number * options_.batch_size, size);
    const int64_t end = std::min(begin + options_.batch_size, size);
    return {of_epoch.begin() + begin, of_epoch.begin() + end};
}

}  // namespace f8net
