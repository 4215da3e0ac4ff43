// SPDX-License-Identifier: Apache-2.0
/// JSON out of an untrusted file: no tree that is much larger than the file, none that is deep, and no name twice (the
/// tree would silently keep one of two).
/// Errors   DataError: "file: what: ...".   Threads  reentrant.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace f8net {

/// `what` names the text within the file.
nlohmann::json parse_bounded_json(std::string_view text, int64_t file_size_bytes, int max_depth,
                                  const std::string& file, const std::string& what);

}  // namespace f8net
