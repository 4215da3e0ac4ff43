// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/whatif/what_if_view.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QTextDocumentFragment>
#include <QToolButton>
#include <QUndoView>
#include <QVBoxLayout>

#include "core/store/run_reader.h"
#include "core/subject/run_network.h"
#include "widgets/models/job_list.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/export_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/ask_line.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"
#include "widgets/whatif/accuracy_picture.h"
#include "widgets/whatif/what_if_layer_model.h"

namespace f8net {
namespace {

/// The SQNR's trouble behind its number.
class TroubleDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        QStyledItemDelegate::initStyleOption(option, index);
        const QVariant trouble = index.data(WhatIfLayerModel::kTroubleRole);
        if (!trouble.isValid()) return;
        const auto& ramp = colorsOf(option->widget).troubleRamp;
        const double at = trouble.toDouble() * static_cast<double>(ramp.size() - 1);
        const auto below = std::min(static_cast<size_t>(at), ramp.size() - 2);
        const QColor color = blend(ramp[below + 1], ramp[below], at - static_cast<double>(below));
        option->backgroundBrush = color;
        option->state &= ~QStyle::State_Selected;
        option->palette.setColor(QPalette::Text, textOn(color));
    }
};

void addFormats(QComboBox* box, bool isSigned, int wordLength) {
    FixedPointFormat format{wordLength, 0, isSigned};
    for (; format.fractional_length <= format.max_fractional_length(); ++format.fractional_length) {
        box->addItem(QStringLiteral("%1    %2").arg(text::format(format), text::range(format)),
                     QVariant::fromValue(text::format(format)));
    }
}

FixedPointFormat chosenFormat(const QComboBox* box) {
    return parse_format(box->currentData().toString().toStdString(), "format");
}

}  // namespace

WhatIfView::WhatIfView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_changes(new WhatIfChanges(this)),
      m_model(new WhatIfLayerModel(*m_changes, this)),
      m_runner(new WhatIfRunner(context.store.path(), this)),
      m_chooseFolder(new QPushButton(tr("Choose the folder of the &data…"))),
      m_sentence(new QLabel),
      m_outcome(new QLabel) {
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setWordWrap(true);
    m_sentence->setAccessibleDescription(tr("What the changes do"));
    m_outcome->setTextFormat(Qt::RichText);
    m_outcome->setTextInteractionFlags(Qt::TextBrowserInteraction);
    m_outcome->setWordWrap(true);
    m_outcome->setAccessibleDescription(tr("What was kept or written last"));
    m_outcome->hide();
    auto* splitter = new QSplitter;
    splitter->addWidget(makeLeft());
    splitter->addWidget(makeRight());
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    auto* content = new QWidget;
    auto* contentLayout = new QVBoxLayout(content);
    contentLayout->setContentsMargins(8, 8, 8, 8);
    contentLayout->setSpacing(8);
    contentLayout->addWidget(m_sentence);
    contentLayout->addWidget(m_outcome);
    contentLayout->addWidget(splitter, 1);
    m_empty = new EmptyState(content, {}, this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_empty, 1);
    layout->addWidget(m_chooseFolder, 0, Qt::AlignHCenter);
    setEmpty(tr("Choose a run in Runs (Ctrl+1): its layers can then have other formats here."));

    for (auto* each : content->findChildren<QWidget*>()) each->installEventFilter(this);

    connect(m_changes, &WhatIfChanges::changed, this, [this] {
        m_outcome->hide();
        m_model->updateFormats();
        showLayer();
        showChangedRows();
        evaluate();
    });
    connect(&context.selection, &Selection::runChanged, this, &WhatIfView::follow);
    connect(&context.selection, &Selection::layerChanged, this, &WhatIfView::showLayer);
    connect(m_runner, &WhatIfRunner::opened, this, [this](const auto& network) { onOpened(*network); });
    connect(m_runner, &WhatIfRunner::progressed, this, &WhatIfView::onResult);
    connect(m_runner, &WhatIfRunner::failed, this, &WhatIfView::onFailed);
    connect(m_runner, &WhatIfRunner::kept, this, &WhatIfView::tellKept);
    connect(m_runner, &WhatIfRunner::exported, this, &WhatIfView::tellExported);
    connect(m_outcome, &QLabel::linkActivated, this, &WhatIfView::followOutcome);
    connect(m_chooseFolder, &QPushButton::clicked, this, &WhatIfView::askFolder);
}

QWidget* WhatIfView::makeLeft() {
    auto* left = new QWidget;
    auto* layout = new QVBoxLayout(left);
    layout->setContentsMargins(0, 0, 8, 0);
    layout->setSpacing(8);
    m_layerName = new QLabel;
    QFont bold = font();
    bold.setBold(true);
    m_layerName->setFont(bold);
    m_layerName->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_input = new QComboBox;
    m_weight = new QComboBox;
    m_input->setAccessibleName(tr("Format of the layer's input"));
    m_weight->setAccessibleName(tr("Format of the layer's weights"));
    for (const bool isSigned : {false, true}) addFormats(m_input, isSigned, 8);
    addFormats(m_weight, true, 8);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(8);
    form->setVerticalSpacing(4);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("&Input"), m_input);
    form->addRow(tr("&Weight"), m_weight);
    for (QComboBox* box : {m_input, m_weight}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(24);
        connect(box, &QComboBox::activated, this, [this, box] {
            m_changes->change(m_context.selection.layer(),
                              box == m_weight ? ChangedTensor::kWeight : ChangedTensor::kInput, chosenFormat(box));
        });
    }
    m_stack = new QUndoView(m_changes->stacks());
    applySelectionTint(m_stack);
    m_stack->setEmptyLabel(tr("Unchanged network"));
    m_stack->setAccessibleName(tr("Changes"));
    auto* undo = new QToolButton;
    undo->setDefaultAction(m_changes->stacks()->createUndoAction(this, tr("Undo")));
    auto* redo = new QToolButton;
    redo->setDefaultAction(m_changes->stacks()->createRedoAction(this, tr("Redo")));
    for (QToolButton* each : {undo, redo}) {
        // The action's own text names the change, which is too long for a button.
        const QString name = each == undo ? tr("Undo") : tr("Redo");
        each->setAccessibleName(name);
        QAction* action = each->defaultAction();
        const auto shorten = [action, name] { action->setIconText(name); };
        connect(action, &QAction::changed, each, [shorten, action, name] {
            if (action->iconText() != name) shorten();
        });
        shorten();
    }
    auto* reset = new QPushButton(tr("Rese&t"));
    reset->setToolTip(tr("Back to the unchanged network; can be undone"));
    reset->setAccessibleName(tr("Back to the unchanged network"));
    connect(reset, &QPushButton::clicked, m_changes, &WhatIfChanges::resetAll);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(undo);
    buttons->addWidget(redo);
    buttons->addStretch(1);
    buttons->addWidget(reset);
    layout->addWidget(m_layerName);
    layout->addLayout(form);
    layout->addSpacing(4);
    layout->addWidget(new QLabel(tr("Changes")));
    layout->addWidget(m_stack, 1);
    layout->addLayout(buttons);
    return left;
}

QWidget* WhatIfView::makeRight() {
    auto* right = new QWidget;
    auto* layout = new QVBoxLayout(right);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->setSpacing(8);
    m_picture = new AccuracyPicture;
    m_images = new QComboBox;
    m_images->setAccessibleName(tr("Images of the test set that are tried"));
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the evaluation"));
    m_cancel = new QPushButton(tr("&Cancel"));
    m_keep = new QPushButton(tr("&Keep as run…"));
    m_keep->setToolTip(tr("Keep the changed network as a run, child of the chosen one"));
    m_export = new QPushButton(tr("E&xport…"));
    m_export->setToolTip(tr("Write the changed integer network to a file (Ctrl+E)"));
    for (QPushButton* each : {m_cancel, m_keep, m_export}) each->setAccessibleName(each->text().remove('&'));
    auto* label = new QLabel(tr("I&mages"));
    label->setBuddy(m_images);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(label);
    bar->addWidget(m_images);
    bar->addWidget(m_progress, 1);
    bar->addWidget(m_cancel);
    bar->addSpacing(8);
    bar->addWidget(m_keep);
    bar->addWidget(m_export);
    m_table = new QTableView;
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Layers against the unchanged network"));
    m_table->setItemDelegateForColumn(WhatIfLayerModel::kSqnr, new TroubleDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    applySelectionTint(m_table);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(compactRowHeight(fontMetrics()));
    m_table->horizontalHeader()->setStretchLastSection(false);
    m_table->horizontalHeader()->setSectionResizeMode(WhatIfLayerModel::kLayer, QHeaderView::Stretch);
    m_table->horizontalHeader()->setHighlightSections(false);
    layout->addWidget(m_picture);
    layout->addLayout(bar);
    layout->addWidget(m_table, 1);

    connect(m_images, &QComboBox::activated, this, &WhatIfView::evaluate);
    connect(m_cancel, &QPushButton::clicked, this, &WhatIfView::cancel);
    connect(m_keep, &QPushButton::clicked, this, &WhatIfView::askName);
    connect(m_export, &QPushButton::clicked, this, &WhatIfView::exportView);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (row.isValid())
            m_context.selection.setLayer(row.siblingAtColumn(WhatIfLayerModel::kLayer).data().toString());
    });
    return right;
}

QString WhatIfView::sentence() const {
    return m_sentence->text();
}
bool WhatIfView::isEmpty() const {
    return m_empty->isEmpty();
}
QString WhatIfView::emptyText() const {
    return m_empty->findChild<QLabel*>()->text();
}

void WhatIfView::setEmpty(const QString& text, bool wantsFolder) {
    m_empty->setText(text);
    m_empty->setEmpty(true);
    m_chooseFolder->setVisible(wantsFolder);
}

void WhatIfView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange || !m_table) return;
    applySelectionTint(m_table);
    applySelectionTint(m_stack);
}

void WhatIfView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    follow();
}

void WhatIfView::follow() {
    const RunId run = m_context.selection.run();
    if (!isVisible() || run == m_openRun) return;
    m_runner->cancel();
    m_isOpen = m_hasNetwork = false;
    m_openRun = run;
    m_dataFolder.clear();
    m_changes->close();
    m_outcome->hide();
    m_model->reload();
    if (run.text().empty()) {
        m_question.forget();
        setEmpty(tr("Choose a run in Runs (Ctrl+1): its layers can then have other formats here."));
        return;
    }
    setEmpty(tr("Reading the run…"));
    m_question.ask(
        [run](const RunReader& reader) {
            return reader.checkpoint(run, "best") || reader.checkpoint(run, "last") || kept_network(reader, run);
        },
        [this](bool hasNetwork) {
            if (m_hasNetwork) return;
            m_hasNetwork = hasNetwork;
            if (hasNetwork)
                open();
            else
                setEmpty(
                    tr("This run has no trained network yet. Once its first checkpoint is there, a layer's format can "
                       "be changed here, and the accuracy follows."));
        });
}

void WhatIfView::open() {
    setEmpty(tr("Opening the integer network…"));
    m_runner->open(m_openRun, m_dataFolder);
}

void WhatIfView::onOpened(const WhatIfNetwork& network) {
    m_runName = network.runName;
    m_available = network.images;
    m_isOpen = true;
    m_result.reset();
    m_changes->open(QString::fromStdString(m_openRun.text()), network.layers);
    m_model->reload();
    // As wide as the widest text can get; the rest is the layers' names, which come first.
    const auto width = [this](const QString& text) { return fontMetrics().horizontalAdvance(text) + 16; };
    QFont bold = m_table->font();
    bold.setBold(true);
    const int changed = QFontMetrics(bold).horizontalAdvance(QStringLiteral("s8.7 → s8.7")) + 16;
    m_table->setColumnWidth(WhatIfLayerModel::kInput, changed);
    m_table->setColumnWidth(WhatIfLayerModel::kWeight, changed);
    m_table->setColumnWidth(WhatIfLayerModel::kSqnr, width("100.0 dB"));
    m_table->setColumnWidth(WhatIfLayerModel::kLsb, width(tr("Input LSB")));
    m_images->clear();
    for (const int64_t count : {int64_t{50}, int64_t{100}, int64_t{200}, int64_t{500}, int64_t{1000}}) {
        if (count < m_available) m_images->addItem(text::count(count), QVariant::fromValue(count));
    }
    m_images->addItem(text::count(m_available), QVariant::fromValue(m_available));
    m_images->setCurrentIndex(m_images->count() - 1);
    m_chooseFolder->hide();
    m_empty->setEmpty(false);
    if (!m_changes->find(m_context.selection.layer()) && !network.layers.empty())
        m_context.selection.setLayer(network.layers.front().name);
    showLayer();
    showChangedRows();
    evaluate();
}

/// What follows the first changed layer is what can differ.
void WhatIfView::showChangedRows() {
    const std::vector<FormatChange> changes = m_changes->list();
    if (changes.empty()) return;
    const int row = m_model->rowOf(QString::fromStdString(changes.front().layer));
    m_table->scrollTo(m_model->index(row, 0), QAbstractItemView::PositionAtTop);
}

void WhatIfView::onFailed(WhatIfRunner::Failure failure, const QString& message) {
    if (failure == WhatIfRunner::Failure::kImpossible) {
        m_problem = message;
        setWorking(false);
        showSentence();
        return;
    }
    const bool isData = failure == WhatIfRunner::Failure::kNoData;
    setEmpty(isData ? tr("The images that this run is evaluated on cannot be read here: %1.").arg(message)
                    : tr("This run's network cannot be opened: %1.\nIts files are in the run's folder (Run ▸ Open "
                         "folder); a run that still has a checkpoint can be chosen in Runs (Ctrl+1).")
                          .arg(message),
             isData);
}

int64_t WhatIfView::images() const {
    return m_images->currentData().toLongLong();
}

void WhatIfView::evaluate() {
    if (!m_isOpen) return;
    m_problem.clear();
    m_result.reset();
    m_model->setResult({});
    setWorking(true);
    showSentence();
    m_runner->evaluate(m_changes->list(), images());
}

void WhatIfView::cancel() {
    m_runner->cancel();
    setWorking(false);
    showSentence();
}

void WhatIfView::setWorking(bool isWorking) {
    m_progress->setRange(0, static_cast<int>(std::max<int64_t>(2 * images(), 1)));
    m_progress->setValue(0);
    m_progress->setVisible(isWorking);  // an empty one looks like a line to type into
    m_cancel->setEnabled(isWorking);
    const bool isChanged = !m_changes->list().empty() && m_problem.isEmpty();
    m_keep->setEnabled(isChanged && m_result != nullptr);
    m_export->setEnabled(isChanged);
}

void WhatIfView::onResult(const std::shared_ptr<const WhatIfResult>& result) {
    m_result = result;
    m_picture->setAccuracy(result->accuracy, !m_changes->list().empty());
    m_model->setResult(result);
    setWorking(!result->is_complete);
    if (!result->is_complete)
        m_progress->setValue(static_cast<int>(result->accuracy.images + result->difference_images));
    showSentence();
}

void WhatIfView::showSentence() {
    const qsizetype count = static_cast<qsizetype>(m_changes->list().size());
    if (!m_problem.isEmpty()) {
        m_sentence->setText(tr("%1. Undo it (Ctrl+Z), or choose another format.").arg(m_problem));
        return;
    }
    if (!m_result || m_result->accuracy.images == 0) {
        m_sentence->setText(tr("Evaluating %1…").arg(m_runName));
        return;
    }
    const AccuracyChange& accuracy = m_result->accuracy;
    const QString images = text::count(accuracy.images);
    if (count == 0) {
        m_sentence->setText(
            tr("%1 in integers: top-1 %2 on %3 images, %4 to %5 with 95 % certainty. Change a format to see "
               "what it does.")
                .arg(m_runName, text::percent(accuracy.before()), images,
                     text::percentNumber(accuracy.interval_before().low),
                     text::percent(accuracy.interval_before().high)));
        return;
    }
    const PairedDifference difference = accuracy.difference();
    const QString verdict = difference.is_distinguishable() ? (difference.difference > 0 ? tr("better") : tr("worse"))
                                                            : tr("not distinguishable on so many images");
    m_sentence->setText(tr("%1: %2 points (%3 to %4) on %5 images, %6; %7 of them get another class. Computed from %8.")
                            .arg(count == 1 ? tr("1 change") : tr("%1 changes").arg(count),
                                 text::points(difference.difference), text::points(difference.interval.low),
                                 text::points(difference.interval.high), images, verdict,
                                 text::count(accuracy.other_class), QString::fromStdString(m_result->computed_from)));
}

void WhatIfView::showLayer() {
    const QString layer = m_context.selection.layer();
    const WhatIfLayer* const known = m_changes->find(layer);
    m_layerName->setText(known ? layer : tr("No layer chosen"));
    const auto show = [&](QComboBox* box, ChangedTensor tensor) {
        box->setEnabled(known && known->hasFormats);
        if (!known || !known->hasFormats) {
            box->setCurrentIndex(-1);
            return;
        }
        const FixedPointFormat format = m_changes->format(layer, tensor);
        int index = box->findData(text::format(format));
        if (index < 0) {  // a network of other word lengths: its own formats, too
            addFormats(box, format.is_signed, format.word_length);
            index = box->findData(text::format(format));
        }
        box->setCurrentIndex(index);
        box->setToolTip(
            tr("Unchanged: %1, %2").arg(text::format(known->format(tensor)), text::range(known->format(tensor))));
    };
    show(m_input, ChangedTensor::kInput);
    show(m_weight, ChangedTensor::kWeight);
    const int row = m_model->rowOf(layer);
    if (row >= 0 && m_table->currentIndex().row() != row) m_table->selectRow(row);
}

/// The window's Ctrl+Z takes back a deleted run; in here it takes back a change. Boxes and tables would search for it.
bool WhatIfView::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    auto* key = static_cast<QKeyEvent*>(event);
    const bool isUndo = key->matches(QKeySequence::Undo);
    if (!isUndo && !key->matches(QKeySequence::Redo)) return QWidget::eventFilter(watched, event);
    key->accept();
    if (event->type() == QEvent::KeyPress) isUndo ? m_changes->stacks()->undo() : m_changes->stacks()->redo();
    return true;
}

void WhatIfView::keepAs(const QString& name) {
    if (!m_result) return;
    setWorking(false);
    m_runner->keep(m_changes->list(), name, *m_result);
}

void WhatIfView::exportTo(const QString& path) {
    setWorking(false);
    m_runner->exportTo(m_changes->list(), path);
}

QString WhatIfView::outcome() const {
    return m_outcome->isHidden() ? QString() : QTextDocumentFragment::fromHtml(m_outcome->text()).toPlainText();
}

void WhatIfView::tellOutcome(const QString& html) {
    m_outcome->setText(html);
    m_outcome->show();
}

void WhatIfView::tellKept(const RunId& child, const QString& name) {
    m_context.selection.setVisible(child, true);  // as a run that begins
    m_context.store.reload();
    const QString id = QString::fromStdString(child.text());
    tellOutcome(tr("Kept as run <a href=\"run:%1\">%2</a>, child of %3; <a href=\"compare:%1\">compare the two</a>.")
                    .arg(id, name.toHtmlEscaped(), m_runName.toHtmlEscaped()));
    Q_EMIT kept(name);
}

/// A file that leaves the workbench is checked like any other export.
void WhatIfView::tellExported(const QString& path) {
    const QString written = tr("Written to %1, %2 (<a href=\"folder:%1\">open the folder</a>)")
                                .arg(path.toHtmlEscaped(), text::size(QFileInfo(path).size()));
    tellOutcome(tr("%1; it is being verified (Log and jobs, Jobs).").arg(written));
    m_context.jobs.start(
        tr("Verify %1").arg(QFileInfo(path).fileName()), workerProgram(),
        {"verify", path, "--json", "--store", m_context.store.path()},
        [](const QByteArray& json, int) { return describeVerification(json); },
        [self = QPointer(this), run = m_openRun, written](const Job& job, const QByteArray&) {
            if (self && self->m_openRun == run && !self->m_outcome->isHidden())
                self->tellOutcome(tr("%1; %2.").arg(written, job.message.toHtmlEscaped()));
        });
    Q_EMIT exported(path);
}

void WhatIfView::followOutcome(const QString& link) {
    const QString kind = link.section(':', 0, 0), what = link.section(':', 1);
    if (kind == "folder") return outside().openFolder(QFileInfo(what).absolutePath());
    const RunId child(what.toStdString());
    if (kind == "run") return m_context.selection.setRun(child);
    m_context.selection.setMarked({m_openRun, child});
    Q_EMIT m_context.runActions.viewRequested("compare");
}

void WhatIfView::askName() {
    const auto name = askLine(this, tr("Keep as a run"), tr("&Name of the run, a child of %1:").arg(m_runName),
                              tr("%1 what-if").arg(m_runName), EmptyLine::kRefused);
    if (name) keepAs(*name);
}

void WhatIfView::askFolder() {
    const QString folder = outside().askFolder(this, tr("Folder of the data"), m_dataFolder);
    if (folder.isEmpty()) return;
    m_dataFolder = folder;
    open();
}

void WhatIfView::exportView() {
    if (!m_isOpen) return;
    const QString path = outside().askSaveFile(this, tr("Export the changed network"),
                                               QString(m_runName).replace('/', '_') + tr("-what-if") + ".f8n",
                                               tr("Integer network (*.f8n)"));
    if (!path.isEmpty()) exportTo(path);
}

void registerWhatIfView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::WhatIfView", text); };
    registry.add(
        {"whatif", tr("What-if"), "what-if", ViewPlace::kRightBottom, false, QKeySequence("Ctrl+7"),
         tr("The integer network of the chosen run, with other formats where you want them: grid and range move, the "
            "function stays. Accuracy is compared on the same images, each with its 95 % interval; a difference inside "
            "that is not distinguishable. The table says how far each layer's output is from the unchanged network's."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new WhatIfView(context, parent); }});
}

}  // namespace f8net
