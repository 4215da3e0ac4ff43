// SPDX-License-Identifier: Apache-2.0
/// CIFAR's binary files: records of one label byte (CIFAR-10) or two (CIFAR-100: coarse, fine), then 3,072 bytes, the
/// red, green and blue plane of a picture of 32 x 32.   Source  https://www.cs.toronto.edu/~kriz/cifar.html
/// Errors   DataError with file, record, byte and what was expected.   Threads  reentrant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace f8net {

enum class CifarKind { k10, k100 };

struct CifarImages {
    std::vector<uint8_t> pixels;  ///< [N, 32, 32, 3]
    std::vector<uint8_t> labels;  ///< [N]; of CIFAR-100 the fine ones
};

/// Any number of whole records; `name` is what messages call the file.
CifarImages parse_cifar(std::string_view bytes, CifarKind kind, const std::string& name);

}  // namespace f8net
