// SPDX-License-Identifier: Apache-2.0
/// How the elementwise kernels become vector code: each loop is written once and compiled three times, for any x86-64,
/// for AVX2 and for AVX-512, and the processor chooses, or what ATEN_CPU_CAPABILITY (default, avx2) says, as for
/// LibTorch's kernels. Sums keep the same lanes everywhere, so the results are the same too. A kernel is a struct with
/// an always_inline static run(...). Only for the kernels' own source files.
///
/// Threads  the sums over parts use LibTorch's worker threads.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

namespace f8net {
namespace {

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define F8NET_FOR_EACH_TARGET 1
#endif

/// `kBytes` bytes of T: a vector register, or a part of one.
template <typename T, int kBytes>
struct VectorOf {
    using type [[gnu::vector_size(kBytes)]] = T;
};
template <typename T, int kBytes>
using Vector = typename VectorOf<T, kBytes>::type;

template <typename T>
using Lanes = Vector<T, 8 * sizeof(T)>;  // eight values

template <typename T>
[[gnu::always_inline]] inline void load(const T* from, Lanes<double>& to) {
    Lanes<T> values;
    std::memcpy(&values, from, sizeof(values));
    to = __builtin_convertvector(values, Lanes<double>);
}

/// Magnitudes, by the bits: comparing wide vectors would become scalar code where registers are shorter. NaN stays NaN.
template <typename V, typename Integers>
[[gnu::always_inline]] inline V without_sign(const V& a) {
    constexpr auto bits = std::numeric_limits<std::remove_cvref_t<decltype(Integers{}[0])>>::max();
    return (V)((Integers)a & bits);
}

[[gnu::always_inline]] inline double add_lanes(const Lanes<double>& lanes) {
    double sum = 0;
    for (int i = 0; i < 8; ++i) sum += lanes[i];
    return sum;
}

#ifdef F8NET_FOR_EACH_TARGET
template <typename Kernel, typename... Args>
[[gnu::target("avx2,fma")]] void run_avx2(Args... args) {
    Kernel::run(args...);
}
template <typename Kernel, typename... Args>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")]] void run_avx512(Args... args) {
    Kernel::run(args...);
}
enum class Path { kAny, kAvx2, kAvx512 };
inline Path best_path() {
    __builtin_cpu_init();
    const char* const asked = std::getenv("ATEN_CPU_CAPABILITY");
    const std::string_view most = asked == nullptr ? "" : asked;
    if (most == "default") return Path::kAny;
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (has_avx512 && most != "avx2") return Path::kAvx512;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Path::kAvx2 : Path::kAny;
}
#endif

/// Kernel<bytes of the target's vector registers>: for kernels that hold more vectors than there are registers to
/// waste.
template <template <int> class Kernel, typename... Args>
void run_sized(Args... args) {
#ifdef F8NET_FOR_EACH_TARGET
    static const Path path = best_path();
    if (path == Path::kAvx512) return run_avx512<Kernel<64>, Args...>(args...);
    if (path == Path::kAvx2) return run_avx2<Kernel<32>, Args...>(args...);
#endif
    Kernel<16>::run(args...);
}

template <typename Kernel, typename... Args>
void run(Args... args) {
#ifdef F8NET_FOR_EACH_TARGET
    static const Path path = best_path();
    if (path == Path::kAvx512) return run_avx512<Kernel, Args...>(args...);
    if (path == Path::kAvx2) return run_avx2<Kernel, Args...>(args...);
#endif
    Kernel::run(args...);
}

constexpr int64_t kPart = 32768;  // elements per part of a sum; part of the definition of its order

/// Rows that stay in the first-level cache while sums walk over them by the channel.
constexpr int64_t rows_in_cache(int64_t channels) {
    return std::max<int64_t>(4, 4096 / channels);
}

template <typename Result, typename Body>
std::vector<Result> for_each_part(int64_t n, const Body& body) {
    const int64_t parts = (n + kPart - 1) / kPart;
    std::vector<Result> results(static_cast<size_t>(parts));
    at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; ++p) {
            body(p * kPart, std::min(kPart, n - p * kPart), &results[static_cast<size_t>(p)]);
        }
    });
    return results;
}

}  // namespace
}  // namespace f8net
