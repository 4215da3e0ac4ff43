// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user looks at, shared by all views: a layer chosen in a table is chosen in every picture.
/// The places visited (run, layer, tensor, epoch) can be walked back and forward; which runs are shown and which is the
/// baseline are not places.
/// Threads  UI thread. Setting the value it already has says nothing, so views may write back what they were told.
#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <set>
#include <vector>

#include "core/base/units.h"

namespace f8net {

class Selection final : public QObject {
    Q_OBJECT
public:
    explicit Selection(QObject* parent = nullptr);

    const std::set<RunId>& visibleRuns() const { return m_visibleRuns; }
    bool isVisible(const RunId& run) const { return m_visibleRuns.count(run) > 0; }
    const std::optional<RunId>& baseline() const { return m_baseline; }
    const RunId& run() const { return m_place.run; }  ///< empty: none
    const QString& layer() const { return m_place.layer; }
    const QString& tensor() const { return m_place.tensor; }       ///< "input" or "weight"
    std::optional<Epoch> epoch() const { return m_place.epoch; }   ///< empty: the latest, also while it grows
    const std::vector<RunId>& marked() const { return m_marked; }  ///< rows selected in Runs: what actions act on
    const RunId& hovered() const { return m_hovered; }             ///< lifted in the charts; empty: none

    void setVisibleRuns(std::set<RunId> runs);
    void setVisible(const RunId& run, bool visible);
    void setBaseline(const std::optional<RunId>& run);
    void setRun(const RunId& run);
    void setLayer(const QString& layer);
    void setTensor(const QString& tensor);
    void setEpoch(std::optional<Epoch> epoch);
    void setMarked(std::vector<RunId> runs);
    void setHovered(const RunId& run);
    /// Forgets runs that were removed from the store, or are of another one.
    void forget(const std::set<RunId>& gone);

    bool canGoBack() const { return !m_back.empty(); }
    bool canGoForward() const { return !m_forward.empty(); }
    void goBack();
    void goForward();

Q_SIGNALS:
    void visibleRunsChanged();
    void baselineChanged();
    void runChanged();
    void layerChanged();
    void tensorChanged();
    void epochChanged();
    void markedChanged();
    void hoveredChanged();
    void historyChanged();

private:
    struct Place {
        RunId run;
        QString layer;
        QString tensor = "input";
        std::optional<Epoch> epoch;
        bool operator==(const Place&) const = default;
    };
    void goTo(Place place, bool isEpochStep = false);
    void apply(const Place& place);

    std::set<RunId> m_visibleRuns;
    std::optional<RunId> m_baseline;
    std::vector<RunId> m_marked;
    RunId m_hovered;
    Place m_place;
    std::vector<Place> m_back, m_forward;
    bool m_lastWasEpochStep = false;
};

}  // namespace f8net
