// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/selection.h"

#include <utility>

namespace f8net {

namespace {
constexpr size_t kLongestHistory = 100;
}

Selection::Selection(QObject* parent) : QObject(parent) {}

void Selection::setVisibleRuns(std::set<RunId> runs) {
    if (runs == m_visibleRuns) return;
    m_visibleRuns = std::move(runs);
    Q_EMIT visibleRunsChanged();
}

void Selection::setVisible(const RunId& run, bool visible) {
    std::set<RunId> runs = m_visibleRuns;
    if (visible) {
        runs.insert(run);
    } else {
        runs.erase(run);
    }
    setVisibleRuns(std::move(runs));
}

void Selection::setBaseline(const std::optional<RunId>& run) {
    if (run == m_baseline) return;
    m_baseline = run;
    Q_EMIT baselineChanged();
}

void Selection::setRun(const RunId& run) {
    Place place = m_place;
    place.run = run;
    place.epoch.reset();  // epoch 30 of one run is nothing in another
    goTo(std::move(place));
}

void Selection::setLayer(const QString& layer) {
    Place place = m_place;
    place.layer = layer;
    goTo(std::move(place));
}

void Selection::setTensor(const QString& tensor) {
    Place place = m_place;
    place.tensor = tensor;
    goTo(std::move(place));
}

void Selection::setEpoch(std::optional<Epoch> epoch) {
    Place place = m_place;
    place.epoch = epoch;
    goTo(std::move(place), true);
}

void Selection::setMarked(std::vector<RunId> runs) {
    if (runs == m_marked) return;
    m_marked = std::move(runs);
    Q_EMIT markedChanged();
}

void Selection::setHovered(const RunId& run) {
    if (run == m_hovered) return;
    m_hovered = run;
    Q_EMIT hoveredChanged();
}

void Selection::forget(const std::set<RunId>& gone) {
    if (gone.empty()) return;
    const auto isGone = [&gone](const RunId& run) { return gone.count(run) > 0; };
    std::set<RunId> visible = m_visibleRuns;
    std::erase_if(visible, isGone);
    setVisibleRuns(std::move(visible));
    if (m_baseline && isGone(*m_baseline)) setBaseline(std::nullopt);
    std::vector<RunId> marked = m_marked;
    std::erase_if(marked, isGone);
    setMarked(std::move(marked));
    if (isGone(m_hovered)) setHovered({});
    const size_t places = m_back.size() + m_forward.size();
    const auto isGonePlace = [&isGone](const Place& place) { return isGone(place.run); };
    std::erase_if(m_back, isGonePlace);
    std::erase_if(m_forward, isGonePlace);
    if (!m_place.run.empty() && isGone(m_place.run)) {
        Place place = m_place;
        place.run = RunId();
        place.epoch.reset();
        apply(place);
    }
    if (places != m_back.size() + m_forward.size()) Q_EMIT historyChanged();
}

void Selection::goTo(Place place, bool isEpochStep) {
    if (place == m_place) return;
    // Dragging the epoch slider is one move, not sixty.
    if (!(isEpochStep && m_lastWasEpochStep) && !m_place.run.empty()) {
        m_back.push_back(m_place);
        if (m_back.size() > kLongestHistory) m_back.erase(m_back.begin());
        m_forward.clear();
    }
    m_lastWasEpochStep = isEpochStep;
    apply(place);
    Q_EMIT historyChanged();
}

void Selection::goBack() {
    if (m_back.empty()) return;
    const Place place = m_back.back();
    m_back.pop_back();
    m_forward.push_back(m_place);
    m_lastWasEpochStep = false;
    apply(place);
    Q_EMIT historyChanged();
}

void Selection::goForward() {
    if (m_forward.empty()) return;
    const Place place = m_forward.back();
    m_forward.pop_back();
    m_back.push_back(m_place);
    m_lastWasEpochStep = false;
    apply(place);
    Q_EMIT historyChanged();
}

void Selection::apply(const Place& place) {
    const Place before = std::exchange(m_place, place);
    if (before.run != place.run) Q_EMIT runChanged();
    if (before.layer != place.layer) Q_EMIT layerChanged();
    if (before.tensor != place.tensor) Q_EMIT tensorChanged();
    if (before.epoch != place.epoch) Q_EMIT epochChanged();
}

}  // namespace f8net
