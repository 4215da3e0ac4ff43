// SPDX-License-Identifier: Apache-2.0
/// Random numbers from a key: a counter-based generator (SplitMix64's output function over key + counter), so that a
/// number depends on what it is for, not on who asked first. Not cryptographic.
/// Threads  one generator per use; making one costs a few instructions.
#pragma once

#include <cstdint>
#include <vector>

namespace f8net {

class KeyedRandom {
public:
    /// `purpose` keeps streams apart that share seed, a and b (one constant per use).
    KeyedRandom(uint64_t seed, uint64_t purpose, uint64_t a = 0, uint64_t b = 0)
        : key_(mix(mix(mix(mix(seed + kStep) + purpose + kStep) + a + kStep) + b + kStep)) {}

    uint64_t next() { return mix(key_ + kStep * ++counter_); }
    /// 0 <= result < 1, 53 bits.
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// 0 <= result < count (count >= 1).
    uint64_t below(uint64_t count) {
        // 64-bit product of two 32-bit halves would do for small counts; the long product has no visible bias for any.
        __extension__ using Wide = unsigned __int128;
        return static_cast<uint64_t>(static_cast<Wide>(next()) * count >> 64);
    }

private:
    static constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
    static constexpr uint64_t mix(uint64_t z) {
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }

    uint64_t key_;
    uint64_t counter_ = 0;
};

/// A permutation of 0 .. count-1 (Fisher-Yates).
std::vector<int64_t> random_permutation(int64_t count, KeyedRandom random);

}  // namespace f8net
