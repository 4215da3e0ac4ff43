// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.h"

#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "core/base/error.h"

namespace f8net {

namespace {
std::string hex(XXH128_hash_t hash) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return text;
}
}  // namespace

struct Hasher::State {
    XXH3_state_t* value = XXH3_createState();
    ~State() { XXH3_freeState(value); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(state_->value); }
Hasher::~Hasher() = default;
void Hasher::update(const void* data, size_t size_bytes) { XXH3_128bits_update(state_->value, data, size_bytes); }
std::string Hasher::hex() const { return f8net::hex(XXH3_128bits_digest(state_->value)); }

std::string hash_hex(const void* data, size_t size_bytes) { return hex(XXH3_128bits(data, size_bytes)); }

std::string hash_file_hex(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (!file) throw IoError("read", path, errno);
    Hasher hasher;
    std::vector<char> buffer(1 << 20);
    size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0) hasher.update(buffer.data(), got);
    const bool failed = std::ferror(file) != 0;
    const int error_number = errno;
    std::fclose(file);
    if (failed) throw IoError("read", path, error_number);
    return hasher.hex();
}

}  // namespace f8net
