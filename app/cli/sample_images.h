// SPDX-License-Identifier: Apache-2.0
/// Some images for a subject: the first ones of what it is evaluated on, or random ones where it names no data.
/// Errors   those of open_evaluation_data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/cli/context.h"
#include "app/cli/subject.h"
#include "core/analysis/evaluation.h"
#include "core/analysis/verification.h"

namespace f8net {

struct SampleImages {
    PixelSource pixels;
    int64_t count = 0;
    std::string source;                   ///< "random bytes, seed 1995", or the data set in a line
    std::shared_ptr<EvaluationSet> data;  ///< null where they are random
};

/// The same ones each time.
SampleImages random_images(Subject& subject, int64_t images);

/// `folder`: --data, empty: as the experiment says. At most `images` of them; a data set may have fewer.
SampleImages sample_images(Context& context, Subject& subject, const std::string& folder, int64_t images);

}  // namespace f8net
