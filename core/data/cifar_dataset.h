// SPDX-License-Identifier: Apache-2.0
/// CIFAR-10 and CIFAR-100 in the published binary form, held in memory: data_batch_1.bin .. data_batch_5.bin and
/// test_batch.bin with batches.meta.txt; train.bin and test.bin with fine_label_names.txt. The folder is the one that
/// has them, or the one that cifar-{10,100}-binary.tar.gz was unpacked in.
/// Errors and threads as Dataset.
#pragma once

#include <string>

#include "core/data/cifar_file.h"
#include "core/data/dataset.h"

namespace f8net {

bool has_cifar_files(const std::string& folder, CifarKind kind, bool is_test);

/// `channels`: 0 as they are (3), 1 or 3.
DatasetPtr open_cifar_dataset(const std::string& folder, CifarKind kind, bool is_test, int channels);

}  // namespace f8net
