// SPDX-License-Identifier: Apache-2.0
/// Accuracy of a network in several modes over a data set, and whether its integer modes agree in every code.
/// Units    top1, top5, per-class accuracies: shares 0 to 1. Ties are decided for the class with the smaller index.
///          loss: mean softmax cross entropy of training's logits (Logits::scale), so that losses of all modes and of
///          training compare.
/// Errors   what the data set and the evaluators throw.   Threads  one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/agreement.h"
#include "core/data/loader.h"
#include "core/inference/mode_evaluator.h"

namespace f8net {

/// The images that are evaluated: the first `images` of a data set.
struct EvaluationSet {
    DatasetPtr dataset;
    ImageTransform transform;
    int64_t images = 0;  ///< at most dataset->size(); 0: all
    int batch_size = 64;
    int loader_threads = 1;

    int64_t count() const;
};

/// All images of the set in order; `first_image` counts from 0.
void for_each_batch(const EvaluationSet& set, int64_t batch_size,
                    const std::function<void(const Batch&, int64_t first_image)>& body);

struct EvaluatedMode {
    ModeEvaluator* evaluator = nullptr;  ///< not owned
    int64_t image_limit = 0;             ///< this mode only on the first so many images; 0: on all
};

struct EvaluationOptions {
    /// Compare the integer modes in every code on the first so many images; 0: not, -1: on all.
    int64_t agreement_images = -1;
    /// Besides top-1 and top-5: shares of images whose class is among the k best.
    std::vector<int64_t> topk;
    /// After each batch of each mode; may throw to end the evaluation.
    std::function<void(const ModeEvaluator&, int64_t images_done, int64_t images)> on_progress;
    /// Each batch of logits, in order: first_image is the index in the data set.
    std::function<void(const ModeEvaluator&, int64_t first_image, const Logits&, const std::vector<int64_t>& labels)>
        on_logits;
};

struct ModeResult {
    NumericMode mode = NumericMode::kFloat;
    std::string path;
    int64_t images = 0;
    double top1 = 0, top5 = 0, loss = 0;
    std::map<int64_t, double> topk;  ///< of EvaluationOptions::topk, by k; without 1 and 5
    double images_per_second = 0;    ///< computing alone, without loading
    std::vector<double> per_class;   ///< NaN for a class without images
    std::vector<int64_t> confusion;  ///< [true class * classes + class given]: images
};

struct Evaluation {
    std::vector<ModeResult> modes;            ///< in the order given
    std::optional<bool> integer_modes_agree;  ///< empty where fewer than two integer modes were compared
    int64_t agreement_images = 0;             ///< images on which they were compared
    std::optional<CodeDifference> first_difference;
};

/// The integer mode that others are compared with: integer-only where it is among them, else the first one.
Evaluation evaluate(const EvaluationSet& set, const std::vector<EvaluatedMode>& modes,
                    const EvaluationOptions& options = {});

/// Rank of the true class among the logits, from 0.
int64_t rank_of(const float* logits, int64_t classes, int64_t label);
/// -log softmax(logits * scale)[label], without overflow.
double cross_entropy(const float* logits, int64_t classes, int64_t label, double scale);

}  // namespace f8net
