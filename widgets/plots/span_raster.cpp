// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/span_raster.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace f8net {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

/// Base-2 logarithm to 1e-6; NaN where there is none. Without branches, so that compilers make vectors of it.
inline float quickLog2(float value) {
    const auto bits = std::bit_cast<int32_t>(value);
    const auto exponent = static_cast<float>((bits >> 23) - 127);
    const auto m = std::bit_cast<float>((bits & 0x007fffff) | 0x3f800000);
    // With t = (m - 1) / (m + 1): log2(m) = 2 / ln 2 * (t + t^3/3 + t^5/5 + ...), t up to 1/3.
    const float t = (m - 1) / (m + 1), u = t * t;
    const float result =
        exponent + 2.88539008f * t * (1 + u * (1.0f / 3 + u * (0.2f + u * (1.0f / 7 + u * (1.0f / 9)))));
    return value >= std::numeric_limits<float>::min() && value < kInfinity ? result : kGap;
}

/// Comparisons with a gap (NaN) are false: it changes nothing.
inline void widen(float& low, float& high, float value) {
    low = value < low ? value : low;
    high = value > high ? value : high;
}

/// Columns of pixels one after the other, filled from the front to the back: what a later line covers is not painted
/// again, and in a thicket that is nearly everything.
class Columns {
public:
    explicit Columns(QSize size)
        : m_width(size.width()),
          m_height(size.height()),
          m_words((m_height + 63) / 64),
          m_pixels(scratch()),
          m_free(static_cast<size_t>(m_width) * static_cast<size_t>(m_words), ~uint64_t{0}) {
        m_pixels.assign(static_cast<size_t>(m_width) * static_cast<size_t>(m_height), 0);
    }

    int width() const { return m_width; }
    int height() const { return m_height; }

    /// The pixels that heights `low` to `high` (from the top, low <= high) touch, and `more` above and below.
    void fill(int column, float low, float high, float more, QRgb color) {
        const auto limit = static_cast<float>(m_height);
        const int begin = static_cast<int>(std::clamp(low - more, 0.0f, limit));
        const int end = static_cast<int>(std::clamp(high + more + 1, 0.0f, limit));
        if (begin >= end) return;
        const auto index = static_cast<size_t>(column);
        uint64_t* free = m_free.data() + index * static_cast<size_t>(m_words);
        const int firstWord = begin >> 6, lastWord = (end - 1) >> 6;
        for (int word = firstWord; word <= lastWord; ++word) {
            uint64_t mask = ~uint64_t{0};
            if (word == firstWord) mask <<= begin & 63;
            if (word == lastWord) mask &= ~uint64_t{0} >> (63 - ((end - 1) & 63));
            uint64_t fresh = mask & free[word];
            if (fresh == 0) continue;
            free[word] &= ~fresh;
            uint32_t* pixel = m_pixels.data() + index * static_cast<size_t>(m_height) + word * 64;
            while (fresh != 0) {
                const int from = std::countr_zero(fresh);
                const int length = std::countr_one(fresh >> from);
                std::fill_n(pixel + from, length, color);
                fresh = from + length < 64 ? fresh >> (from + length) << (from + length) : 0;
            }
        }
    }

    QImage turned() const {
        QImage image(m_width, m_height, QImage::Format_ARGB32_Premultiplied);
        constexpr int kBlock = 16;
        const auto stride = static_cast<size_t>(image.bytesPerLine()) / sizeof(uint32_t);
        auto* pixels = reinterpret_cast<uint32_t*>(image.bits());
        for (int top = 0; top < m_height; top += kBlock) {
            const int bottom = std::min(m_height, top + kBlock);
            for (int column = 0; column < m_width; ++column) {
                const uint32_t* from = m_pixels.data() + static_cast<size_t>(column) * static_cast<size_t>(m_height);
                uint32_t* to = pixels + static_cast<size_t>(column);
                for (int row = top; row < bottom; ++row) to[static_cast<size_t>(row) * stride] = from[row];
            }
        }
        return image;
    }

private:
    /// Kept for the next picture: fresh memory costs more than what is drawn into it.
    static std::vector<uint32_t>& scratch() {
        thread_local std::vector<uint32_t> pixels;
        return pixels;
    }

    int m_width, m_height, m_words;
    std::vector<uint32_t>& m_pixels;
    std::vector<uint64_t> m_free;  ///< a bit a pixel
};

class Tracer {
public:
    Tracer(const PlotView& view, Columns& columns)
        : m_view(view),
          m_columns(columns),
          m_xScale(view.pixels.width() / (view.xUpper - view.xLower)),
          m_bottom(view.isLogY ? std::log2(view.yLower) : view.yLower),
          m_low(static_cast<size_t>(view.pixels.width()) + 2, kInfinity),
          m_high(m_low.size(), -kInfinity) {
        const double range = (view.isLogY ? std::log2(view.yUpper) : view.yUpper) - m_bottom;
        m_yScale = view.pixels.height() / range;
        m_isNarrow = range < 1e-2;
    }

    void trace(const SpanLine& line) {
        if (!line.line || line.line->isEmpty()) return;
        m_color = line.color;
        m_more = static_cast<float>(line.thickness - 1) / 2;
        const auto [begin, end] = line.line->part(m_view.xLower, m_view.xUpper);
        if (end - begin > 2 * LongLine::kPerEntry * qsizetype{m_columns.width()}) {
            traceColumns(*line.line, begin, end);
        } else {
            tracePoints(*line.line, begin, end);
        }
    }

private:
    float height(double value) const {
        const double at = m_view.isLogY ? value > 0 ? std::log2(value) : std::nan("") : value;
        return static_cast<float>(m_view.pixels.height() - (at - m_bottom) * m_yScale);
    }

    /// Places of the points in pixels; `column` counts from 1, 0 and width + 1 are outside.
    void place(const LongLine& line, qsizetype begin, qsizetype count) {
        const auto size = static_cast<size_t>(count);
        if (m_x.size() < size) {
            m_x.resize(size);
            m_y.resize(size);
            m_edge.resize(size);
            m_column.resize(size);
        }
        const double *xs = line.x().constData() + begin, *ys = line.y().constData() + begin;
        float *x = m_x.data(), *y = m_y.data(), *edge = m_edge.data();
        int32_t* column = m_column.data();
        const double xLower = m_view.xLower, xScale = m_xScale, bottom = m_bottom, yScale = m_yScale;
        const double top = m_view.pixels.height();
        const auto width = static_cast<float>(m_columns.width());
        for (size_t i = 0; i < size; ++i) x[i] = static_cast<float>((xs[i] - xLower) * xScale);
        if (!m_view.isLogY) {
            for (size_t i = 0; i < size; ++i) y[i] = static_cast<float>(top - (ys[i] - bottom) * yScale);
        } else if (m_isNarrow) {
            for (size_t i = 0; i < size; ++i) y[i] = height(ys[i]);
        } else {
            const auto base = static_cast<float>(bottom), scale = static_cast<float>(yScale);
            const auto high = static_cast<float>(top);
            for (size_t i = 0; i < size; ++i) y[i] = high - (quickLog2(static_cast<float>(ys[i])) - base) * scale;
        }
        for (size_t i = 0; i < size; ++i) {
            const float inside = std::min(std::max(x[i], -1.0f), width);
            column[i] = static_cast<int32_t>(inside + 1);
        }
        // Where the segment to a point crosses into the point's column.
        edge[0] = y[0];
        for (size_t i = 1; i < size; ++i) {
            const float slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
            const float crossing = y[i - 1] + (static_cast<float>(column[i] - 1) - x[i - 1]) * slope;
            edge[i] = column[i] == column[i - 1] ? y[i] : crossing;
        }
    }

    /// Segment by segment: what each has of a column widens that column's span.
    void tracePoints(const LongLine& line, qsizetype begin, qsizetype end) {
        place(line, begin, end - begin);
        const auto count = static_cast<size_t>(end - begin);
        const float *x = m_x.data(), *y = m_y.data(), *edge = m_edge.data();
        const int32_t* column = m_column.data();
        float *low = m_low.data(), *high = m_high.data();
        widen(low[column[0]], high[column[0]], y[0]);
        for (size_t i = 1; i < count; ++i) {
            const int32_t from = column[i - 1], to = column[i];
            const int32_t left = std::max(from, to - 1);  // of the edge
            widen(low[left], high[left], edge[i]);
            widen(low[to], high[to], edge[i]);
            widen(low[to], high[to], y[i]);
            if (to - from > 1) {
                const float slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
                for (int32_t c = from; c < to - 1; ++c) {
                    const float crossing = y[i - 1] + (static_cast<float>(c) - x[i - 1]) * slope;
                    widen(low[c], high[c], crossing);
                    widen(low[c + 1], high[c + 1], crossing);
                }
            }
        }
        for (int32_t c = column[0]; c <= column[count - 1]; ++c) {
            if (c >= 1 && c <= m_columns.width()) m_columns.fill(c - 1, low[c], high[c], m_more, m_color);
            low[c] = kInfinity;
            high[c] = -kInfinity;
        }
    }

    /// So many points that every column has some: the pyramid knows each column's extremes.
    void traceColumns(const LongLine& line, qsizetype begin, qsizetype end) {
        const QVector<double>&xs = line.x(), &ys = line.y();
        qsizetype before = -1;  // the last point of the column before
        for (int column = 0; column < m_columns.width() && begin < end; ++column) {
            const double edge = m_view.xLower + (column + 1) / m_xScale;
            const qsizetype next = std::lower_bound(xs.begin() + begin, xs.begin() + end, edge) - xs.begin();
            if (next == begin) continue;
            const LongLine::Extremes found = line.extremes(begin, next);
            if (found.lowest >= 0) {
                float low = kInfinity, high = -kInfinity;
                widen(low, high, height(ys[found.highest]));
                // Where a logarithmic axis has no place for the lowest, the line leaves at the bottom.
                const bool isBelow = m_view.isLogY && ys[found.lowest] <= 0;
                widen(low, high, isBelow ? static_cast<float>(m_columns.height()) : height(ys[found.lowest]));
                if (before >= 0 && xs[begin] > xs[before]) {
                    // The segment from the column before enters here.
                    const double share = (m_view.xLower + column / m_xScale - xs[before]) / (xs[begin] - xs[before]);
                    const float from = height(ys[before]), to = height(ys[begin]);
                    widen(low, high, from + (to - from) * static_cast<float>(std::clamp(share, 0.0, 1.0)));
                }
                m_columns.fill(column, low, high, m_more, m_color);
            }
            before = next - 1;
            begin = next;
        }
    }

    const PlotView& m_view;
    Columns& m_columns;
    double m_xScale, m_bottom, m_yScale = 1;
    bool m_isNarrow = false;  ///< a logarithmic range in which quickLog2 would be off by a part of a pixel
    std::vector<float> m_low, m_high, m_x, m_y, m_edge;
    std::vector<int32_t> m_column;
    QRgb m_color = 0;
    float m_more = 0;
};

}  // namespace

QImage rasterize(const std::vector<SpanLine>& lines, const PlotView& view) {
    if (view.pixels.isEmpty() || !(view.xUpper > view.xLower) || !(view.yUpper > view.yLower) ||
        (view.isLogY && !(view.yLower > 0)))
        return {};
    Columns columns(view.pixels);
    Tracer tracer(view, columns);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) tracer.trace(*line);
    return columns.turned();
}

}  // namespace f8net
