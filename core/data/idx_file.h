// SPDX-License-Identifier: Apache-2.0
/// IDX files (MNIST's format), plain or gzip: 00 00 08 D, then D big-endian sizes, then bytes.
/// Errors   DataError with file, expected and got sizes; gzip's checksum is checked.   Threads: reentrant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace f8net {

struct IdxFile {
    std::vector<int64_t> shape;
    std::vector<uint8_t> bytes;
};

/// `num_dimensions`: 3 for images [N, H, W], 1 for labels [N].
IdxFile read_idx(const std::string& path, int num_dimensions);
/// The same from a file's bytes; `name` is what messages call it.
IdxFile parse_idx(std::string bytes, int num_dimensions, const std::string& name);

}  // namespace f8net
