// SPDX-License-Identifier: Apache-2.0
/// Raw pixels of a data set's pictures in one file, filled as they are decoded and shared by every process that opens
/// it (runs after one another, ranks beside one another).
///
/// Layout   little-endian as the machine: a header, an entry per picture, then pixels H W C of one picture after the
///          other in the order in which they came. An entry is valid once its offset is not 0, which is written last.
/// Trust    the file is named after what it holds (fingerprint, channels); a picture's entry has the time at which its
///          source was changed and the hash of its pixels, both checked at the first use in a process: where one does
///          not fit, after a power failure for instance, the picture is decoded again.
/// Errors   IoError where the file cannot be made or is no pixel file. A disk that becomes full ends the keeping,
/// nothing
///          else.
/// Threads  any, of any process on one machine.
#pragma once

#include <memory>
#include <string>

#include "core/data/pixel_cache.h"

namespace f8net {

/// Opens or makes the file of this data set in `folder` (made where it is not there).
std::unique_ptr<PixelStore> open_pixel_file(const std::string& folder, const Dataset& dataset, int64_t max_bytes);

}  // namespace f8net
