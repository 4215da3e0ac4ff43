// SPDX-License-Identifier: Apache-2.0
/// Data sets of IDX files, held in memory: {train,t10k}-{images-idx3,labels-idx1}-ubyte[.gz].
/// Errors and threads as Dataset.
#pragma once

#include <string>

#include "core/data/dataset.h"

namespace f8net {

/// Are there IDX files of that part with MNIST's names in the folder?
bool has_idx_files(const std::string& folder, bool is_test);

/// `is_fashion_mnist`: its class names, and labels above 9 are errors. `channels`: 0 as they are (1), 1 or 3.
DatasetPtr open_idx_dataset(const std::string& folder, bool is_test, bool is_fashion_mnist, int channels);

}  // namespace f8net
