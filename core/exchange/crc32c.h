// SPDX-License-Identifier: Apache-2.0
/// CRC-32C (Castagnoli), and the form that TFRecord stores ("masked", so that a checksum of checksums is none).
/// Source   RFC 3720 B.4; TensorFlow's core/lib/hash/crc32c.h.   Threads  pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace f8net {

uint32_t crc32c(std::string_view bytes);
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace f8net
