// SPDX-License-Identifier: Apache-2.0
/// The integers inside a network as a safetensors file: `acc/LAYER` int32 before requantization and `code/LAYER`, the
/// layer's input codes (uint8, or int8 where the format is signed), [images, C, H, W] (docs/cli.md, --trace). Batches
/// are written where they belong as they come, so memory does not grow with the images; the file appears when it is
/// whole, and without commit() nothing is left behind. Errors   IoError (disk full: path and free bytes).   Threads one
/// at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/analysis/recorded_trace.h"
#include "core/network/integer_network.h"
#include "core/tensorfile/safetensors_slots.h"

namespace f8net {

class TraceFile {
public:
    TraceFile(const std::string& path, const IntegerNetwork& network, int64_t images,
              const std::map<std::string, std::string>& metadata);

    /// A batch of `count` images; first_image counts from 0. DataError where the trace does not fit the network.
    void write(const RecordedTrace& trace, int64_t first_image, int64_t count);
    void write_labels(const std::vector<int64_t>& labels, int64_t first_image);
    void commit();

private:
    SafetensorsSlots file_;
    std::map<std::string, Shape> shapes_;
    std::set<std::string> narrow_;  ///< of one byte an element
};

}  // namespace f8net
