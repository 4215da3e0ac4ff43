// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/formats/formats_view.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QSaveFile>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/formats/formats_picture.h"
#include "widgets/formats/layer_analysis.h"
#include "widgets/models/empty_last_proxy.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/plots/table_rows.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/mnemonics.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/table_columns.h"
#include "widgets/support/theme.h"
#include "widgets/support/wrapped_label.h"

namespace f8net {

namespace {

// Of the height, of 1000: in the default layout the table has room for eight layers without more.
constexpr int kPictureShare = 505, kTableShare = 495;

/// Format cells carry the colour of their fractional length; a clipped share over 1 % is trouble.
class FormatDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QVariant fl = index.data(FormatTableModel::kFractionalLengthRole);
        const Colors& colors = colorsOf(option.palette);
        if (fl.isValid()) {
            paintBackground(painter, option, index);
            const QColor fill = fractionalLengthColor(colors, fl.toInt());
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(fill);
            painter->drawRoundedRect(QRectF(option.rect).adjusted(6, 3, -6, -3), 3, 3);
            painter->setPen(textOn(fill));
            painter->setFont(option.font);
            painter->drawText(option.rect, Qt::AlignCenter, index.data().toString());
            painter->restore();
            return;
        }
        if (!index.data(FormatTableModel::kIsTroubleRole).toBool()) {
            RowDelegate::paint(painter, option, index);
            return;
        }
        paintBackground(painter, option, index);
        painter->save();
        QFont bold = option.font;
        bold.setBold(true);
        painter->setFont(bold);
        painter->setPen(colors.trouble);
        painter->drawText(option.rect.adjusted(6, 0, -6, 0), Qt::AlignRight | Qt::AlignVCenter,
                          index.data().toString());
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QSize size = QStyledItemDelegate::sizeHint(option, index);
        size.setHeight(std::max(size.height(), 22));
        return size;
    }
};

}  // namespace

QString FormatsView::noRunText() {
    return tr(
        "Where the binary point of each layer is, how it got there and why appears here.\n"
        "Choose a run in Runs (Ctrl+1).");
}

FormatsView::FormatsView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_tensor(new QComboBox),
      m_movingFirst(new QCheckBox(tr("&Unsettled first"))),
      m_picture(new FormatsPicture),
      m_layerLine(new WrappedLabel),
      m_why(new WrappedLabel),
      m_model(new FormatTableModel(this)),
      m_sorted(new EmptyLastProxy(this)),
      m_table(new QTableView),
      m_analysis(new LayerAnalysis(context.jobs, context.store.path())),
      m_splitter(new QSplitter(Qt::Vertical)),
      m_remembered(context.settings, "formats") {
    m_tensor->addItem(tr("Input"), "input");
    m_tensor->addItem(tr("Weight"), "weight");
    m_tensor->setAccessibleName(tr("Tensor of the history"));
    m_movingFirst->setToolTip(tr("Layers that still change their format first, then those nearest to a change"));
    for (QLabel* label : {m_layerLine, m_why}) {
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    m_why->setForegroundRole(QPalette::PlaceholderText);
    m_sorted->setSourceModel(m_model);
    m_sorted->setSortRole(FormatTableModel::kSortRole);
    m_table->setModel(m_sorted);
    m_table->setItemDelegate(new FormatDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(FormatTableModel::kLayer, Qt::AscendingOrder);
    m_table->setAccessibleName(tr("Formats of all layers"));
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(compactRowHeight(fontMetrics()));
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setMinimumSectionSize(40);
    m_table->setTextElideMode(Qt::ElideMiddle);  // layers are told apart by both ends of their names
    m_table->installEventFilter(this);
    makeColumns();
    letRowsBeCopied(m_table);
    applySelectionTint(m_table);

    m_picture->setHistoryControl(m_tensor);
    auto* whyRow = new QHBoxLayout;
    whyRow->setSpacing(8);
    whyRow->addWidget(m_why, 1);
    whyRow->addWidget(m_movingFirst, 0, Qt::AlignBottom);
    auto* top = new QWidget;
    auto* topLayout = new QVBoxLayout(top);
    topLayout->setContentsMargins(0, 0, 0, 4);
    topLayout->setSpacing(2);
    topLayout->addWidget(m_picture, 1);
    topLayout->addSpacing(4);
    topLayout->addWidget(m_layerLine);
    topLayout->addLayout(whyRow);
    m_splitter->addWidget(top);
    auto* bottom = new QWidget;
    auto* bottomLayout = new QVBoxLayout(bottom);
    bottomLayout->setContentsMargins(0, 0, 0, 0);
    bottomLayout->setSpacing(0);
    bottomLayout->addWidget(m_analysis);
    bottomLayout->addWidget(m_table, 1);
    m_splitter->addWidget(bottom);
    m_splitter->setChildrenCollapsible(true);
    m_splitter->setSizes({kPictureShare, kTableShare});
    m_remembered.keep("splitter", m_splitter);
    m_empty = new EmptyState(m_splitter, noRunText());
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_empty);

    for (QWidget* widget : {static_cast<QWidget*>(m_picture), m_table->viewport()}) {
        widget->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(widget, &QWidget::customContextMenuRequested, this,
                [this, widget](const QPoint& position) { showMenu(widget, position); });
    }
    connect(&m_picture->plotActions(), &PlotActions::failed, &context.store, &StoreFollower::failed);
    connect(m_picture, &FormatsPicture::layerClicked, &context.selection, &Selection::setLayer);
    connect(m_picture, &FormatsPicture::epochClicked, this,
            [this](int epoch) { m_context.selection.setEpoch(Epoch{epoch}); });
    connect(m_tensor, &QComboBox::currentIndexChanged, this,
            [this] { m_context.selection.setTensor(m_tensor->currentData().toString()); });
    connect(m_analysis, &LayerAnalysis::figuresChanged, m_model, &FormatTableModel::setFigures);
    connect(m_movingFirst, &QCheckBox::toggled, this, &FormatsView::sortByNearness);
    m_remembered.keep("unsettledFirst", m_movingFirst);
    connect(m_table->horizontalHeader(), &QHeaderView::sectionPressed, this, [this] {
        const QSignalBlocker quiet(m_movingFirst);  // a column chosen by hand counts
        m_movingFirst->setChecked(false);
        m_sorted->setSortRole(FormatTableModel::kSortRole);
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid())
                    m_context.selection.setLayer(current.siblingAtColumn(FormatTableModel::kLayer).data().toString());
            });
    for (const auto changed : {&Selection::runChanged, &Selection::epochChanged, &Selection::baselineChanged}) {
        connect(&context.selection, changed, this, &FormatsView::ask);
    }
    connect(&context.selection, &Selection::layerChanged, this, &FormatsView::showLayer);
    connect(&context.selection, &Selection::tensorChanged, this, &FormatsView::showLayer);
    connect(&context.store, &StoreFollower::formatsReady, this, &FormatsView::showFormats);
    ask();
}

/// The names of the layers have what the other columns leave.
void FormatsView::fitColumns() {
    giveRest(*m_table, FormatTableModel::kLayer, columnWidth(fontMetrics(), "stage_2_layer_0.body.0"),
             columnWidth(fontMetrics(), "stage_2_layer_10.shortcut.conv.0"));
}

bool FormatsView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table && event->type() == QEvent::Resize) fitColumns();
    return QWidget::eventFilter(watched, event);
}

void FormatsView::makeColumns() {
    QHeaderView* header = m_table->horizontalHeader();
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setToolTip(tr("Right-click: which columns are shown"));
    connect(header, &QWidget::customContextMenuRequested, this, &FormatsView::showColumnMenu);
    const QFontMetrics metrics(font());
    for (int column = 0; column < FormatTableModel::kNumColumns; ++column) {
        const QString title = m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        m_table->setColumnWidth(column, metrics.horizontalAdvance(title) + 12);
    }
    m_table->setColumnWidth(FormatTableModel::kSettled, metrics.horizontalAdvance("moving") + 20);
    m_table->setColumnWidth(FormatTableModel::kKind, columnWidth(metrics, "conv"));
    m_table->setColumnWidth(FormatTableModel::kInput, columnWidth(metrics, tr("Weight")));
    m_table->setColumnWidth(FormatTableModel::kWeight, columnWidth(metrics, tr("Weight")));
    m_table->setColumnWidth(FormatTableModel::kClipLevel, metrics.horizontalAdvance("9.999") + 20);
    m_table->setColumnWidth(FormatTableModel::kSigma, metrics.horizontalAdvance("0.09876") + 12);
    m_table->setColumnWidth(FormatTableModel::kShape, metrics.horizontalAdvance("1024\u00d7112\u00d7112") + 12);
    m_table->setColumnWidth(FormatTableModel::kParameters, metrics.horizontalAdvance("Parameters") + 16);
    m_table->setColumnWidth(FormatTableModel::kBound, metrics.horizontalAdvance("2 000 000 000") + 12);
    m_table->setColumnWidth(FormatTableModel::kLargest, metrics.horizontalAdvance("2 000 000 000") + 12);
    m_table->setColumnWidth(FormatTableModel::kOutputCosine, metrics.horizontalAdvance("0.99999") + 16);
    m_table->setColumnWidth(FormatTableModel::kMacs, metrics.horizontalAdvance("1 000 000 000") + 12);
    for (int column = 0; column < FormatTableModel::kNumColumns; ++column)
        m_table->setColumnHidden(column, !FormatTableModel::isDefaultColumn(column));
    m_remembered.keepColumns(m_table, &FormatTableModel::columnKey);
}

void FormatsView::showColumnMenu(const QPoint& position) {
    QMenu menu(m_table);
    for (int column = FormatTableModel::kKind; column < FormatTableModel::kNumColumns; ++column) {
        QAction* action = menu.addAction(FormatTableModel::columnTitle(column));
        action->setCheckable(true);
        action->setStatusTip(tr("Show or hide this column"));
        action->setChecked(!m_table->isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool on) {
            m_table->setColumnHidden(column, !on);
            fitColumns();
            followColumns();
        });
    }
    fillMnemonics(menu);
    menu.exec(m_table->horizontalHeader()->mapToGlobal(position));
}

void FormatsView::followColumns() {
    auto need = LayerAnalysis::Need::kNothing;
    for (int column = 0; isVisible() && column < FormatTableModel::kNumColumns; ++column) {
        if (m_table->isColumnHidden(column) || !FormatTableModel::isOfNetwork(column)) continue;
        need = std::max(
            need, FormatTableModel::isOfImages(column) ? LayerAnalysis::Need::kImages : LayerAnalysis::Need::kNetwork);
    }
    m_analysis->setNeed(need);
}

void FormatsView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    followColumns();
}

void FormatsView::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    followColumns();
}

void FormatsView::ask() {
    m_context.store.followFormats(
        {m_context.selection.run(), m_context.selection.baseline(), m_context.selection.epoch()});
}

void FormatsView::showFormats(const std::shared_ptr<const FormatsData>& formats) {
    if (formats->request.run != m_context.selection.run()) return;
    const bool isFirst = !m_formats || m_formats->layers.empty() || m_formats->request.run != formats->request.run;
    m_formats = formats;
    m_model->setFormats(formats);
    m_analysis->setRun(formats->request.run, QString::fromStdString(formats->runName));
    m_analysis->refresh();
    m_picture->setFormats(formats);
    const bool isEmpty = formats->layers.empty();
    m_empty->setText(formats->request.run.empty()
                         ? noRunText()
                         : tr("Formats appear with the first fixed-point epoch (the float stage has none)."));
    m_empty->setEmpty(isEmpty);
    // A sum or a pool that was chosen elsewhere has no format and stays chosen.
    if (!isEmpty && isFirst && formats->indexOf(m_context.selection.layer()) < 0) {
        // The layer that clips most is the one worth a look.
        const auto worst = std::max_element(formats->layers.begin(), formats->layers.end(),
                                            [](const FormatLayer& a, const FormatLayer& b) {
                                                return (a.report ? a.report->input_clipped_share : -1) <
                                                       (b.report ? b.report->input_clipped_share : -1);
                                            });
        m_context.selection.setLayer(QString::fromStdString(worst->name));
    }
    showLayer();
}

void FormatsView::showLayer() {
    const Selection& selection = m_context.selection;
    const bool isWeight = selection.tensor() == "weight";
    m_tensor->setCurrentIndex(isWeight ? 1 : 0);
    m_picture->setShowsWeights(isWeight);
    m_picture->setLayer(selection.layer());
    const int row = m_formats ? m_formats->indexOf(selection.layer()) : -1;
    if (row < 0) {
        m_layerLine->clear();
        m_why->clear();
        return;
    }
    const FormatLayer& layer = m_formats->layers[static_cast<size_t>(row)];
    m_layerLine->setText("<b>" + QString::fromStdString(layer.name).toHtmlEscaped() + "</b>&nbsp;&nbsp; " +
                         layerSentence(layer, isWeight)
                             .toHtmlEscaped()
                             .replace("   ", "\t")
                             .replace(" ", "&nbsp;")
                             .replace("\t", "&nbsp;&nbsp; "));
    m_why->setText(layer.report ? whySentence(*layer.report, isWeight) : QString());
    const QModelIndex index = m_sorted->mapFromSource(m_model->index(row, 0));
    if (index.row() != m_table->currentIndex().row()) m_table->setCurrentIndex(index);
}

void FormatsView::sortByNearness(bool on) {
    m_sorted->setSortRole(on ? FormatTableModel::kUnsettledRole : FormatTableModel::kSortRole);
    m_table->sortByColumn(on ? FormatTableModel::kNearness : FormatTableModel::kLayer, Qt::AscendingOrder);
    m_table->scrollToTop();
}

bool FormatsView::exportTable(const QString& path) const {
    QSaveFile file(path);
    const QByteArray csv = m_model->toCsv().toUtf8();
    return file.open(QIODevice::WriteOnly) && file.write(csv) == csv.size() && file.commit();
}

void FormatsView::exportView() {
    m_picture->plotActions().exportWithDialog();
}

void FormatsView::askForTable() {
    const QString path =
        outside().askSaveFile(this, tr("Export the table of all layers"), "formats.csv", tr("Table (*.csv)"));
    if (!path.isEmpty() && !exportTable(path)) Q_EMIT m_context.store.failed(tr("Cannot write %1").arg(path));
}

void FormatsView::showMenu(QWidget* at, const QPoint& position) {
    QMenu menu(this);
    if (at == m_picture) {
        m_picture->plotActions().addTo(menu);
        menu.addSeparator();
    }
    menu.addAction(tr("Export table of &all layers…"), this, &FormatsView::askForTable)
        ->setStatusTip(tr("Write the formats of all layers as a table"));
    menu.exec(at->mapToGlobal(position));
}

void FormatsView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_table);
}

void registerFormatsView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::FormatsView", text); };
    registry.add(
        {"formats", tr("Formats"), "formats", ViewPlace::kRightBottom, true, QKeySequence("Ctrl+3"),
         tr("Above, the eight bits of each layer's input (blue) and weight (orange): solid boxes lie right of the "
            "binary point, so a higher column means a finer step and a smaller range. Below, the same number over "
            "the epochs, newest at the top; a tick marks where a layer settled. The sentence says why the chosen "
            "layer has its format and how near the next change is."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new FormatsView(context, parent); }});
}

}  // namespace f8net
