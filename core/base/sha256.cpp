// SPDX-License-Identifier: Apache-2.0
#include "core/base/sha256.h"

#include <sha2.h>

#include <cerrno>

#include "core/base/error.h"

namespace f8net {

std::string sha256_hex(std::string_view data) {
    char digits[SHA256_DIGEST_STRING_LENGTH];
    SHA256Data(reinterpret_cast<const uint8_t*>(data.data()), data.size(), digits);
    return digits;
}

std::string sha256_file_hex(const std::string& path) {
    char digits[SHA256_DIGEST_STRING_LENGTH];
    if (!SHA256File(path.c_str(), digits)) throw IoError("read", path, errno);
    return digits;
}

}  // namespace f8net
