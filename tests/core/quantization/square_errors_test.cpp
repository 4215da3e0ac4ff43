// SPDX-License-Identifier: Apache-2.0
// The one pass over all fractional lengths against core/fixedpoint, which tries them one after the other.
#include "core/quantization/square_errors.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "core/base/error.h"
#include "core/fixedpoint/format_choice.h"
#include "core/quantization/tensor_format.h"

namespace f8net {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename T>
torch::Tensor tensor_of(const std::vector<T>& x) {
    return torch::tensor(x, c10::CppTypeToScalarType<T>::value);
}

template <typename T>
int choice_of(const std::vector<T>& x, CodeRange range) {
    return choose_fractional_lengths(tensor_of(x), range, FormatPolicy::kGridSearch, Statistic::kStd,
                                     Granularity::kPerTensor, 0, "x")
        .at(0);
}

/// By trying all lengths in float64.
int full_search(const std::vector<float>& x, CodeRange range) {
    return choose_fractional_length(grid_errors(tensor_of(x), range));
}

template <typename T>
int law_choice(const std::vector<T>& x, CodeRange range) {
    return choose_fractional_length(grid_search_errors<T>(x, range.word_length, range.is_signed, "x"));
}

/// Normal values, some exactly on grids and half way between codes, some zero.
template <typename T>
std::vector<T> random_values(std::mt19937& random, size_t size, double scale) {
    std::normal_distribution<double> normal(0.0, scale);
    std::vector<T> x(size);
    for (T& value : x) {
        const double drawn = normal(random);
        const unsigned kind = random() % 8;
        value = static_cast<T>(kind == 0   ? 0.0
                               : kind == 1 ? std::ldexp(std::nearbyint(std::ldexp(drawn, 5)), -5)
                               : kind == 2 ? std::ldexp(std::floor(std::ldexp(drawn, 6)) + 0.5, -6)
                                           : drawn);
    }
    return x;
}

template <typename T>
void expect_errors_of_the_law(unsigned seed) {
    std::mt19937 random(seed);
    for (const size_t size : {1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 511, 513, 4097, 100003}) {
        for (int exponent = -14; exponent <= 20; exponent += 2) {
            const std::vector<T> x = random_values<T>(random, size, std::ldexp(1.0, exponent));
            for (const int word_length : {2, 5, 8, 12, 16}) {
                for (const bool is_signed : {false, true}) {
                    const CodeRange range{word_length, is_signed};
                    const std::vector<double> law = grid_search_errors<T>(x, word_length, is_signed, "x");
                    const std::vector<double> errors = grid_errors(tensor_of(x), range);
                    ASSERT_EQ(errors.size(), law.size());
                    for (size_t k = 0; k < law.size(); ++k) {
                        EXPECT_NEAR(errors[k], law[k], 1e-12 * law[k])
                            << "seed " << seed << ", size " << size << ", scale 2^" << exponent << ", word length "
                            << word_length << (is_signed ? " signed" : " unsigned") << ", FL " << k;
                    }
                    EXPECT_EQ(choice_of(x, range), law_choice(x, range))
                        << "seed " << seed << ", size " << size << ", scale 2^" << exponent << ", word length "
                        << word_length;
                    if (size > 1000 && word_length != 8) break;
                }
            }
        }
    }
}

TEST(SquareErrors, AreThoseOfTryingEveryLengthInFloat32) {
    expect_errors_of_the_law<float>(std::random_device{}());
}

TEST(SquareErrors, AreThoseOfTryingEveryLengthInFloat64) {
    expect_errors_of_the_law<double>(std::random_device{}());
}

TEST(SquareErrors, RoughSumsKeepTheirBound) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (int exponent = -12; exponent <= 24; exponent += 3) {
        const std::vector<float> x = random_values<float>(random, 70001, std::ldexp(1.0, exponent));
        const auto size = static_cast<int64_t>(x.size());
        for (const bool is_signed : {false, true}) {
            const double highest = is_signed ? 127 : 255;
            const SquareErrors exact = square_errors(x.data(), size, highest, is_signed, 0);
            const auto rough = rough_square_errors(x.data(), size, highest, is_signed);
            for (size_t k = 0; k < exact.size(); ++k)
                EXPECT_NEAR(rough.sums[k] + rough.below, exact[k], kRoughBound * exact[k])
                    << "seed " << seed << ", 2^" << exponent;
        }
    }
}

TEST(SquareErrors, WindowsHoldTwoErrorsAndBoundsForTheOthers) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (int exponent = -12; exponent <= 24; exponent += 3) {
        const std::vector<float> x = random_values<float>(random, 70001, std::ldexp(1.0, exponent));
        const auto size = static_cast<int64_t>(x.size());
        for (const bool is_signed : {false, true}) {
            const double highest = is_signed ? 127 : 255;
            const SquareErrors exact = square_errors(x.data(), size, highest, is_signed, 0);
            for (int first = 0; first <= 7; ++first) {
                SCOPED_TRACE("seed " + std::to_string(seed) + ", 2^" + std::to_string(exponent) + ", from " +
                             std::to_string(first));
                const WindowErrors window = rough_window_errors(x.data(), size, highest, is_signed, first);
                for (int k = 0; k < static_cast<int>(exact.size()); ++k) {
                    const double of_k = exact[static_cast<size_t>(k)];
                    const bool is_below = k<first, is_above = k> first + 1;
                    const double found = window.below + window.sums[static_cast<size_t>(is_below   ? 0
                                                                                        : is_above ? 3
                                                                                                   : 1 + k - first)];
                    if (is_below || is_above) {
                        EXPECT_LE(found, of_k * (1 + kRoughBound)) << "FL " << k;
                    } else {
                        EXPECT_NEAR(found, of_k, kRoughBound * of_k) << "FL " << k;
                    }
                }
                if (exponent == 0 && first > 0) {
                    EXPECT_GT(window.sums[0], 0) << "a bound that says nothing";
                }
                if (exponent == 0 && first >= 5) {
                    EXPECT_GT(window.sums[3], 0) << "a bound that says nothing";
                }
            }
        }
    }
}

/// Large enough for a sample to be taken, and no whole number of vectors.
constexpr size_t kLarge = 70003;

TEST(SquareErrors, ChoicesOfLargeTensorsAreTheLawsWhereverTheLikelyOneLies) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (int quarter = -36; quarter <= 36; ++quarter) {  // several within an octave: near to where choices change, too
        for (const bool is_signed : {false, true}) {
            const double scale = std::exp2(quarter / 4.0 + std::uniform_real_distribution<double>(0, 0.25)(random));
            std::vector<float> x = random_values<float>(random, 150000, scale);
            // What lies between the pieces of the sample, half of all, may be of another size.
            const double other = random() % 2 == 0 ? 1 : std::ldexp(1.0, static_cast<int>(random() % 9) - 4);
            for (size_t piece = 0; piece < 255; ++piece) {
                const size_t begin = (x.size() - 16) * piece / 255 + 16;
                for (size_t i = begin; i < begin + 300; ++i) x[i] = static_cast<float>(x[i] * other);
            }
            EXPECT_EQ(choice_of(x, {8, is_signed}), law_choice(x, {8, is_signed}))
                << "seed " << seed << ", scale " << scale << ", times " << other;
        }
    }
}

TEST(SquareErrors, ChoicesOfLargeTensorsAreTheLawsForEveryWord) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (const int word_length : {1, 2, 3, 4, 6, 8, 9, 12}) {
        for (int exponent = -12; exponent <= 12; exponent += 3) {
            const std::vector<float> x = random_values<float>(random, kLarge, std::ldexp(1.0, exponent));
            for (const bool is_signed : {false, true}) {
                if (is_signed && word_length == 1) continue;
                EXPECT_EQ(choice_of(x, {word_length, is_signed}), law_choice(x, {word_length, is_signed}))
                    << "seed " << seed << ", 2^" << exponent << ", words of " << word_length;
            }
        }
    }
}

TEST(SquareErrors, OneValueOfALargeTensorCanDecide) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    const std::vector<float> around_zero = random_values<float>(random, kLarge, 0.01), zeros(kLarge, 0.0f);
    for (const std::vector<float>& others : {around_zero, zeros}) {
        for (int exponent = -130; exponent <= 127; exponent += exponent >= -12 && exponent < 40 ? 1 : 9) {
            for (const float sign : {1.0f, -1.0f}) {
                std::vector<float> x = others;
                x[1000 + random() % 60000] = std::ldexp(1.3f * sign, exponent);
                for (const bool is_signed : {false, true}) {
                    EXPECT_EQ(choice_of(x, {8, is_signed}), full_search(x, {8, is_signed}))
                        << "seed " << seed << ", " << sign << " 2^" << exponent;
                }
            }
        }
    }
}

TEST(SquareErrors, TiesOfLargeTensorsGoToTheFirst) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    for (const bool is_signed : {false, true}) {
        EXPECT_EQ(choice_of(std::vector<float>(kLarge, 0.0f), {8, is_signed}), 0);
        for (int length = 0; length <= 6; ++length) {
            std::vector<float> x(kLarge);  // codes of `length` that longer ones reach as well
            for (float& value : x) value = std::ldexp(static_cast<float>(random() % 64), -length);
            x[random() % kLarge] = std::ldexp(1.0f, -length);
            EXPECT_EQ(choice_of(x, {8, is_signed}), length) << "seed " << seed;
        }
    }
    // As below, among values that err by as much with either.
    for (const float last : {1.0f, std::nextafter(1.0f, 0.0f), std::nextafter(1.0f, 2.0f)}) {
        for (const float other : {0.0f, -1.0f, 0.5f}) {
            std::vector<float> x(kLarge, other);
            const size_t at = random() % (kLarge - 3);
            x[at] = 129.0f / 256, x[at + 1] = 65.0f / 128, x[at + 2] = last;
            EXPECT_EQ(choice_of(x, {8, false}), law_choice(x, {8, false})) << "seed " << seed << ", " << other;
        }
    }
}

TEST(SquareErrors, LargeTensorsWithValuesThatAreNotFiniteAreRefused) {
    std::mt19937 random(7);
    const std::vector<float> sound = random_values<float>(random, kLarge, 1);
    for (const bool is_signed : {false, true}) {
        for (const float bad : {NAN, -NAN, kInfinity, -kInfinity}) {
            for (const size_t place : {size_t{0}, size_t{20000}, kLarge - 1}) {
                std::vector<float> x = sound;
                x[place] = bad;
                EXPECT_THROW(choice_of(x, {8, is_signed}), NumericError) << bad << " at " << place;
            }
        }
    }
}

TEST(SquareErrors, FirstOfEqualErrorsWins) {
    const CodeRange word{8, false};
    EXPECT_EQ(choice_of<float>({0, 0, 0, -0.0f}, word), 0);
    EXPECT_EQ(choice_of<float>({0.25f, 0.75f, 1.0f}, word), 2);  // exact from two bits on
    EXPECT_EQ(choice_of<float>({-1.0f, -3.0f}, word), 0);        // clipped to zero by every length
    EXPECT_EQ(choice_of<float>({1e-30f, 3e-30f}, word), 0);      // squares below what float32 holds
    EXPECT_EQ(choice_of<float>({-0.0f, -0.25f, 0.25f}, {8, true}), 2);
}

TEST(SquareErrors, SmallestDifferenceDecides) {
    // 129/256 errs by 2^-8 with seven bits and by nothing with eight; 1 the other way round: a tie. (65/128 rules six
    // bits out.) A last bit of the 1 breaks it, also beneath a thousand values that err by 1 either way.
    for (const size_t negatives : {0, 1000}) {
        std::vector<float> x(negatives, -1.0f);
        x.insert(x.end(), {129.0f / 256, 65.0f / 128, 1.0f});
        EXPECT_EQ(choice_of(x, {8, false}), 7);
        x.back() = std::nextafter(1.0f, 0.0f);
        EXPECT_EQ(choice_of(x, {8, false}), 8);
        EXPECT_EQ(law_choice(x, {8, false}), 8);
        x.back() = std::nextafter(1.0f, 2.0f);
        EXPECT_EQ(choice_of(x, {8, false}), 7);
    }
}

TEST(SquareErrors, ValuesThatAreNotFiniteAreRefused) {
    for (const bool is_signed : {false, true}) {
        for (const float bad : {NAN, -NAN, kInfinity, -kInfinity}) {
            for (const size_t place : {0, 17, 99}) {
                std::vector<float> x(100, 0.3f);
                x[place] = bad;
                EXPECT_THROW(choice_of(x, {8, is_signed}), NumericError) << bad << " at " << place;
                std::vector<double> wide(x.begin(), x.end());
                EXPECT_THROW(choice_of(wide, {8, is_signed}), NumericError) << bad << " at " << place;
            }
        }
        EXPECT_EQ(choice_of<float>({3e38f, 1.0f}, {8, is_signed}), 0);  // its square is beyond float32
    }
}

TEST(SquareErrors, DoNotDependOnThreads) {
    torch::manual_seed(23);
    const torch::Tensor x = torch::randn({300007});
    const auto both = [&] {
        return std::pair{square_errors(x.const_data_ptr<float>(), x.numel(), 255, false, 0),
                         rough_square_errors(x.const_data_ptr<float>(), x.numel(), 255, false)};
    };
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = both();
    at::set_num_threads(2);
    const auto two = both();
    at::set_num_threads(threads);
    EXPECT_EQ(std::memcmp(&one, &two, sizeof(one)), 0);
}

}  // namespace
}  // namespace f8net
