// SPDX-License-Identifier: GPL-3.0-or-later
/// The runs of the store as a table; what is shown, marked as baseline or hovered comes from the Selection.
/// DisplayRole is text for people, SortRole the raw number, so that a proxy sorts by value.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <QStringList>
#include <map>
#include <set>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

class Selection;
struct RunsUpdate;

/// How a run is, in words.
struct HealthWords {
    QString brief;  ///< what is wrong, else whether it learns
    QString whole;
    bool isTrouble = false;
};

class RunTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns {
        kShown,
        kName,
        kState,
        kTop1,
        kDelta,
        kEpoch,
        kModel,
        kDataset,
        kMode,
        kLastTop1,
        kFloatTop1,
        kFixedTop1,
        kIntegerTop1,
        kDuration,
        kStarted,
        kTags,
        kNote,
        kHealth,
        kNumColumns  ///< then one column for each of keys()
    };
    enum Roles {
        kSortRole = Qt::UserRole,  ///< number or text; invalid where there is no value
        kRunIdRole,                ///< QString
        kColourRole,               ///< int, colour index
        kShownRole,                ///< bool
        kStateRole,                ///< int, RunState
        kProgressRole,             ///< double, 0 to 1; only while running
        kEtaRole,                  ///< QString; empty unless running
        kBaselineRole,             ///< bool
        kTroubleRole,              ///< bool, what the cell says is bad news
    };
    /// The columns shown at first, the others are in the header's menu.
    static bool isDefaultColumn(int column) { return column <= kEpoch; }
    static QString columnTitle(int column);
    /// More columns, of configuration keys and metrics; their values come with RunSummary::values
    /// (StoreFollower::setListKeys).
    void setKeys(const QStringList& keys);
    const QStringList& keys() const { return m_keys; }

    explicit RunTableModel(Selection& selection, QObject* parent = nullptr);

    void apply(const RunsUpdate& update);
    /// Whole configurations, for the card of a run that is pointed at (and of the baseline).
    void setConfigurations(std::map<RunId, std::map<std::string, std::string>> values) {
        m_configurations = std::move(values);
    }
    /// For the column of it and the card. Empty words: it is not known any more.
    void learnHealth(const std::map<RunId, HealthWords>& words);
    /// Those that were asked to stop and have not answered yet.
    void setStopping(const std::set<RunId>& runs);
    const RunSummary& run(int row) const { return m_runs[static_cast<size_t>(row)]; }
    const RunSummary* find(const RunId& run) const;  ///< nullptr where there is none
    int rowOf(const RunId& run) const;               ///< -1 where there is none
    const std::vector<RunSummary>& runs() const { return m_runs; }
    /// The whole run as a few lines, for the card that hovering shows.
    QString card(const RunSummary& run) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

Q_SIGNALS:
    void renameRequested(const f8net::RunId& run, const QString& name);

private:
    QString value(const RunSummary& run, int column) const;  ///< of a key's column; empty where it has none
    QString text(const RunSummary& run, int column) const;
    QString stateOf(const RunSummary& run) const;
    QVariant plainValue(const RunSummary& run, int column) const;  ///< invalid: as it is shown
    QVariant sortValue(const RunSummary& run, int column) const;
    std::optional<double> delta(const RunSummary& run) const;
    QStringList differences(const RunSummary& run) const;  ///< to the baseline, as far as the table knows
    void rebuildRows();
    void columnChanged(int first, int last);

    Selection& m_selection;
    std::vector<RunSummary> m_runs;
    std::map<RunId, int> m_rows;
    QStringList m_keys;
    std::set<RunId> m_stopping;
    std::map<RunId, HealthWords> m_health;
    std::map<RunId, std::map<std::string, std::string>> m_configurations;
};

/// "running", "finished", "failed, loss is NaN at step 1 204", "crashed, resumable".
QString stateText(const RunSummary& run);
QString stateIconName(RunState state);

}  // namespace f8net
