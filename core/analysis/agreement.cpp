// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/agreement.h"

#include <xxhash.h>

#include <algorithm>

namespace f8net {

void TraceDigests::on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) {
    add(layer, TraceTensor::kCodes, shape, codes);
}

void TraceDigests::on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) {
    add(layer, TraceTensor::kAccumulators, shape, values);
}

void TraceDigests::add(const std::string& layer, TraceTensor tensor, const Shape& shape,
                       std::span<const int32_t> values) {
    Entry entry{layer, tensor, {}};
    const auto size = static_cast<size_t>(shape.size());
    for (size_t at = 0; size > 0 && at + size <= values.size(); at += size) {
        // The shape goes in as the seed: the same numbers in another shape are a difference.
        const auto seed = static_cast<XXH64_hash_t>(shape.channels * 1'000'003 + shape.height * 1'009 + shape.width);
        entry.per_image.push_back(XXH3_64bits_withSeed(values.data() + at, size * sizeof(int32_t), seed));
    }
    entries_.push_back(std::move(entry));
}

const TraceDigests::Entry* TraceDigests::find(const std::string& layer, TraceTensor tensor) const {
    for (const Entry& entry : entries_) {
        if (entry.layer == layer && entry.tensor == tensor) return &entry;
    }
    return nullptr;
}

std::string CodeDifference::description() const {
    const auto text = [](const std::optional<int32_t>& value) {
        return value ? std::to_string(*value) : std::string("nothing");
    };
    return "image " + std::to_string(image) + ", layer " + layer + ", " + tensor + "[" + std::to_string(channel) +
           ", " + std::to_string(row) + ", " + std::to_string(column) + "]: " + reference_path + " has " +
           text(expected) + ", " + path + " has " + text(got);
}

namespace {

/// First image whose hashes differ between one entry and its partner; all images where the partner is missing.
int64_t first_difference(const TraceDigests::Entry& entry, const TraceDigests::Entry* partner, int64_t none) {
    if (!partner || partner->per_image.size() != entry.per_image.size()) return 0;
    const auto [at, unused] = std::mismatch(entry.per_image.begin(), entry.per_image.end(), partner->per_image.begin());
    return at == entry.per_image.end() ? none : at - entry.per_image.begin();
}

int64_t first_difference(const Logits& reference, const Logits& other, int64_t none) {
    if (reference.integers.size() != other.integers.size() || reference.classes != other.classes) return 0;
    const auto [at, unused] =
        std::mismatch(reference.integers.begin(), reference.integers.end(), other.integers.begin());
    if (at == reference.integers.end()) return none;
    return (at - reference.integers.begin()) / std::max<int64_t>(reference.classes, 1);
}

CodeDifference make_difference(ModeEvaluator& reference, ModeEvaluator& other, int64_t image, const std::string& layer,
                               const std::string& tensor) {
    CodeDifference difference;
    difference.reference_path = reference.path();
    difference.path = other.path();
    difference.image = image;
    difference.layer = layer;
    difference.tensor = tensor;
    return difference;
}

}  // namespace

std::optional<int64_t> first_differing_image(const TraceDigests& reference, const Logits& reference_logits,
                                             const TraceDigests& other, const Logits& other_logits,
                                             TraceCoverage coverage) {
    const int64_t none = reference_logits.images;
    int64_t first = first_difference(reference_logits, other_logits, none);
    for (const TraceDigests::Entry& entry : reference.entries()) {
        const TraceDigests::Entry* const partner = other.find(entry.layer, entry.tensor);
        if (!partner && coverage == TraceCoverage::kWhatItShows) continue;
        first = std::min(first, first_difference(entry, partner, none));
    }
    for (const TraceDigests::Entry& entry : other.entries()) {
        if (!reference.find(entry.layer, entry.tensor)) first = 0;
    }
    return first == none ? std::nullopt : std::optional<int64_t>(first);
}

std::optional<CodeDifference> find_difference(ModeEvaluator& reference, ModeEvaluator& other,
                                              std::span<const uint8_t> pixels, int64_t image, TraceCoverage coverage) {
    RecordedTrace expected, got;
    const Logits expected_logits = reference.run(pixels, 1, &expected);
    const Logits got_logits = other.run(pixels, 1, &got);
    for (const RecordedTensor& tensor : expected.tensors()) {
        const RecordedTensor* partner = got.find(tensor.layer, tensor.tensor);
        if (!partner && coverage == TraceCoverage::kWhatItShows) continue;
        CodeDifference difference = make_difference(reference, other, image, tensor.layer, to_string(tensor.tensor));
        if (!partner || partner->shape != tensor.shape || partner->values.size() != tensor.values.size()) {
            if (!tensor.values.empty()) difference.expected = tensor.values.front();
            return difference;
        }
        const auto [a, b] = std::mismatch(tensor.values.begin(), tensor.values.end(), partner->values.begin());
        if (a == tensor.values.end()) continue;
        const int64_t element = a - tensor.values.begin();  // H W C
        difference.channel = element % tensor.shape.channels;
        difference.column = element / tensor.shape.channels % tensor.shape.width;
        difference.row = element / (tensor.shape.channels * tensor.shape.width);
        difference.expected = *a;
        difference.got = *b;
        return difference;
    }
    for (const RecordedTensor& tensor : got.tensors()) {
        if (expected.find(tensor.layer, tensor.tensor)) continue;
        CodeDifference difference = make_difference(reference, other, image, tensor.layer, to_string(tensor.tensor));
        if (!tensor.values.empty()) difference.got = tensor.values.front();
        return difference;
    }
    const size_t classes = std::max(expected_logits.integers.size(), got_logits.integers.size());
    for (size_t c = 0; c < classes; ++c) {
        const auto at = [c](const Logits& logits) {
            return c < logits.integers.size() ? std::optional<int32_t>(logits.integers[c]) : std::nullopt;
        };
        if (at(expected_logits) == at(got_logits)) continue;
        CodeDifference difference = make_difference(reference, other, image, "logits", "logits");
        difference.channel = static_cast<int64_t>(c);
        difference.expected = at(expected_logits);
        difference.got = at(got_logits);
        return difference;
    }
    return std::nullopt;
}

}  // namespace f8net
