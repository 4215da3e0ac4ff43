// SPDX-License-Identifier: Apache-2.0
#include "core/modules/depthwise_kernels.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "core/modules/depthwise_lines.h"

namespace f8net {
namespace {

/// y0 at one pixel, by the rows of the window.
template <typename V, typename T>
[[gnu::always_inline]] inline V first_output(const WindowLines<T>& x, int64_t column, const V* weight) {
    V rows[kSide];
    for (int ky = 0; ky < kSide; ++ky) {
        const int t = ky * kSide;
        rows[ky] = x.template tap<V>(column, t) * weight[t] + x.template tap<V>(column, t + 1) * weight[t + 1] +
                   x.template tap<V>(column, t + 2) * weight[t + 2];
    }
    return rows[0] + rows[1] + rows[2];
}

template <typename V, typename T, size_t kCount>
[[gnu::always_inline]] inline void load_all(const Block<T>* from, int64_t lane, V (&to)[kCount]) {
    for (size_t i = 0; i < kCount; ++i) to[i] = vector_at<V>(from[i].lanes + lane);
}

/// Sum and sum of squares of y0.
template <int kBytes>
struct SumOutputs {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip, const Block<T>* weight,
                                                  Scratch<T>* scratch, double* sums, double* squares) {
        auto codes = code_lines(*plane, *strip, *scratch, strip->first);
        for (int64_t line = strip->first; line < strip->last; ++line) {
            codes.advance_to(line);
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>) {
                T* const y = scratch->output.data()->lanes + lane;
                convolve(*plane, WindowLines<T>::at(*plane, codes.ring, line, lane), weight, lane, y);
                add(y, plane->out_width, sums + lane, squares + lane);
            }
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void convolve(const Plane& plane, const WindowLines<T>& x,
                                                       const Block<T>* weight, int64_t lane, T* y) {
        using V = Vector<T, kBytes>;
        V w[kTaps];
        load_all(weight, lane, w);
        for (int64_t column = 0; column < plane.out_width; ++column)
            store(first_output(x, column * plane.stride, w), y + column * kLanes<T>);
    }

    template <typename T>
    [[gnu::always_inline]] static inline void add(const T* y, int64_t pixels, double* sums, double* squares) {
        // As many vectors of doubles as the values fill.
        constexpr int kVectors = sizeof(double) / sizeof(T), kValues = kBytes / sizeof(double);
        using Doubles = Vector<double, kBytes>;
        Doubles s[kVectors], q[kVectors];
        std::memcpy(s, sums, sizeof(s));
        std::memcpy(q, squares, sizeof(q));
        for (int64_t column = 0; column < pixels; ++column) {
            for (int i = 0; i < kVectors; ++i) {
                const auto values = vector_at<Vector<T, kValues * sizeof(T)>>(y + column * kLanes<T> + i * kValues);
                const Doubles v = __builtin_convertvector(values, Doubles);
                s[i] += v;
                q[i] += v * v;
            }
        }
        std::memcpy(sums, s, sizeof(s));
        std::memcpy(squares, q, sizeof(q));
    }
};

/// dy times what each tap reads, and dy.
template <int kBytes>
struct SumTaps {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip, Scratch<T>* scratch,
                                                  Block<T>* sums) {
        auto codes = code_lines(*plane, *strip, *scratch, strip->first);
        for (int64_t line = strip->first; line < strip->last; ++line) {
            codes.advance_to(line);
            const GradientLine<T> gradient = gradient_line(*plane, *strip, line, *scratch);
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>)
                add(*plane, WindowLines<T>::at(*plane, codes.ring, line, lane), gradient, lane, sums);
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void add(const Plane& plane, const WindowLines<T>& x,
                                                  const GradientLine<T>& gradient, int64_t lane, Block<T>* sums) {
        using V = Vector<T, kBytes>;
        V s[kTaps + 1];
        load_all(sums, lane, s);
        for (int64_t column = 0; column < plane.out_width; ++column) {
            const V g = gradient.template at<V>(column, lane);
            for (int t = 0; t < kTaps; ++t) s[t] += g * x.template tap<V>(column * plane.stride, t);
            s[kTaps] += g;
        }
        for (int t = 0; t < kTaps + 1; ++t) store(s[t], sums[t].lanes + lane);
    }
};

/// A block of what BothGradients knows of its channels.
template <typename T>
struct ChannelBlock {
    Block<T> weight[kTaps], second_weight[kTaps];
    Block<T> mean, slope, offset;  // for y0 times 2^FL
};

/// A line of output gradients is handed out to the three lines of pixels that it was computed from; a line that all
/// have given to is masked and written.
template <int kBytes>
struct BothGradients {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip,
                                                  const ChannelBlock<T>* channels, CodeGrid<T> grid,
                                                  Scratch<T>* scratch, T* d_input, Block<T>* sums) {
        // Lines before the strip's own give to pixels that are written here; their sums are others'.
        const int64_t before = (kSide - 1) / plane->stride;
        const int64_t begin = std::max<int64_t>(0, strip->first - before);
        auto codes = code_lines(*plane, *strip, *scratch, begin);
        const Ring<T> ring = scratch->gradient_ring();
        std::fill(scratch->gradients.begin(), scratch->gradients.end(), Block<T>{});
        Block<T> not_used[kTaps] = {};
        for (int64_t line = begin; line < strip->last; ++line) {
            codes.advance_to(line);
            const GradientLine<T> gradient = gradient_line(*plane, *strip, line, *scratch);
            Block<T>* const to = line < strip->first ? not_used : sums;
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>) {
                const auto x = WindowLines<T>::at(*plane, codes.ring, line, lane);
                const auto d_x = WindowLines<T>::at(*plane, ring, line, lane);
                if (plane->stride == 1) {
                    hand_out<1>(*plane, x, d_x, gradient, *channels, lane, to);
                } else {
                    hand_out<2>(*plane, x, d_x, gradient, *channels, lane, to);
                }
            }
            if (line < strip->first) continue;
            const int64_t complete = line + 1 < plane->out_height ? plane->first_read(line + 1) : plane->height;
            for (int64_t number = std::max<int64_t>(0, plane->first_read(line)); number < complete; ++number) {
                T* const row = d_input + number * plane->width * plane->channels;
                const bool is_read = number < plane->first_read(line) + kSide;
                write(*plane, strip->count, grid, is_read ? codes.ring.line(number) + plane->padding : nullptr,
                      ring.line(number) + plane->padding, row);
            }
        }
    }

private:
    template <int kStride, typename T>
    [[gnu::always_inline]] static inline void hand_out(const Plane& plane, const WindowLines<T>& x,
                                                       const WindowLines<T>& d_x, const GradientLine<T>& gradient,
                                                       const ChannelBlock<T>& channels, int64_t lane, Block<T>* sums) {
        using V = Vector<T, kBytes>;
        constexpr int kShared = kSide - kStride;  // lines and columns that the next window sees, too
        V w[kTaps], second[kTaps], s[kTaps], d[kTaps] = {};
        load_all(channels.weight, lane, w);
        load_all(channels.second_weight, lane, second);
        load_all(sums, lane, s);
        const V mean = vector_at<V>(channels.mean.lanes + lane), slope = vector_at<V>(channels.slope.lanes + lane),
                offset = vector_at<V>(channels.offset.lanes + lane);
        // Lines seen for the first time start here.
        const auto give = [&](int ky, int64_t column, const V& value) __attribute__((always_inline)) {
            T* const to = d_x.pixel(column, ky);
            store(ky < kShared ? value + vector_at<V>(to) : value, to);
        };
        for (int64_t column = 0; column < plane.out_width; ++column) {
            const V g = gradient.template at<V>(column, lane);
            const V through = (first_output(x, column * kStride, w) - mean) * slope + offset;
            for (int t = 0; t < kTaps; ++t) {
                s[t] += through * x.template tap<V>(column * kStride, t);
                const V both = g * second[t] + through * w[t];
                d[t] = t % kSide < kShared ? d[t] + both : both;
            }
            for (int ky = 0; ky < kSide; ++ky) {
                for (int kx = 0; kx < kStride; ++kx) give(ky, column * kStride + kx, d[ky * kSide + kx]);
                for (int kx = 0; kx < kShared; ++kx) d[ky * kSide + kx] = d[ky * kSide + kx + kStride];
            }
        }
        for (int ky = 0; ky < kSide; ++ky) {
            for (int kx = 0; kx < kShared; ++kx) give(ky, plane.out_width * kStride + kx, d[ky * kSide + kx]);
        }
        for (int t = 0; t < kTaps; ++t) store(s[t], sums[t].lanes + lane);
    }

    /// codes: null where no window reads the line.
    template <typename T>
    [[gnu::always_inline]] static inline void write(const Plane& plane, int64_t count, const CodeGrid<T>& grid,
                                                    const Block<T>* codes, const Block<T>* gradient, T* to) {
        for (int64_t x = 0; x < plane.width; ++x, to += plane.channels) {
            if (codes == nullptr) {
                std::fill_n(to, count, T(0));
                continue;
            }
            const T *const code = codes[x].lanes, *const d = gradient[x].lanes;
            __builtin_prefetch(to + plane.width * plane.channels, 1);
            for_each_lane<T>(
                count, [&](int64_t i) __attribute__((always_inline)) { to[i] = grid.passes(code[i]) ? d[i] : T(0); });
        }
    }
};

/// How a shape is cut: an image's lines into strips, its channels into groups whose codes fill a cache line.
template <typename T>
struct Parts {
    static constexpr int64_t kPixels = 2048, kBlocksPerGroup = 64 / kLanes<T>, kGrain = 32768;
    int64_t images, channels, lines, blocks, strips, groups, elements;

    explicit Parts(const DepthwiseShape& shape)
        : images(shape.images),
          channels(shape.channels),
          lines(shape.out_height()),
          blocks((shape.channels + kLanes<T> - 1) / kLanes<T>),
          strips(std::min(lines, (lines * shape.out_width() + kPixels - 1) / kPixels)),
          groups((blocks + kBlocksPerGroup - 1) / kBlocksPerGroup),
          elements(shape.height * shape.width * 64 / strips) {}

    /// Channels with those that fill the last block.
    int64_t lanes() const { return blocks * kLanes<T>; }
    /// Sums of as many parts are added up.
    int64_t count() const { return images * strips; }

    /// body(part, image, block, strip, scratch) for each part and block. dy may be null.
    template <typename Body>
    void for_each(const Plane& plane, const void* codes, const T* dy, const Body& body) const {
        const int64_t pixels_in = plane.height * plane.width, pixels_out = plane.out_height * plane.out_width;
        const int64_t grain = std::max<int64_t>(1, kGrain / elements);
        at::parallel_for(0, count() * groups, grain, [&](int64_t begin, int64_t end) {
            Scratch<T> scratch(plane);
            for (int64_t unit = begin; unit < end; ++unit) {
                const int64_t part = unit / groups, image = part / strips, strip = part % strips, group = unit % groups;
                for (int64_t block = group * kBlocksPerGroup; block < std::min(blocks, (group + 1) * kBlocksPerGroup);
                     ++block) {
                    const int64_t first = block * kLanes<T>;
                    body(part, image, block,
                         Strip<T>{static_cast<const char*>(codes) + image * pixels_in * channels + first,
                                  dy != nullptr ? dy + image * pixels_out * channels + first : nullptr,
                                  lines * strip / strips, lines * (strip + 1) / strips,
                                  std::min(kLanes<T>, channels - first)},
                         scratch);
                }
            }
        });
    }
};

template <typename T>
Plane plane_of(const DepthwiseShape& shape, const CodeGrid<T>& grid) {
    return {shape.channels,    shape.height,        shape.width,          shape.out_height(),
            shape.out_width(), shape.window.stride, shape.window.padding, grid.lo < 0};
}

/// [C][9] as blocks [block][9].
template <typename T>
void to_taps(const T* weight, int64_t channels, int64_t first, Block<T>* taps) {
    for (int t = 0; t < kTaps; ++t) {
        for (int64_t i = 0; i < kLanes<T>; ++i)
            taps[t].lanes[i] = first + i < channels ? weight[(first + i) * kTaps + t] : T(0);
    }
}

/// Sums of parts, each `rows` of all lanes.
template <typename T>
struct PartialSums {
    int64_t parts, rows, lanes;
    std::vector<Block<T>> blocks;

    PartialSums(int64_t parts_in, int64_t rows_in, int64_t lanes_in)
        : parts(parts_in),
          rows(rows_in),
          lanes(lanes_in),
          blocks(static_cast<size_t>(parts * rows * lanes / kLanes<T>)) {}

    /// The rows of one block of channels, one after another.
    Block<T>* of(int64_t part, int64_t block) { return blocks.data() + (part * (lanes / kLanes<T>)+block) * rows; }

    /// Over all parts: [block][row][lane].
    std::vector<double> total() const {
        std::vector<double> sums(static_cast<size_t>(rows * lanes));
        const T* from = blocks.data()->lanes;
        for (int64_t part = 0; part < parts; ++part) {
            for (double& sum : sums) sum += static_cast<double>(*from++);
        }
        return sums;
    }
};

template <typename T>
double sum_of(const std::vector<double>& total, int64_t rows, int64_t row, int64_t channel) {
    return total[static_cast<size_t>((channel / kLanes<T> * rows + row) * kLanes<T> + channel % kLanes<T>)];
}

}  // namespace

bool has_depthwise_kernels(const Layer& layer) {
    const Window& window = layer.window;
    const bool is_one_each = layer.in_channels == layer.groups && layer.out_channels == layer.groups;
    return layer.is_depthwise() && is_one_each && window.kernel == kSide &&
           (window.stride == 1 || window.stride == 2) && window.padding < kSide;
}

template <typename T>
void depthwise_moments(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* weight,
                       double* mean, double* variance) {
    RECORD_FUNCTION("f8net::depthwise_moments", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    constexpr int64_t kRows = 2;
    std::vector<double> partial(static_cast<size_t>(parts.count() * kRows * parts.lanes()));
    parts.for_each(plane, codes, nullptr,
                   [&](int64_t part, int64_t, int64_t block, const Strip<T>& strip, Scratch<T>& scratch) {
                       Block<T> taps[kTaps];
                       to_taps(weight, shape.channels, block * kLanes<T>, taps);
                       double* const sums = partial.data() + part * kRows * parts.lanes() + block * kLanes<T>;
                       run_sized<SumOutputs>(&plane, &strip, &taps[0], &scratch, sums, sums + parts.lanes());
                   });
    const double count = static_cast<double>(shape.samples()), inverse = static_cast<double>(grid.inverse);
    for (int64_t c = 0; c < shape.channels; ++c) {
        Sums total;
        for (int64_t part = 0; part < parts.count(); ++part) {
            const double* const sums = partial.data() + part * kRows * parts.lanes() + c;
            total.add(Sums{sums[0], sums[parts.lanes()]});
        }
        mean[c] = total.mean(count) * inverse;
        variance[c] = total.biased_variance(count) * inverse * inverse;
    }
}

template <typename T>
void depthwise_weight_gradient(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                               double* d_weight, double* dy_sums) {
    RECORD_FUNCTION("f8net::depthwise_weight_gradient", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    constexpr int64_t kRows = kTaps + 1;
    PartialSums<T> sums(parts.count(), kRows, parts.lanes());
    parts.for_each(plane, codes, dy,
                   [&](int64_t part, int64_t, int64_t block, const Strip<T>& strip, Scratch<T>& scratch) {
                       run_sized<SumTaps>(&plane, &strip, &scratch, sums.of(part, block));
                   });
    const std::vector<double> total = sums.total();
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int t = 0; t < kTaps; ++t)
            d_weight[c * kTaps + t] = sum_of<T>(total, kRows, t, c) * static_cast<double>(grid.inverse);
        dy_sums[c] = sum_of<T>(total, kRows, kTaps, c);
    }
}

template <typename T>
void depthwise_gradients(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                         const T* weight, const T* second_weight, const ThroughMoments<T>& through, T* d_input,
                         double* d_weight) {
    RECORD_FUNCTION("f8net::depthwise_gradients", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    PartialSums<T> sums(parts.count(), kTaps, parts.lanes());
    parts.for_each(plane, codes, dy,
                   [&](int64_t part, int64_t image, int64_t block, const Strip<T>& strip, Scratch<T>& scratch) {
                       const int64_t first = block * kLanes<T>;
                       ChannelBlock<T> channels = {};
                       to_taps(weight, shape.channels, first, channels.weight);
                       to_taps(second_weight, shape.channels, first, channels.second_weight);
                       for (int64_t i = 0; i < strip.count; ++i) {
                           // The codes are read as integers; powers of two move from one factor to another without
                           // rounding.
                           channels.mean.lanes[i] = through.mean[first + i] * grid.scale;
                           channels.slope.lanes[i] = through.slope[first + i] * grid.inverse;
                           channels.offset.lanes[i] = through.offset[first + i];
                       }
                       run_sized<BothGradients>(&plane, &strip, &channels, grid, &scratch,
                                                d_input + image * shape.height * shape.width * shape.channels + first,
                                                sums.of(part, block));
                   });
    const std::vector<double> total = sums.total();
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int t = 0; t < kTaps; ++t)
            d_weight[c * kTaps + t] = sum_of<T>(total, kTaps, t, c) * static_cast<double>(grid.inverse);
    }
}

#define F8NET_INSTANTIATE(T)                                                                                         \
    template void depthwise_moments<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*, double*,    \
                                       double*);                                                                     \
    template void depthwise_weight_gradient<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*,     \
                                               double*, double*);                                                    \
    template void depthwise_gradients<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*, const T*, \
                                         const T*, const ThroughMoments<T>&, T*, double*);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
