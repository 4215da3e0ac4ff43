// SPDX-License-Identifier: Apache-2.0
/// Contents of a memory as text for $readmemh: one word a line, hexadecimal, two's complement, all digits of the word.
/// Source   IEEE 1364-2005 17.2.9.   Threads  pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace f8net {

/// Appends a line per word: two digits for a byte, eight for 32 bits. Signed words are given by their bits.
void append_memory_words(std::string& text, std::span<const uint8_t> words);
void append_memory_words(std::string& text, std::span<const uint32_t> words);

}  // namespace f8net
