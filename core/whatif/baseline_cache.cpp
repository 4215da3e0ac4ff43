// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/baseline_cache.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/base/error.h"
#include "core/base/places.h"

namespace f8net {
namespace {

constexpr int64_t kAlignment = 64;

std::string folder_of(const CacheOptions& options) {
    return options.folder.empty() ? cache_place() : options.folder;
}

/// The folder need not be there yet: then what is free above it counts.
int64_t free_bytes_above(std::filesystem::path folder) {
    std::error_code error;
    while (!folder.empty() && !std::filesystem::exists(folder, error) && folder != folder.parent_path())
        folder = folder.parent_path();
    const auto space = std::filesystem::space(folder.empty() ? "." : folder, error);
    return error ? 0 : static_cast<int64_t>(space.available);
}

}  // namespace

int64_t class_given(const int32_t* logits, int64_t classes) {
    return std::max_element(logits, logits + classes) - logits;
}

BaselineCache::BaselineCache(const IntegerNetwork& network, const EvaluationSet& set, const EngineOptions& engine,
                             const CacheOptions& options)
    : network_(network), set_(set), engine_(engine), images_(set.count()) {
    check(network_);
    if (images_ <= 0) throw DataError(set.dataset->description() + ": there are no images");
    const std::string folder = folder_of(options);
    const int64_t limit = std::min(options.limit_bytes, free_bytes_above(folder) / 2);
    const int64_t picture_bytes = network_.input().output.size();
    const int64_t rest = limit - picture_bytes * images_ - kAlignment;
    if (rest < 0) {
        throw ConfigError("a cache of " + std::to_string(limit) + " bytes in " + folder + " does not hold " +
                          std::to_string(images_) + " pictures of " + std::to_string(picture_bytes) +
                          " bytes; fewer images, or a larger limit on a disk with twice as much free");
    }
    cuts_ = choose_cut_points(network_, rest / images_);
    int64_t size = (picture_bytes * images_ + kAlignment - 1) / kAlignment * kAlignment;
    for (const CutPoint& cut : cuts_) {
        offsets_.push_back(size);
        size += cut.bytes * images_;
    }
    file_ = std::make_unique<ScratchFile>(folder, size);
}

int BaselineCache::cut_before(size_t node) const {
    int found = 0;
    for (const CutPoint& cut : cuts_) {
        if (static_cast<size_t>(cut.node) < node) found = cut.node;
    }
    return found;
}

int32_t* BaselineCache::values(size_t cut, int64_t image) const {
    return reinterpret_cast<int32_t*>(file_->bytes().data() + offsets_[cut] + cuts_[cut].bytes * image);
}

ImageSource BaselineCache::source(int cut, int64_t image) const {
    if (cut == 0) {
        const auto* const pictures = reinterpret_cast<const uint8_t*>(file_->bytes().data());
        return {.pixels = pictures + image * network_.input().output.size()};
    }
    const auto found = std::find_if(cuts_.begin(), cuts_.end(), [&](const CutPoint& each) { return each.node == cut; });
    return {.values = values(static_cast<size_t>(found - cuts_.begin()), image)};
}

void BaselineCache::fill(int64_t images) {
    const int64_t end = std::min(images, images_);
    if (end <= filled_) return;
    load(filled_, end);
    compute(filled_, end);
    filled_ = end;
    if (filled_ == images_) parts_.clear();
}

void BaselineCache::load(int64_t begin, int64_t end) {
    std::vector<int64_t> indexes(static_cast<size_t>(end - begin));
    std::iota(indexes.begin(), indexes.end(), begin);
    const Batch batch = load_batch(*set_.dataset, set_.transform, indexes, set_.loader_threads);
    const Shape& input = network_.input().output;
    if (batch.channels != input.channels || batch.height != input.height || batch.width != input.width) {
        const auto text = [](int64_t channels, int64_t height, int64_t width) {
            return std::to_string(channels) + " x " + std::to_string(height) + " x " + std::to_string(width);
        };
        throw ShapeError("input", text(input.channels, input.height, input.width),
                         text(batch.channels, batch.height, batch.width) + " from " + set_.dataset->description());
    }
    for (size_t i = 0; i < batch.labels.size(); ++i) {
        if (batch.labels[i] >= 0 && batch.labels[i] < network_.num_classes()) continue;
        throw DataError("label " + std::to_string(batch.labels[i]) + " of " + set_.dataset->name(indexes[i]) +
                        " is none of the network's " + std::to_string(network_.num_classes()) + " classes");
    }
    std::copy(batch.pixels.begin(), batch.pixels.end(),
              reinterpret_cast<uint8_t*>(file_->bytes().data()) + begin * input.size());
    labels_.resize(static_cast<size_t>(begin));
    labels_.insert(labels_.end(), batch.labels.begin(), batch.labels.end());
}

void BaselineCache::compute(int64_t begin, int64_t end) {
    const int64_t count = end - begin, classes = network_.num_classes();
    const int last = static_cast<int>(network_.nodes.size()) - 1;
    if (parts_.empty()) {
        int from = 0;
        for (const CutPoint& cut : cuts_) {
            parts_.push_back(make_range_executor(network_, {from, cut.node}, engine_.path, engine_.threads));
            from = cut.node;
        }
        parts_.push_back(make_range_executor(network_, {from, last}, engine_.path, engine_.threads));
    }
    std::vector<int32_t> logits(static_cast<size_t>(count * classes));
    for (size_t part = 0; part < parts_.size(); ++part) {
        const ImageSource from = source(part == 0 ? 0 : cuts_[part - 1].node, begin);
        if (part < cuts_.size()) {
            const auto size = static_cast<size_t>(cuts_[part].bytes * count) / sizeof(int32_t);
            parts_[part]->run_range(from, count, {values(part, begin), size});
        } else {
            parts_[part]->run_range(from, count, logits);
        }
    }
    classes_.resize(static_cast<size_t>(begin));
    for (int64_t i = 0; i < count; ++i) classes_.push_back(class_given(logits.data() + i * classes, classes));
}

}  // namespace f8net
