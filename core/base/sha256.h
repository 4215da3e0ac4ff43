// SPDX-License-Identifier: Apache-2.0
/// SHA-256 as 64 hexadecimal digits, for sums that people check with `sha256sum -c`. (Inside the program hash.h is
/// faster.)   Threads  pure.
#pragma once

#include <string>
#include <string_view>

namespace f8net {

std::string sha256_hex(std::string_view data);
/// IoError where the file cannot be read.
std::string sha256_file_hex(const std::string& path);

}  // namespace f8net
