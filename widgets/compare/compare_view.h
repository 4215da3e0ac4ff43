// SPDX-License-Identifier: GPL-3.0-or-later
/// View 6, Compare: in words which run is better and what differs, then configuration, results, layers and two networks
/// side by side. Compared are the rows selected in Runs where they are two or more, else the runs shown in charts, the
/// first eight of them; the baseline is the first column. Threads  UI thread; the comparison is made on the store
/// reader's thread.
#pragma once

#include <QCheckBox>
#include <QLabel>
#include <QWidget>
#include <array>

#include "widgets/models/store_follower.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QTabWidget;
class QTableView;

namespace f8net {

class ComparisonTableModel;
class EmptyState;
class NetworkPair;
struct RunComparison;

class CompareView final : public QWidget {
    Q_OBJECT
public:
    static constexpr size_t kMostRuns = 8;

    CompareView(const ViewContext& context, QWidget* parent);
    QString sentences() const;  ///< without their emphasis
    const ComparisonTableModel& model(int tab) const { return *m_models[static_cast<size_t>(tab)]; }
    QTableView* table(int tab) const { return m_tables[static_cast<size_t>(tab)]; }
    QTabWidget* tabs() const { return m_tabs; }
    NetworkPair* networks() const { return m_networks; }
    Q_INVOKABLE void exportView();             ///< asks where to: the table shown, as CSV, or the picture
    bool exportTo(const QString& path) const;  ///< the table shown

protected:
    void changeEvent(QEvent* event) override;

private:
    enum Tab { kConfiguration, kMetrics, kLayers, kNumTables };
    std::vector<RunId> chosenRuns() const;  ///< the baseline first; kMostRuns of them are compared
    void ask();
    void showComparison(const RunComparison& comparison);
    void showSentences(const RunComparison& comparison);
    void askEvaluation(const QString& run);
    void showFolded();
    void showLayer();                                ///< chosen elsewhere
    void fitHeights();                               ///< tables end where their rows do
    const ComparisonTableModel* shownTable() const;  ///< nullptr: the networks
    QTableView* makeTable(ComparisonTableModel* model, const QString& name);

    ViewContext m_context;
    StoreQuestion m_question;
    std::vector<RunId> m_asked;
    size_t m_numChosen = 0;
    std::vector<RunSummary> m_compared;
    QLabel *m_sentences, *m_folded;
    QCheckBox* m_showsEqual;
    QTabWidget* m_tabs;
    std::array<ComparisonTableModel*, kNumTables> m_models;
    std::array<QTableView*, kNumTables> m_tables;
    NetworkPair* m_networks;
    EmptyState* m_empty;
    Remembered m_remembered;
};

void registerCompareView(ViewRegistry& registry);

}  // namespace f8net
