// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace f8net {

int64_t EvaluationSet::count() const {
    return images > 0 ? std::min(images, dataset->size()) : dataset->size();
}

void for_each_batch(const EvaluationSet& set, int64_t batch_size,
                    const std::function<void(const Batch&, int64_t)>& body) {
    for (int64_t begin = 0; begin < set.count(); begin += batch_size) {
        std::vector<int64_t> indexes(static_cast<size_t>(std::min(batch_size, set.count() - begin)));
        std::iota(indexes.begin(), indexes.end(), begin);
        body(load_batch(*set.dataset, set.transform, indexes, set.loader_threads), begin);
    }
}

int64_t rank_of(const float* logits, int64_t classes, int64_t label) {
    const float own = logits[label];
    int64_t rank = 0;
    for (int64_t c = 0; c < classes; ++c) {
        if (logits[c] > own || (logits[c] == own && c < label)) ++rank;
    }
    return rank;
}

double cross_entropy(const float* logits, int64_t classes, int64_t label, double scale) {
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t c = 0; c < classes; ++c) largest = std::max(largest, logits[c] * scale);
    double sum = 0;
    for (int64_t c = 0; c < classes; ++c) sum += std::exp(logits[c] * scale - largest);
    return std::log(sum) + largest - logits[label] * scale;
}

namespace {

constexpr int64_t kTopFive = 5;

/// Counts of one mode while batches come in.
class Tally {
public:
    Tally(const EvaluatedMode& mode, int num_classes, const std::vector<int64_t>& topk)
        : mode_(mode), right_(static_cast<size_t>(num_classes)), seen_(static_cast<size_t>(num_classes)) {
        for (const int64_t k : topk) {
            if (k != 1 && k != kTopFive) topk_[k] = 0;
        }
    }

    void add(const Logits& logits, const std::vector<int64_t>& labels, double seconds) {
        const double scale = logits.scale;
        // Integers above 2^24 would lose their last bits in `values`, and with them a tie.
        std::vector<float> row(static_cast<size_t>(logits.classes));
        for (int64_t i = 0; i < logits.images; ++i) {
            const int64_t label = labels[static_cast<size_t>(i)];
            if (label < 0 || label >= logits.classes) {
                throw DataError("label " + std::to_string(label) + " of image " + std::to_string(images_) +
                                " is none of the network's " + std::to_string(logits.classes) + " classes");
            }
            const size_t first = static_cast<size_t>(i * logits.classes);
            const int64_t rank = logits.integers.empty()
                                     ? rank_of(logits.values.data() + first, logits.classes, label)
                                     : integer_rank(logits.integers.data() + first, logits.classes, label);
            for (size_t c = 0; c < row.size(); ++c) {
                row[c] =
                    logits.integers.empty() ? logits.values[first + c] : static_cast<float>(logits.integers[first + c]);
            }
            const int64_t given = logits.integers.empty()
                                      ? first_largest(logits.values.data() + first, logits.classes)
                                      : first_largest(logits.integers.data() + first, logits.classes);
            confusion_.resize(row.size() * row.size());
            ++confusion_[static_cast<size_t>(label * logits.classes + given)];
            loss_ += cross_entropy(row.data(), logits.classes, label, scale);
            ++images_;
            if (static_cast<size_t>(label) < seen_.size()) {
                ++seen_[static_cast<size_t>(label)];
                if (rank == 0) ++right_[static_cast<size_t>(label)];
            }
            if (rank == 0) ++top1_;
            if (rank < kTopFive) ++top5_;
            for (auto& [k, count] : topk_) count += rank < k;
        }
        seconds_ += seconds;
    }

    ModeResult result() const {
        ModeResult result;
        result.mode = mode_.evaluator->mode();
        result.path = mode_.evaluator->path();
        result.images = images_;
        const double count = static_cast<double>(std::max<int64_t>(images_, 1));
        result.top1 = static_cast<double>(top1_) / count;
        result.top5 = static_cast<double>(top5_) / count;
        for (const auto& [k, among] : topk_) result.topk[k] = static_cast<double>(among) / count;
        result.loss = loss_ / count;
        result.images_per_second = seconds_ > 0 ? static_cast<double>(images_) / seconds_ : 0;
        result.confusion = confusion_;
        for (size_t c = 0; c < seen_.size(); ++c) {
            result.per_class.push_back(seen_[c] == 0 ? std::numeric_limits<double>::quiet_NaN()
                                                     : static_cast<double>(right_[c]) / static_cast<double>(seen_[c]));
        }
        return result;
    }

private:
    template <typename T>
    static int64_t first_largest(const T* logits, int64_t classes) {
        return std::max_element(logits, logits + classes) - logits;
    }
    static int64_t integer_rank(const int32_t* logits, int64_t classes, int64_t label) {
        int64_t rank = 0;
        for (int64_t c = 0; c < classes; ++c) {
            if (logits[c] > logits[label] || (logits[c] == logits[label] && c < label)) ++rank;
        }
        return rank;
    }

    EvaluatedMode mode_;
    int64_t images_ = 0, top1_ = 0, top5_ = 0;
    std::map<int64_t, int64_t> topk_;  // further ones: k, images
    double loss_ = 0, seconds_ = 0;
    std::vector<int64_t> right_, seen_, confusion_;
};

/// Index of the mode the others are compared with; modes.size() where there are fewer than two integer modes.
size_t choose_reference(const std::vector<EvaluatedMode>& modes) {
    std::optional<size_t> first;
    size_t count = 0;
    for (size_t m = 0; m < modes.size(); ++m) {
        const NumericMode mode = modes[m].evaluator->mode();
        if (!is_integer_mode(mode)) continue;
        ++count;
        const bool is_first_integer_only = mode == NumericMode::kIntegerOnly &&
                                           (!first || modes[*first].evaluator->mode() != NumericMode::kIntegerOnly);
        if (!first || is_first_integer_only) first = m;
    }
    return count >= 2 && first ? *first : modes.size();
}

struct BatchOutput {
    Logits logits;
    TraceDigests digests;
    bool traced = false;
};

/// Ends of batches that no batch may span: where a mode or the comparison ends.
int64_t next_boundary(int64_t begin, int64_t end, const std::vector<int64_t>& boundaries) {
    for (const int64_t boundary : boundaries) {
        if (begin < boundary) end = std::min(end, boundary);
    }
    return end;
}

/// Looks for a difference between the reference and the other traced modes of one batch.
std::optional<CodeDifference> compare_batch(const std::vector<EvaluatedMode>& modes,
                                            const std::vector<BatchOutput>& outputs, size_t reference,
                                            const Batch& batch, int64_t first_image) {
    for (size_t m = 0; m < modes.size(); ++m) {
        if (m == reference || !outputs[m].traced) continue;
        const auto image = first_differing_image(outputs[reference].digests, outputs[reference].logits,
                                                 outputs[m].digests, outputs[m].logits);
        if (!image) continue;
        const auto size =
            static_cast<size_t>(batch.height) * static_cast<size_t>(batch.width) * static_cast<size_t>(batch.channels);
        const std::span<const uint8_t> pixels(batch.pixels.data() + static_cast<size_t>(*image) * size, size);
        auto difference =
            find_difference(*modes[reference].evaluator, *modes[m].evaluator, pixels, first_image + *image);
        if (!difference) {
            // The same image alone is computed alike: what differs depends on the batch it comes in.
            difference.emplace();
            difference->reference_path = modes[reference].evaluator->path();
            difference->path = modes[m].evaluator->path();
            difference->image = first_image + *image;
            difference->layer = "(differs only within its batch)";
        }
        return difference;
    }
    return std::nullopt;
}

}  // namespace

Evaluation evaluate(const EvaluationSet& set, const std::vector<EvaluatedMode>& modes,
                    const EvaluationOptions& options) {
    const int64_t count = set.count();
    std::vector<Tally> tallies;
    std::vector<int64_t> limits;
    for (const EvaluatedMode& mode : modes) {
        tallies.emplace_back(mode, set.dataset->num_classes(), options.topk);
        limits.push_back(mode.image_limit > 0 ? std::min(mode.image_limit, count) : count);
    }
    const size_t reference = options.agreement_images == 0 ? modes.size() : choose_reference(modes);
    const bool has_reference = reference < modes.size();
    const int64_t compared = options.agreement_images < 0 ? count : std::min(options.agreement_images, count);
    std::vector<int64_t> boundaries = limits;
    if (has_reference) boundaries.push_back(compared);

    Evaluation result;
    const int64_t last = limits.empty() ? 0 : *std::max_element(limits.begin(), limits.end());
    for (int64_t begin = 0; begin < last;) {
        const int64_t end = next_boundary(begin, std::min<int64_t>(begin + set.batch_size, last), boundaries);
        const bool compare = has_reference && begin < compared && !result.first_difference;
        std::vector<int64_t> indexes(static_cast<size_t>(end - begin));
        std::iota(indexes.begin(), indexes.end(), begin);
        const Batch batch = load_batch(*set.dataset, set.transform, indexes, set.loader_threads);

        std::vector<BatchOutput> outputs(modes.size());
        for (size_t m = 0; m < modes.size(); ++m) {
            if (begin >= limits[m]) continue;
            ModeEvaluator& evaluator = *modes[m].evaluator;
            outputs[m].traced = compare && is_integer_mode(evaluator.mode());
            const auto start = std::chrono::steady_clock::now();
            outputs[m].logits =
                evaluator.run(batch.pixels, batch.size, outputs[m].traced ? &outputs[m].digests : nullptr);
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
            tallies[m].add(outputs[m].logits, batch.labels, seconds.count());
            if (options.on_logits) options.on_logits(evaluator, begin, outputs[m].logits, batch.labels);
            if (options.on_progress) options.on_progress(evaluator, end, limits[m]);
        }
        if (compare && outputs[reference].traced) {
            result.first_difference = compare_batch(modes, outputs, reference, batch, begin);
        }
        begin = end;
    }
    for (const Tally& tally : tallies) result.modes.push_back(tally.result());
    if (has_reference) {
        result.integer_modes_agree = !result.first_difference;
        result.agreement_images = compared;
    }
    return result;
}

}  // namespace f8net
