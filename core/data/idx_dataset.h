// SPDX-License-Identifier: Apache-2.0
/// Data sets of IDX files, held in memory: {train,t10k}-{images-idx3,labels-idx1}-ubyte[.gz].
/// Errors and threads as Dataset.
#pragma once

#include <string>

#include "core/data/dataset.h"

namespace f8net {

/// Are there IDX files with MNIST's names in that folder?
bool has_idx_files(const std::string& folder);

/// kTrain or kTest. `is_fashion_mnist`: its class names, and labels above 9 are errors.
DatasetPtr open_idx_dataset(const std::string& folder, bool is_test, bool is_fashion_mnist, int channels);

}  // namespace f8net
