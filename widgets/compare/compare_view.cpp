// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_view.h"

#include <QCoreApplication>
#include <QFile>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QTabWidget>
#include <QTableView>
#include <QTextDocumentFragment>
#include <QVBoxLayout>
#include <algorithm>

#include "core/comparison/run_comparison.h"
#include "core/store/run_reader.h"
#include "widgets/compare/comparison_table_model.h"
#include "widgets/compare/network_pair.h"
#include "widgets/models/empty_last_proxy.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/plots/table_rows.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"
#include "widgets/support/wrapped_label.h"

namespace f8net {

namespace {

/// What is better is said by sign and colour, what differs by weight.
class ToneDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto tone = static_cast<ComparisonCell::Tone>(index.data(ComparisonTableModel::kToneRole).toInt());
        if (tone == ComparisonCell::Tone::kPlain) {
            RowDelegate::paint(painter, option, index);
            return;
        }
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        painter->save();
        QFont font = option.font;
        font.setBold(tone == ComparisonCell::Tone::kDiffers);
        painter->setFont(font);
        painter->setPen(tone == ComparisonCell::Tone::kBetter  ? colors.gain
                        : tone == ComparisonCell::Tone::kWorse ? colors.trouble
                                                               : colors.text);
        const QVariant alignment = index.data(Qt::TextAlignmentRole);
        const int flags = alignment.isValid() ? alignment.toInt() : int(Qt::AlignLeft | Qt::AlignVCenter);
        const QRect room = option.rect.adjusted(6, 0, -6, 0);
        painter->drawText(room, flags,
                          QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, room.width()));
        painter->restore();
    }
};

}  // namespace

CompareView::CompareView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_sentences(new WrappedLabel),
      m_folded(new QLabel),
      m_showsEqual(new QCheckBox(tr("Show e&qual rows"))),
      m_tabs(new QTabWidget),
      m_networks(new NetworkPair(context)),
      m_remembered(context.settings, "compare") {
    m_sentences->setTextFormat(Qt::RichText);
    m_sentences->setTextInteractionFlags(Qt::TextBrowserInteraction);
    connect(m_sentences, &QLabel::linkActivated, this, &CompareView::askEvaluation);
    m_sentences->setAccessibleDescription(tr("Comparison in words"));
    m_folded->setForegroundRole(QPalette::PlaceholderText);
    m_tabs->setAccessibleName(tr("What is compared"));
    m_tabs->setDocumentMode(true);
    const std::array<QString, kNumTables> titles{tr("&Configuration"), tr("Res&ults"), tr("L&ayers")};
    const std::array<QString, kNumTables> names{tr("Options of the runs"), tr("Results of the runs"),
                                                tr("Layers of the runs")};
    for (size_t tab = 0; tab < kNumTables; ++tab) {
        m_models[tab] = new ComparisonTableModel(this);
        m_tables[tab] = makeTable(m_models[tab], names[tab]);
        // Words may be long; numbers are read beside those of the other runs.
        m_tables[tab]->horizontalHeader()->setStretchLastSection(tab == kConfiguration);
        auto* page = new QWidget;  // below the last row nothing is framed
        auto* rows = new QVBoxLayout(page);
        rows->setContentsMargins(0, 0, 0, 0);
        rows->addWidget(m_tables[tab], 1);
        rows->addStretch(0);
        m_tabs->addTab(page, titles[tab]);
    }
    m_tabs->addTab(m_networks, tr("&Networks"));
    m_remembered.keep("tab", m_tabs->tabBar());
    connect(m_tables[kLayers]->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid()) m_context.selection.setLayer(current.siblingAtColumn(0).data().toString());
            });
    connect(m_showsEqual, &QCheckBox::toggled, this, [this](bool on) {
        for (ComparisonTableModel* model : m_models) model->setShowsEqual(on);
        showFolded();
        fitHeights();
        showLayer();
    });
    m_remembered.keep("showsEqual", m_showsEqual);
    connect(&context.selection, &Selection::layerChanged, this, &CompareView::showLayer);
    connect(m_tabs, &QTabWidget::currentChanged, this, &CompareView::showFolded);

    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_sentences);
    layout->addWidget(m_tabs, 1);
    auto* corner = new QWidget;
    auto* bar = new QHBoxLayout(corner);
    bar->setContentsMargins(0, 0, 0, 2);
    bar->setSpacing(16);
    bar->addWidget(m_folded);
    bar->addWidget(m_showsEqual);
    m_tabs->setCornerWidget(corner);
    m_empty = new EmptyState(content, tr("Which run is better, by how much and why appears here.\n"
                                         "Select two or more runs in Runs (Shift+click, Ctrl+click), then Ctrl+M."));
    m_empty->setEmpty(true);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(8, 8, 8, 8);
    outer->addWidget(m_empty);

    for (const auto changed :
         {&Selection::markedChanged, &Selection::visibleRunsChanged, &Selection::baselineChanged}) {
        connect(&context.selection, changed, this, &CompareView::ask);
    }
    ask();
}

QTableView* CompareView::makeTable(ComparisonTableModel* model, const QString& name) {
    auto* sorted = new EmptyLastProxy(this);
    sorted->setSourceModel(model);
    sorted->setSortRole(ComparisonTableModel::kSortRole);
    auto* table = new QTableView;
    table->setModel(sorted);
    table->setItemDelegate(new ToneDelegate(table));
    table->setAccessibleName(name);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->setSortingEnabled(true);
    table->sortByColumn(0, Qt::AscendingOrder);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(compactRowHeight(table->fontMetrics()));
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    letRowsBeCopied(table);
    applySelectionTint(table);
    return table;
}

std::vector<RunId> CompareView::chosenRuns() const {
    const Selection& selection = m_context.selection;
    std::vector<RunId> runs = selection.marked();
    if (runs.size() < 2) runs.assign(selection.visibleRuns().begin(), selection.visibleRuns().end());
    if (runs.size() < 2) return {};
    if (selection.baseline()) {
        std::erase(runs, *selection.baseline());
        runs.insert(runs.begin(), *selection.baseline());
    }
    return runs.size() < 2 ? std::vector<RunId>() : runs;
}

void CompareView::ask() {
    std::vector<RunId> runs = chosenRuns();
    if (runs == m_asked) return;
    m_asked = runs;
    m_numChosen = runs.size();
    if (runs.size() > kMostRuns) runs.resize(kMostRuns);
    if (runs.empty()) {
        m_question.forget();
        m_empty->setEmpty(true);
        return;
    }
    m_question.ask(
        [runs](const RunReader& reader) {
            const std::vector<RunId> listed = reader.listed(runs);
            return listed.size() < 2 ? RunComparison() : compare_runs(reader, listed);
        },
        [this](const RunComparison& comparison) { showComparison(comparison); });
}

void CompareView::showComparison(const RunComparison& comparison) {
    std::vector<RunId> runs;
    for (const RunRecord& run : comparison.runs) runs.push_back(run.id);
    m_networks->setRuns(runs);
    if (runs.empty()) return m_empty->setEmpty(true);
    m_compared.assign(comparison.runs.begin(), comparison.runs.end());
    showSentences(comparison);
    m_models[kConfiguration]->setTable(configurationTable(comparison));
    m_models[kMetrics]->setTable(metricsTable(comparison));
    m_models[kLayers]->setTable(layersTable(comparison));
    const QFontMetrics metrics(font());
    for (size_t tab = 0; tab < kNumTables; ++tab) {
        // Of the rows at hand, once: header sections that follow their contents cost a pass at each sort.
        const QAbstractItemModel& model = *m_tables[tab]->model();
        for (int column = 0; column < model.columnCount(); ++column) {
            int width = metrics.horizontalAdvance(model.headerData(column, Qt::Horizontal).toString()) + 28;
            for (int row = 0; row < std::min(model.rowCount(), 200); ++row) {
                width = std::max(width, metrics.horizontalAdvance(model.index(row, column).data().toString()) + 20);
            }
            m_tables[tab]->setColumnWidth(column, std::min(width, 320));
        }
    }
    m_empty->setEmpty(false);
    showFolded();
    fitHeights();
    showLayer();
}

void CompareView::fitHeights() {
    for (QTableView* table : m_tables) {
        const int rows = table->model()->rowCount() * table->verticalHeader()->defaultSectionSize();
        const int scrollBar = table->style()->pixelMetric(QStyle::PM_ScrollBarExtent);
        table->setMaximumHeight(table->horizontalHeader()->sizeHint().height() + rows + scrollBar +
                                2 * table->frameWidth());
    }
}

void CompareView::showLayer() {
    QTableView& table = *m_tables[kLayers];
    const QString layer = m_context.selection.layer();
    if (table.currentIndex().isValid() && table.currentIndex().siblingAtColumn(0).data().toString() == layer) return;
    const QModelIndexList found =
        layer.isEmpty() ? QModelIndexList()
                        : table.model()->match(table.model()->index(0, 0), Qt::DisplayRole, layer, 1, Qt::MatchExactly);
    if (found.isEmpty()) return table.selectionModel()->clear();  // folded: it is the same in all
    table.setCurrentIndex(found.front());
    table.scrollTo(found.front());
}

/// The difference of many runs to the first would leave no room for the tables, which have it too.
void CompareView::showSentences(const RunComparison& comparison) {
    constexpr size_t kMostWithDifferences = 3;
    QStringList paragraphs;
    for (size_t run = 1; run < comparison.runs.size(); ++run) {
        const ComparisonWords words = comparisonWords(comparison, run);
        paragraphs << words.verdict;
        if (comparison.runs.size() <= kMostWithDifferences + 1) paragraphs.back() += "<br>" + words.differences;
    }
    if (m_numChosen > kMostRuns)
        paragraphs << tr("%1 of %2 runs are compared, as many as can be told apart; select fewer in Runs for others.")
                          .arg(kMostRuns)
                          .arg(m_numChosen);
    m_sentences->setText("<p style=\"margin:0\">" + paragraphs.join("</p><p style=\"margin:4px 0 0 0\">") + "</p>");
}

QString CompareView::sentences() const {
    return QTextDocumentFragment::fromHtml(m_sentences->text()).toPlainText();
}

/// Both on the same images, in the mode that every run with formats has.
void CompareView::askEvaluation(const QString& run) {
    const size_t other = run.toUInt();
    if (other == 0 || other >= m_compared.size()) return;
    m_context.runActions.checks->ask({m_compared.front(), m_compared[other]}, "integer-only");
}

void CompareView::showFolded() {
    const int folded = shownTable() != nullptr ? shownTable()->numFolded() : 0;
    m_showsEqual->setVisible(shownTable() != nullptr);
    m_folded->setVisible(shownTable() != nullptr);  // an empty row would take height from the networks
    m_folded->setText(folded == 0   ? QString()
                      : folded == 1 ? tr("1 equal row folded")
                                    : tr("%1 equal rows folded").arg(folded));
}

const ComparisonTableModel* CompareView::shownTable() const {
    const int tab = m_tabs->currentIndex();
    return tab < kNumTables ? m_models[static_cast<size_t>(tab)] : nullptr;
}

bool CompareView::exportTo(const QString& path) const {
    if (shownTable() == nullptr) return false;
    QFile file(path);
    const QByteArray csv = shownTable()->toCsv().toUtf8();
    return file.open(QIODevice::WriteOnly) && file.write(csv) == csv.size() && file.flush();
}

void CompareView::exportView() {
    if (shownTable() == nullptr) return m_networks->exportView();
    const QString path = outside().askSaveFile(this, tr("Export comparison"), "comparison.csv", tr("Tables (*.csv)"));
    if (!path.isEmpty() && !exportTo(path)) Q_EMIT m_context.store.failed(tr("Cannot write %1").arg(path));
}

void CompareView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    for (QTableView* table : m_tables) applySelectionTint(table);
}

void registerCompareView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::CompareView", text); };
    registry.add(
        {"compare", tr("Compare"), "compare", ViewPlace::kRightTop, false, QKeySequence("Ctrl+6"),
         tr("The sentence says which run is better and whether that exceeds what chance does on these images. Below, "
            "the options in which the runs differ, their results, and their layers; the baseline (*) is the first "
            "column, and rows that are equal are folded. Networks shows the layers of two runs side by side. Choosing "
            "a "
            "layer chooses it in all views."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new CompareView(context, parent); }});
}

}  // namespace f8net
