// SPDX-License-Identifier: Apache-2.0
#include "core/data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace f8net {

namespace {

constexpr int kFractionBits = 22;  // 8 bits of pixel and a sign beside them in 32

/// The source pixels of each output position and their weights.
struct Filter {
    std::vector<int> first;
    std::vector<int> count;
    std::vector<int32_t> weights;  // `taps` for each position
    int taps = 0;

    const int32_t* of(int position) const { return weights.data() + static_cast<ptrdiff_t>(position) * taps; }
};

/// For output positions begin .. begin + length - 1 of `out`, from `in` source pixels.
Filter make_filter(int in, int out, int begin, int length) {
    const double scale = static_cast<double>(in) / out;
    const double reach = std::max(scale, 1.0);
    Filter filter;
    filter.taps = static_cast<int>(std::ceil(reach)) * 2 + 1;
    filter.weights.resize(static_cast<size_t>(filter.taps) * static_cast<size_t>(length));
    std::vector<double> weights(static_cast<size_t>(filter.taps));
    for (int x = 0; x < length; ++x) {
        const double centre = (begin + x + 0.5) * scale;
        const int first = std::max(static_cast<int>(centre - reach + 0.5), 0);
        const int end = std::min(static_cast<int>(centre + reach + 0.5), in);
        double sum = 0;
        for (int i = first; i < end; ++i) {
            const double weight = std::max(0.0, 1.0 - std::abs((i + 0.5 - centre) / reach));
            weights[static_cast<size_t>(i - first)] = weight;
            sum += weight;
        }
        for (int i = 0; i < end - first; ++i)
            filter.weights[static_cast<size_t>(x) * static_cast<size_t>(filter.taps) + static_cast<size_t>(i)] =
                static_cast<int32_t>(weights[static_cast<size_t>(i)] / sum * (1 << kFractionBits) + 0.5);
        filter.first.push_back(first);
        filter.count.push_back(end - first);
    }
    return filter;
}

uint8_t rounded(int32_t sum) {
    return static_cast<uint8_t>(std::clamp((sum + (1 << (kFractionBits - 1))) >> kFractionBits, 0, 255));
}

template <int kChannels>
void filter_row(const uint8_t* from, uint8_t* to, const Filter& filter, int width) {
    for (int x = 0; x < width; ++x) {
        const uint8_t* pixel = from + static_cast<ptrdiff_t>(filter.first[static_cast<size_t>(x)]) * kChannels;
        const int32_t* weight = filter.of(x);
        int32_t sum[kChannels] = {};
        for (int i = filter.count[static_cast<size_t>(x)]; i > 0; --i, ++weight, pixel += kChannels)
            for (int c = 0; c < kChannels; ++c) sum[c] += pixel[c] * *weight;
        for (int c = 0; c < kChannels; ++c) *to++ = rounded(sum[c]);
    }
}

}  // namespace

Image resize(const Image& image, const Box& source, int height, int width) {
    return resize(image, source, height, width, {0, 0, height, width});
}

Image resize(const Image& image, const Box& source, int height, int width, const Box& window) {
    const Filter across = make_filter(source.width, width, window.left, window.width);
    const Filter down = make_filter(source.height, height, window.top, window.height);
    // Only the source rows that some output row needs.
    const int first_row = down.first.front();
    const int end_row = down.first.back() + down.count.back();
    Image rows(end_row - first_row, window.width, image.channels);
    for (int y = 0; y < rows.height; ++y) {
        const uint8_t* from =
            image.row(source.top + first_row + y) + static_cast<ptrdiff_t>(source.left) * image.channels;
        if (image.channels == 1)
            filter_row<1>(from, rows.row(y), across, window.width);
        else
            filter_row<3>(from, rows.row(y), across, window.width);
    }
    Image result(window.height, window.width, image.channels);
    const size_t row_bytes = static_cast<size_t>(window.width) * static_cast<size_t>(image.channels);
    std::vector<int32_t> sums(row_bytes);
    for (int y = 0; y < window.height; ++y) {
        std::fill(sums.begin(), sums.end(), 0);
        for (int i = 0; i < down.count[static_cast<size_t>(y)]; ++i) {
            const uint8_t* from = rows.row(down.first[static_cast<size_t>(y)] - first_row + i);
            const int32_t weight = down.of(y)[i];
            for (size_t x = 0; x < row_bytes; ++x) sums[x] += from[x] * weight;
        }
        uint8_t* to = result.row(y);
        for (size_t x = 0; x < row_bytes; ++x) to[x] = rounded(sums[x]);
    }
    return result;
}

Image crop(const Image& image, const Box& box) {
    Image result(box.height, box.width, image.channels);
    const size_t row_bytes = static_cast<size_t>(box.width) * static_cast<size_t>(image.channels);
    for (int y = 0; y < box.height; ++y)
        std::memcpy(result.row(y), image.row(box.top + y) + static_cast<ptrdiff_t>(box.left) * image.channels,
                    row_bytes);
    return result;
}

void flip_left_right(Image& image) {
    for (int y = 0; y < image.height; ++y) {
        uint8_t* left = image.row(y);
        uint8_t* right = left + static_cast<ptrdiff_t>(image.width - 1) * image.channels;
        for (; left < right; left += image.channels, right -= image.channels)
            std::swap_ranges(left, left + image.channels, right);
    }
}

}  // namespace f8net
