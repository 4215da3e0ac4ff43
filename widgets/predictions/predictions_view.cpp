// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/predictions_view.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QFile>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <iterator>

#include "core/config/experiment_document.h"
#include "core/run/experiment_mapping.h"
#include "core/store/run_reader.h"
#include "core/subject/run_network.h"
#include "widgets/models/dataset_pictures.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/predictions/answer_bars.h"
#include "widgets/predictions/error_chart.h"
#include "widgets/predictions/flip_search.h"
#include "widgets/predictions/flip_table_model.h"
#include "widgets/predictions/image_panel.h"
#include "widgets/support/colors.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

constexpr int kThumbnail = 48;
constexpr int kRowHeight = kThumbnail + 6;
/// In the settings.
constexpr const char* kColumnNames[] = {"image", "", "float", "integer", "lost", "grew_at"};
static_assert(std::size(kColumnNames) == FlipTableModel::kNumColumns);

/// The picture with its number and its true class.
class ThumbnailDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        paintBackground(painter, option, index);
        const QRect room(option.rect.x() + 6, option.rect.y() + (option.rect.height() - kThumbnail) / 2, kThumbnail,
                         kThumbnail);
        const auto picture = index.data(FlipTableModel::kPictureRole).value<QImage>();
        painter->save();
        const Colors& colors = colorsOf(option.palette);
        if (picture.isNull()) {
            painter->setPen(colors.border);
            painter->drawRect(room.adjusted(0, 0, -1, -1));
        } else {
            paintPicture(*painter, room, picture);
        }
        painter->setPen(option.state & QStyle::State_Selected ? colors.text : colors.dim);
        const QRect words = option.rect.adjusted(kThumbnail + 14, 0, -4, 0);
        const QFontMetrics metrics(option.font);
        const QString trueClass = index.siblingAtColumn(FlipTableModel::kTrueClass).data().toString();
        painter->setFont(option.font);
        painter->drawText(words.adjusted(0, -metrics.height(), 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          index.data().toString());
        painter->setPen(colors.text);
        painter->drawText(words.adjusted(0, metrics.height(), 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          metrics.elidedText(trueClass, Qt::ElideRight, words.width()));
        painter->restore();
    }
};

/// Class and, below it, margin; right or wrong by sign and colour.
class AnswerDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        const bool isRight = index.data(FlipTableModel::kRightRole).toBool();
        const QRect room = option.rect.adjusted(6, 0, -6, 0);
        const QFontMetrics metrics(option.font);
        const int top = room.y() + (room.height() - 2 * metrics.height()) / 2;
        painter->save();
        painter->setFont(option.font);
        painter->setPen(isRight ? colors.gain : colors.trouble);
        painter->drawText(QRect(room.x(), top, 16, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                          isRight ? "✓" : "✗");
        painter->setPen(colors.text);
        painter->drawText(QRect(room.x() + 16, top, room.width() - 16, metrics.height()),
                          Qt::AlignLeft | Qt::AlignVCenter,
                          metrics.elidedText(index.data().toString(), Qt::ElideRight, room.width() - 16));
        painter->setPen(option.state & QStyle::State_Selected ? colors.text : colors.dim);
        painter->drawText(
            QRect(room.x() + 16, top + metrics.height(), room.width() - 16, metrics.height()),
            Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(index.data(FlipTableModel::kSecondRole).toString(), Qt::ElideRight, room.width() - 16));
        painter->restore();
    }
};

/// A layer's name in as many lines as it takes, broken between its parts.
class LayerDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        paintBackground(painter, option, index);
        const QChar mayBreak(0x200B);
        const QString name = index.data().toString();
        painter->save();
        painter->setFont(option.font);
        painter->setPen(colorsOf(option.palette).text);
        painter->drawText(
            option.rect.adjusted(6, 0, -2, 0), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextWordWrap,
            QString(name).replace("_layer", mayBreak + QString("_layer")).replace(".", mayBreak + QString(".")));
        painter->restore();
    }
};

}  // namespace

PredictionsView::PredictionsView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_pictures(new DatasetPictures(this)),
      m_model(new FlipTableModel(*m_pictures, this)),
      m_filter(new FlipFilterModel(m_model, this)),
      m_search(new FlipSearch(context.jobs, context.store.path())),
      m_remembered(context.settings, "predictions") {
    m_empty = new EmptyState(makeContent(), {});
    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(8, 8, 8, 8);
    m_layout->setSpacing(8);
    m_layout->addWidget(m_empty, 1);
    m_layout->addWidget(m_search);
    m_layout->addStretch(0);

    connect(&context.selection, &Selection::runChanged, this, &PredictionsView::ask);
    connect(&context.selection, &Selection::layerChanged, this,
            [this] { m_panel->chart()->setLayer(m_context.selection.layer()); });
    connect(m_search, &FlipSearch::changed, this, [this] {
        if (isEmpty()) showEmpty();
    });
    connect(m_panel->chart(), &ErrorChart::layerClicked, &context.selection, &Selection::setLayer);
    for (const PlotActions* actions : {&m_panel->chart()->plotActions(), &m_panel->bars()->plotActions()}) {
        connect(actions, &PlotActions::failed, &context.store, &StoreFollower::failed);
    }
    m_panel->chart()->setLayer(context.selection.layer());
    ask();
}

QWidget* PredictionsView::makeContent() {
    m_sentence = new QLabel;
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setAccessibleDescription(tr("Changed classes in words"));
    m_verdicts = new QComboBox;
    m_verdicts->addItem(tr("All that change"), -1);
    m_verdicts->addItem(tr("Only integers are wrong"), static_cast<int>(FlipVerdict::kIntegerIsWrong));
    m_verdicts->addItem(tr("Only float is wrong"), static_cast<int>(FlipVerdict::kRealIsWrong));
    m_verdicts->addItem(tr("Both are wrong"), static_cast<int>(FlipVerdict::kBothAreWrong));
    m_verdicts->setAccessibleName(tr("Which images are listed"));
    m_words = new QLineEdit;
    m_words->setObjectName("find");  // Ctrl+F
    m_words->setPlaceholderText(tr("Find a class or layer"));
    m_words->setClearButtonEnabled(true);
    m_words->setAccessibleName(tr("Find in the images"));
    m_count = new QLabel;
    m_count->setForegroundRole(QPalette::PlaceholderText);

    m_table = new QTableView;
    m_table->setModel(m_filter);
    m_table->setItemDelegate(new RowDelegate(m_table));
    m_table->setItemDelegateForColumn(FlipTableModel::kImage, new ThumbnailDelegate(m_table));
    m_table->setItemDelegateForColumn(FlipTableModel::kGrewAt, new LayerDelegate(m_table));
    for (const int column : {FlipTableModel::kReal, FlipTableModel::kInteger}) {
        m_table->setItemDelegateForColumn(column, new AnswerDelegate(m_table));
    }
    m_table->setAccessibleName(tr("Images that change their class"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(std::max(kRowHeight, 2 * fontMetrics().height() + 6));
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    // All columns are seen without scrolling: the last one has what the others leave.
    const auto width = [this](const QString& text) { return fontMetrics().horizontalAdvance(text) + 16; };
    const int answer = 16 + width(tr("margin %1").arg("0.00"));
    const int widths[FlipTableModel::kNumColumns]{
        kThumbnail + 6 + width("Ankle boot"), 0, answer, answer, width("00.00 %"), 0};
    for (int column = 0; column < FlipTableModel::kGrewAt; ++column) {
        const QString title = m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        header->resizeSection(column, std::max(widths[column], width(title)));
    }
    header->setMinimumSectionSize(width("_layer_0"));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(FlipTableModel::kLost, Qt::DescendingOrder);
    header->setSectionResizeMode(FlipTableModel::kGrewAt, QHeaderView::Stretch);
    m_table->setColumnHidden(FlipTableModel::kTrueClass, true);  // stands below the number
    m_remembered.keepColumns(m_table, [](int column) -> QString { return kColumnNames[column]; });
    applySelectionTint(m_table);

    m_panel = new ImagePanel(*m_pictures);
    m_splitter = new QSplitter;
    auto* list = new QWidget;
    auto* listLayout = new QVBoxLayout(list);
    listLayout->setContentsMargins(0, 0, 0, 0);
    listLayout->setSpacing(8);
    m_splitter->addWidget(list);
    m_splitter->addWidget(m_panel);
    m_splitter->setStretchFactor(0, 5);
    m_splitter->setStretchFactor(1, 3);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setSizes({640, 360});
    m_remembered.keep("splitter", m_splitter);

    connect(m_verdicts, &QComboBox::currentIndexChanged, this, [this] {
        const int verdict = m_verdicts->currentData().toInt();
        m_filter->setVerdict(verdict < 0 ? std::nullopt : std::optional(static_cast<FlipVerdict>(verdict)));
        showCount();
    });
    connect(m_words, &QLineEdit::textChanged, this, [this](const QString& words) {
        m_filter->setWords(words);
        showCount();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &PredictionsView::showImage);

    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(m_verdicts);
    bar->addWidget(m_words, 1);
    bar->addWidget(m_count);
    listLayout->addLayout(bar);
    listLayout->addWidget(m_table, 1);
    m_top = new QHBoxLayout;
    m_top->setSpacing(16);
    m_top->addWidget(m_sentence, 1);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(m_top);
    layout->addWidget(m_splitter, 1);
    return content;
}

bool PredictionsView::isEmpty() const {
    return m_empty->isEmpty();
}

QString PredictionsView::emptyText() const {
    return m_empty->findChild<QLabel*>(QString(), Qt::FindDirectChildrenOnly)->text();
}

void PredictionsView::ask() {
    const RunId run = m_context.selection.run();
    m_found = {};
    m_isAnswered = false;
    if (run.text().empty()) {
        m_question.forget();
        showEmpty();
        return;
    }
    showEmpty();
    m_question.ask(
        [run, file = std::make_shared<FlipsFile>()](const RunReader& reader) { return readFlips(reader, run, *file); },
        [this](const RunFlips& found) { showFound(found); });
}

void PredictionsView::showFound(const RunFlips& found) {
    const bool isOther = m_context.selection.run() != m_shownRun || found.data != m_found.data;
    m_found = found;
    m_isAnswered = true;
    m_search->setRun(m_context.selection.run(), found.runName, found.data != nullptr);
    if (!found.data) {
        m_shownRun = {};
        showEmpty();
        return;
    }
    if (isOther) {
        m_shownRun = m_context.selection.run();
        showList(found);
    }
    m_sentence->setText(
        flipsSentence(*found.data) +
        (found.isStale ? " " + tr("The run has a newer checkpoint than the one this was found with.") : QString()));
    m_empty->setEmpty(false);
    m_top->addWidget(m_search);  // beside the sentence, where it costs the pictures no room
    m_search->show();
    m_layout->setStretch(m_layout->count() - 1, 0);
}

void PredictionsView::showList(const RunFlips& found) {
    m_pictures->setDataset(
        [config = found.config, folder = found.data->dataFolder.toStdString(), name = found.runName.toStdString()] {
            Experiment experiment = stage_experiment(parse_experiment(config, "run " + name).experiment, {});
            if (!folder.empty()) experiment.data.folder = folder;
            return open_dataset(experiment, Split::kTest);
        });
    m_model->setFlips(found.data);
    if (m_filter->rowCount() > 0) m_table->selectRow(0);
    showImage();
    showCount();
}

void PredictionsView::showEmpty() {
    const QString run = m_found.runName;
    const bool canSearch = m_isAnswered && m_found.hasNetwork;
    if (m_context.selection.run().text().empty()) {
        m_empty->setText(tr(
            "Choose a run in Runs (Ctrl+1): the images whose class changes between float and integers appear here."));
    } else if (!m_isAnswered) {
        m_empty->setText(tr("Reading the run…"));
    } else if (!m_found.hasNetwork) {
        m_empty->setText(tr("%1 has no trained network yet. Once its first checkpoint is there, the images whose class "
                            "changes between float and integers can be found here.")
                             .arg(run));
    } else if (m_search->isRunning()) {
        m_empty->setText(tr("Each image goes through %1 in integers and without rounding…").arg(run));
    } else if (!m_search->problem().isEmpty()) {
        m_empty->setText(tr("The images of %1 could not be compared: %2").arg(run, m_search->problem()));
    } else if (!m_found.problem.isEmpty()) {
        m_empty->setText(tr("What was found before cannot be read: %1").arg(m_found.problem));
    } else {
        m_empty->setText(tr("Which images get another class in integers than without rounding, what both networks say "
                            "of them, and in which layer they part: not looked for yet in %1.")
                             .arg(run));
    }
    m_empty->setEmpty(true);
    if (m_layout->indexOf(m_search) < 0) m_layout->insertWidget(1, m_search);
    m_search->setVisible(canSearch);
    m_layout->setStretch(m_layout->count() - 1, canSearch ? 1 : 0);
}

void PredictionsView::showImage() {
    const QModelIndex current = m_table->currentIndex();
    const auto row = current.isValid() ? std::optional(static_cast<size_t>(m_filter->mapToSource(current).row()))
                                       : std::optional<size_t>();
    m_panel->setFlips(m_found.data, m_found.data ? row : std::nullopt);
}

void PredictionsView::showCount() {
    m_count->setText(tr("%1 of %2").arg(m_filter->rowCount()).arg(m_model->rowCount()));
    if (!m_table->currentIndex().isValid() && m_filter->rowCount() > 0) m_table->selectRow(0);
}

bool PredictionsView::exportTo(const QString& path) const {
    QFile file(path);
    const QByteArray csv = m_filter->toCsv().toUtf8();
    return file.open(QIODevice::WriteOnly) && file.write(csv) == csv.size() && file.flush();
}

void PredictionsView::exportView() {
    if (isEmpty()) return;
    if (m_panel->chart()->hasFocus()) return m_panel->chart()->plotActions().exportWithDialog();
    if (m_panel->bars()->hasFocus()) return m_panel->bars()->plotActions().exportWithDialog();
    const QString path =
        outside().askSaveFile(this, tr("Export the images that change"),
                              QString(m_found.runName).replace('/', '_') + "-predictions.csv", tr("Tables (*.csv)"));
    if (!path.isEmpty() && !exportTo(path)) Q_EMIT m_context.store.failed(tr("Cannot write %1").arg(path));
}

void PredictionsView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_table);
}

void registerPredictionsView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::PredictionsView", text); };
    registry.add(
        {"predictions", tr("Predictions"), "predictions", ViewPlace::kRightTop, false, QKeySequence("Ctrl+8"),
         tr("The images that get another class in integers than without rounding, by how much confidence was "
            "lost. For the chosen one: the likeliest classes of both networks, and the relative error of its "
            "values over the depth of the network; a click there chooses the layer in all views. A small "
            "margin means that both networks were close to saying the same."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new PredictionsView(context, parent); }});
}

}  // namespace f8net
