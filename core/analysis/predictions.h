// SPDX-License-Identifier: Apache-2.0
/// Which class each mode gave each image of a test set: kept with a run, so that two runs compare on the same images
/// long after both were evaluated.
/// File     safetensors: `labels` i32 [images]; `class/MODE` i32 and `margin/MODE` f32 [images]; metadata names data
/// set
///          fingerprint, split and each mode's checkpoint.
/// Units    margin: the class's logit over the best other one, in training's scale; 0 or more.
/// Errors   IoError; DataError (file, tensor) for a file that is none of these.   Threads  values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/inference/mode_evaluator.h"

namespace f8net {

struct ModePredictions {
    std::string checkpoint;
    std::vector<int32_t> classes;
    std::vector<float> margins;
};

struct Predictions {
    std::string dataset_fingerprint, split;
    std::vector<int32_t> labels;
    std::map<std::string, ModePredictions> modes;  ///< by the name of the mode

    int64_t images() const { return static_cast<int64_t>(labels.size()); }
    bool is_right(const ModePredictions& mode, int64_t image) const {
        return mode.classes[static_cast<size_t>(image)] == labels[static_cast<size_t>(image)];
    }
    /// Those of another evaluation of the same images join, newer modes in place of older ones; of other images they
    /// replace all, unless they are of fewer.
    void merge(Predictions newer);
};

/// Collects what modes say while they are evaluated; each mode must see every image.
class PredictionRecorder {
public:
    PredictionRecorder(std::string dataset_fingerprint, std::string split, int64_t images);

    void add(NumericMode mode, const std::string& checkpoint, int64_t first_image, const Logits& logits,
             const std::vector<int64_t>& labels);
    /// Modes that saw every image.
    Predictions take();

private:
    Predictions predictions_;
    std::map<std::string, int64_t> seen_;
};

void write_predictions(const std::string& path, const Predictions& predictions);
Predictions read_predictions(const std::string& path);

/// The same images in both: how many only the second or only the first gets right.
struct PairedCounts {
    int64_t images = 0, gained = 0, lost = 0;
};
/// Nothing (0 images) where they are not of the same images or one has not the mode.
PairedCounts count_pairs(const Predictions& first, const Predictions& second, const std::string& mode);

}  // namespace f8net
