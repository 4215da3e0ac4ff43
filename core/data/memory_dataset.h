// SPDX-License-Identifier: Apache-2.0
/// Data sets that are held in memory whole: images of one size, as they are read from IDX and CIFAR files.
/// Errors and threads as Dataset.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/data/dataset.h"

namespace f8net {

struct LabelledImages {
    int64_t count = 0;
    ImageSize size;
    int channels = 1;                      ///< of `pixels`: 1 or 3
    std::vector<uint8_t> pixels;           ///< [count, height, width, channels]
    std::vector<uint8_t> labels;           ///< [count]
    std::vector<std::string> class_names;  ///< every label is below their number
    std::string title;                     ///< "Fashion-MNIST train"
    /// The files in order, each with the number of its images.
    std::vector<std::pair<std::string, int64_t>> files;
};

/// `channels` of the images it returns: 1 or 3.
DatasetPtr make_memory_dataset(LabelledImages images, int channels);

}  // namespace f8net
