// SPDX-License-Identifier: Apache-2.0
/// XXH3 (128 bits) as 32 hexadecimal digits: fingerprints of files, data sets, tensors. Not cryptographic.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace f8net {

std::string hash_hex(const void* data, size_t size_bytes);
/// IoError where the file cannot be read.
std::string hash_file_hex(const std::string& path);

/// The same over parts: update() in order, hex() at any time.   Threads: one at a time.
class Hasher {
public:
    Hasher();
    ~Hasher();
    void update(const void* data, size_t size_bytes);
    void update(const std::string& text) { update(text.data(), text.size()); }
    std::string hex() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace f8net
