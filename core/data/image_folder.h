// SPDX-License-Identifier: Apache-2.0
/// Image folders: FOLDER/{train,val|validation|test}/CLASS/**/*.{jpg,jpeg,png}; files are decoded when asked for.
/// Classes are the sub-folders of train/ by name (of the test part where there is no train/).
/// Order: class by class in turn.
///
/// Errors and threads as Dataset.
#pragma once

#include <string>

#include "core/data/dataset.h"

namespace f8net {

bool has_image_folders(const std::string& folder);
DatasetPtr open_image_folder(const std::string& folder, bool is_test, int channels);

}  // namespace f8net
