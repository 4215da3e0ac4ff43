// SPDX-License-Identifier: Apache-2.0
/// The JSON header of a safetensors file, as text and as values (shared by reader and writer).
#pragma once

#include <string>
#include <string_view>

#include "core/tensorfile/safetensors.h"

namespace f8net {

constexpr uint64_t kSafetensorsHeaderLimit = 100'000'000;  // bytes, as in the format's own library

/// Checks types, shapes, sizes, and that the tensors cover the `data_size_bytes` after the header without gap or
/// overlap. Offsets of the result count from the start of the file.
SafetensorsHeader parse_safetensors_header(std::string_view json, int64_t data_size_bytes, const std::string& file);

/// Length field and padded JSON; tensors follow in the order given. Fills in offset and size of each entry.
std::string format_safetensors_header(std::vector<TensorInfo>& tensors,
                                      const std::map<std::string, std::string>& metadata);

}  // namespace f8net
