// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/long_line.h"

#include <algorithm>
#include <cmath>

namespace f8net {

LongLine::LongLine(QVector<double> x, QVector<double> y) : m_x(std::move(x)), m_y(std::move(y)) {
    qsizetype below = size();
    while (below > kPerEntry) {
        const qsizetype entries = (below + kPerEntry - 1) / kPerEntry;
        std::vector<Entry> level;
        level.reserve(static_cast<size_t>(entries));
        for (qsizetype e = 0; e < entries; ++e) {
            Extremes found;
            const qsizetype end = std::min(below, (e + 1) * kPerEntry);
            for (qsizetype i = e * kPerEntry; i < end; ++i) {
                if (m_levels.empty()) {
                    add(i, &found);
                } else {
                    add(m_levels.back()[static_cast<size_t>(i)], &found);
                }
            }
            level.push_back({static_cast<int32_t>(found.lowest), static_cast<int32_t>(found.highest),
                             static_cast<int32_t>(found.gap)});
        }
        m_levels.push_back(std::move(level));
        below = entries;
    }
}

void LongLine::add(qsizetype point, Extremes* to) const {
    const double value = m_y[point];
    if (!std::isfinite(value)) {
        to->gap = point;
        return;
    }
    if (to->lowest < 0 || value < m_y[to->lowest]) to->lowest = point;
    if (to->highest < 0 || value > m_y[to->highest]) to->highest = point;
}

void LongLine::add(const Entry& entry, Extremes* to) const {
    if (entry.gap >= 0) to->gap = entry.gap;
    if (entry.lowest < 0) return;
    if (to->lowest < 0 || m_y[entry.lowest] < m_y[to->lowest]) to->lowest = entry.lowest;
    if (to->highest < 0 || m_y[entry.highest] > m_y[to->highest]) to->highest = entry.highest;
}

LongLine::Extremes LongLine::extremes(qsizetype begin, qsizetype end) const {
    Extremes found;
    // Up the levels: what sticks out of whole entries on both sides is looked at on the level below.
    for (size_t level = 0; begin < end; ++level) {
        const bool isTop = level == m_levels.size();
        const auto addOne = [&](qsizetype i) {
            if (level == 0) {
                add(i, &found);
            } else {
                add(m_levels[level - 1][static_cast<size_t>(i)], &found);
            }
        };
        const qsizetype head = isTop ? end : std::min(end, (begin + kPerEntry - 1) / kPerEntry * kPerEntry);
        for (; begin < head; ++begin) addOne(begin);
        // The last entry may be of fewer points: it is whole where the part goes to the end.
        const qsizetype count = level == 0 ? size() : static_cast<qsizetype>(m_levels[level - 1].size());
        const qsizetype tail = end == count ? end : std::max(begin, end / kPerEntry * kPerEntry);
        for (qsizetype i = tail; i < end; ++i) addOne(i);
        if (isTop || begin >= tail) break;
        begin /= kPerEntry;
        end = (tail + kPerEntry - 1) / kPerEntry;
    }
    return found;
}

std::pair<qsizetype, qsizetype> LongLine::part(double lower, double upper) const {
    const qsizetype begin = std::lower_bound(m_x.begin(), m_x.end(), lower) - m_x.begin();
    const qsizetype end = std::upper_bound(m_x.begin(), m_x.end(), upper) - m_x.begin();
    return {std::max<qsizetype>(0, begin - 1), std::min(size(), end + 1)};
}

Polyline LongLine::decimated(double lower, double upper, int columns) const {
    Polyline line;
    if (isEmpty() || !(upper > lower) || columns < 1) return line;
    const auto [begin, end] = part(lower, upper);
    if (end - begin <= 3 * qsizetype{columns}) {
        line.x = m_x.mid(begin, end - begin);
        line.y = m_y.mid(begin, end - begin);
        return line;
    }
    line.x.reserve(3 * columns + 8);
    line.y.reserve(3 * columns + 8);
    const double perColumn = (upper - lower) / columns;
    for (qsizetype i = begin; i < end;) {
        const double columnEnd = lower + (std::floor((m_x[i] - lower) / perColumn) + 1) * perColumn;
        const qsizetype next =
            std::max(i + 1, std::lower_bound(m_x.begin() + i, m_x.begin() + end, columnEnd) - m_x.begin());
        const Extremes found = extremes(i, next);
        qsizetype keep[] = {found.lowest, found.highest, found.gap, next - 1};
        std::sort(std::begin(keep), std::end(keep));
        qsizetype previous = -1;
        for (const qsizetype index : keep) {
            if (index >= 0 && index != previous) {
                line.x.push_back(m_x[index]);
                line.y.push_back(m_y[index]);
            }
            previous = index;
        }
        i = next;
    }
    return line;
}

qsizetype LongLine::nearest(double x) const {
    if (isEmpty()) return -1;
    qsizetype at = std::lower_bound(m_x.begin(), m_x.end(), x) - m_x.begin();
    if (at == size()) --at;
    return at > 0 && x - m_x[at - 1] < m_x[at] - x ? at - 1 : at;
}

}  // namespace f8net
