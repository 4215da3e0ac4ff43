// SPDX-License-Identifier: Apache-2.0
/// A data set whose pictures are decoded once: kept in memory, or as raw pixels in a file that later runs and other
/// processes use, too. What get() and get_part() return is the same to the bit as without.
/// A cache that is full keeps what it has; further pictures are decoded as before.
///
/// Errors   as the data set's; IoError where the file cannot be made.
/// Threads  as Dataset.
#pragma once

#include <cstdint>
#include <memory>

#include "core/data/dataset.h"

namespace f8net {

/// Where decoded pictures are kept, by their index in one data set.   Threads: any.
class PixelStore {
public:
    virtual ~PixelStore() = default;
    /// The part that `choose` names of a picture that is kept; nothing where it is not (then `choose` was not called).
    virtual std::optional<Image> find(int64_t index, const ChoosePart& choose) = 0;
    virtual bool has_room(int64_t size_bytes) const = 0;
    virtual void keep(int64_t index, const Image& image) = 0;
};

std::unique_ptr<PixelStore> make_memory_pixel_store(int64_t num_images, int64_t max_bytes);

/// `store` is for the images of just this data set.
DatasetPtr make_cached(DatasetPtr dataset, std::unique_ptr<PixelStore> store);

}  // namespace f8net
