// SPDX-License-Identifier: Apache-2.0
/// A small data set that can be learned: IDX files of 16x16 pictures in four classes (a bright quarter, noise
/// elsewhere).
#pragma once

#include <filesystem>
#include <string>

namespace f8net::testing_support {

/// Writes train and t10k files into the folder (made where missing).
void write_synthetic_images(const std::filesystem::path& folder, int num_train, int num_test, unsigned seed);

/// Configuration of a narrow ResNet18 on them: a float stage of one epoch and a fixed-point stage of two, 64 images
/// each, batch 16.
std::string synthetic_experiment(const std::filesystem::path& folder);

}  // namespace f8net::testing_support
