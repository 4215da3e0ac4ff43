// SPDX-License-Identifier: GPL-3.0-or-later
/// A line of up to millions of points that any plot can draw in the time of its pixels: a pyramid says for each 64
/// points (and 64 of these, ...) where the lowest and the highest lie, so that a column of pixels that holds thousands
/// is known by a few steps.
/// Values that are not finite are gaps. Threads  never changes once made; free to share between threads.
#pragma once

#include <QVector>
#include <cstdint>
#include <vector>

namespace f8net {

struct Polyline {
    QVector<double> x, y;
};

class LongLine final {
public:
    static constexpr qsizetype kPerEntry = 64;
    /// Where the extremes of a part lie; -1 where no value of it is finite (lowest, highest) or all are (gap).
    struct Extremes {
        qsizetype lowest = -1, highest = -1, gap = -1;
    };

    LongLine() = default;
    /// `x` ascending (equal values allowed) and as long as `y`.
    LongLine(QVector<double> x, QVector<double> y);

    qsizetype size() const { return m_x.size(); }
    bool isEmpty() const { return m_x.isEmpty(); }
    const QVector<double>& x() const { return m_x; }
    const QVector<double>& y() const { return m_y; }

    Extremes extremes(qsizetype begin, qsizetype end) const;
    /// Points from the last one at or before `lower` to the first one at or after `upper`.
    std::pair<qsizetype, qsizetype> part(double lower, double upper) const;
    /// The part inside [lower, upper] (with one neighbour on either side), reduced to the lowest, highest and last
    /// value of each of `columns` columns of pixels, in data order. Gaps survive.
    Polyline decimated(double lower, double upper, int columns) const;
    /// The point nearest to x, -1 where there is none.
    qsizetype nearest(double x) const;

private:
    struct Entry {
        int32_t lowest, highest, gap;  // indexes of points; a line has fewer than 2^31
    };
    void add(qsizetype point, Extremes* to) const;
    void add(const Entry& entry, Extremes* to) const;

    QVector<double> m_x, m_y;
    std::vector<std::vector<Entry>> m_levels;  ///< of 64 points, of 64 entries of the level before, ...
};

}  // namespace f8net
