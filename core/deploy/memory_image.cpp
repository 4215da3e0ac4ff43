// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/memory_image.h"

#include <array>

namespace f8net {
namespace {

struct Digits {
    char high, low;
};

constexpr std::array<Digits, 256> make_digits() {
    constexpr char kDigits[] = "0123456789abcdef";
    std::array<Digits, 256> table{};
    for (size_t i = 0; i < table.size(); ++i) table[i] = {kDigits[i >> 4], kDigits[i & 15]};
    return table;
}

constexpr std::array<Digits, 256> kDigitsOf = make_digits();

template <typename Word>
void append_words(std::string& text, std::span<const Word> words) {
    constexpr size_t kLine = 2 * sizeof(Word) + 1;
    const size_t before = text.size();
    text.resize(before + words.size() * kLine);
    char* at = text.data() + before;
    for (const Word word : words) {
        for (size_t byte = sizeof(Word); byte-- > 0;) {
            const Digits digits = kDigitsOf[(word >> (8 * byte)) & 0xFF];
            *at++ = digits.high;
            *at++ = digits.low;
        }
        *at++ = '\n';
    }
}

}  // namespace

void append_memory_words(std::string& text, std::span<const uint8_t> words) {
    append_words(text, words);
}
void append_memory_words(std::string& text, std::span<const uint32_t> words) {
    append_words(text, words);
}

}  // namespace f8net
