// SPDX-License-Identifier: Apache-2.0
/// What the unchanged network makes of each image: its class, and the values at a few cut points, so that a changed
/// network is computed only from the last cut before the change. Pictures and values lie in a scratch file within a
/// stated limit; where that is too small for all cut points, there are fewer.
///
/// Errors   ConfigError where the limit does not even hold the pictures; IoError: the scratch file; what the data set
///          throws; ShapeError, DataError: pictures or labels that are none of the network's.
/// Threads  one call at a time; uses `threads` of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/analysis/evaluation.h"
#include "core/inference/executor.h"
#include "core/whatif/cut_points.h"
#include "core/whatif/scratch_file.h"

namespace f8net {

/// How integer networks are computed.
struct EngineOptions {
    std::string path;  ///< as make_executor(); empty: the fastest
    int threads = 1;
};

struct CacheOptions {
    int64_t limit_bytes = int64_t{1} << 30;  ///< never more than half of what is free on the disk
    std::string folder;                      ///< empty: the user's cache folder
};

class BaselineCache {
public:
    /// `network` is checked and must outlive this. Reads no image yet; room is reserved for all of the set.
    BaselineCache(const IntegerNetwork& network, const EvaluationSet& set, const EngineOptions& engine,
                  const CacheOptions& options);

    int64_t images() const { return images_; }
    /// Reads and computes what is missing of the first `images`.
    void fill(int64_t images);
    int64_t filled() const { return filled_; }

    /// The last node before `node` whose values are kept; 0: the picture itself.
    int cut_before(size_t node) const;
    /// Values at that cut of an image that was filled, and of those that follow it.
    ImageSource source(int cut, int64_t image) const;
    int64_t label(int64_t image) const { return labels_[static_cast<size_t>(image)]; }
    int64_t given_class(int64_t image) const { return classes_[static_cast<size_t>(image)]; }

    const std::vector<CutPoint>& cuts() const { return cuts_; }
    int64_t size_bytes() const { return static_cast<int64_t>(file_->bytes().size()); }

private:
    void load(int64_t begin, int64_t end);
    void compute(int64_t begin, int64_t end);
    int32_t* values(size_t cut, int64_t image) const;

    const IntegerNetwork& network_;
    const EvaluationSet set_;
    const EngineOptions engine_;
    const int64_t images_;
    std::vector<CutPoint> cuts_;
    std::unique_ptr<ScratchFile> file_;
    std::vector<int64_t> offsets_;  ///< of each cut's values in the file; the pictures lie before them
    std::vector<int64_t> labels_, classes_;
    int64_t filled_ = 0;
    std::vector<std::unique_ptr<Executor>> parts_;  ///< from cut to cut; only while there is something to fill
};

/// The class that the logits give: the largest one's index, the smallest of equals.
int64_t class_given(const int32_t* logits, int64_t classes);

}  // namespace f8net
