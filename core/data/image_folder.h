// SPDX-License-Identifier: Apache-2.0
/// Image folders: FOLDER/{train,val}/CLASS/**/*.{jpg,jpeg,png}; files are decoded when asked for.
/// Classes are the sub-folders of the training part by name (of the test part where there is no training part).
/// Order: class by class in turn.
///
/// Errors   as Dataset; also a class without pictures, and a class of the test part that training does not have.
/// Threads  as Dataset.
#pragma once

#include <string>

#include "core/data/dataset.h"

namespace f8net {

struct ImageFolderPlace {
    std::string folder;
    std::string train_folder = "train";  ///< below `folder`, or absolute
    std::string test_folder = "val";     ///< where "val" is not there, validation and test are looked for
};

bool has_image_folders(const ImageFolderPlace& place, bool is_test);
/// `channels`: 0 as is usual (3), 1 or 3.
DatasetPtr open_image_folder(const ImageFolderPlace& place, bool is_test, int channels);

}  // namespace f8net
