// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/new_run_dialog.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/base/places.h"
#include "widgets/dialogs/data_preview.h"
#include "widgets/dialogs/experiment_list.h"
#include "widgets/dialogs/option_form.h"
#include "widgets/dialogs/yaml_editor.h"
#include "widgets/support/background.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/icons.h"
#include "widgets/support/outside.h"
#include "widgets/support/shell_words.h"
#include "widgets/support/words.h"

namespace f8net {

namespace {
constexpr int kYamlBesideFrom = 1100;  // below, YAML is a tab
constexpr int kDataTab = 1;

QString q(const std::string& text) {
    return QString::fromStdString(text);
}
}  // namespace

NewRunDialog::NewRunDialog(const QString& experimentsFolder, const QString& storePath, QWidget* parent)
    : QDialog(parent),
      m_storePath(storePath),
      m_experiments(new ExperimentList),
      m_name(new QLineEdit),
      m_tags(new QLineEdit),
      m_device(new QComboBox),
      m_from(new QComboBox),
      m_form(new OptionForm),
      m_yaml(new YamlEditor),
      m_data(new DataPreview),
      m_notice(new QLabel),
      m_problem(new QLabel),
      m_summary(new QLabel),
      m_tabs(new QTabWidget),
      m_splitter(new QSplitter) {
    setWindowTitle(tr("New run"));
    resize(1320, 780);
    for (QLabel* label : {m_notice, m_problem, m_summary}) label->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_notice->hide();
    m_problem->hide();
    m_yamlPage = new QWidget;
    auto* yamlLayout = new QVBoxLayout(m_yamlPage);
    yamlLayout->setContentsMargins(0, 0, 0, 0);
    yamlLayout->addWidget(m_yaml, 1);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Options, data and text of the experiment"));
    m_tabs->addTab(m_form, tr("&Options"));
    m_tabs->addTab(m_data, tr("&Data"));

    auto* right = new QWidget;
    auto* rightLayout = new QVBoxLayout(right);
    rightLayout->setContentsMargins(8, 0, 0, 0);
    rightLayout->setSpacing(8);
    rightLayout->addWidget(m_notice);
    rightLayout->addWidget(makeHeader());
    rightLayout->addWidget(m_tabs, 1);
    rightLayout->addWidget(m_problem);
    m_splitter->addWidget(m_experiments);
    m_splitter->addWidget(right);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({270, 600});
    m_splitter->setChildrenCollapsible(false);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_start = buttons->addButton(tr("&Start"), QDialogButtonBox::ActionRole);
    m_start->setDefault(true);
    m_start->setIcon(icon("resume"));
    m_start->setToolTip(tr("Start at once (Ctrl+Return)"));
    m_queue = buttons->addButton(tr("&Queue"), QDialogButtonBox::ActionRole);
    m_queue->setIcon(icon("queued"));
    m_queue->setAutoDefault(false);
    m_queue->setToolTip(tr("Let it wait for its turn (Ctrl+Shift+Return); the queue is in Log and jobs"));
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    m_copy = buttons->addButton(tr("&Copy shell command"), QDialogButtonBox::ActionRole);
    m_copy->setAutoDefault(false);
    m_evaluate = buttons->addButton(tr("&Evaluate"), QDialogButtonBox::ActionRole);
    m_evaluate->setAutoDefault(false);
    m_evaluate->setToolTip(tr("Accuracy of the imported weights as they are, as a background job"));
    m_evaluate->hide();
    m_summary->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* bottom = new QHBoxLayout;
    bottom->addWidget(m_summary, 1);
    bottom->addWidget(buttons);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    layout->addWidget(m_splitter, 1);
    layout->addLayout(bottom);
    arrangeYaml();

    m_yamlSoon.setSingleShot(true);
    m_yamlSoon.setInterval(250);
    m_dataSoon.setSingleShot(true);
    m_dataSoon.setInterval(300);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_start, &QPushButton::clicked, this, [this] { start(false); });
    connect(m_queue, &QPushButton::clicked, this, [this] { start(true); });
    connect(m_evaluate, &QPushButton::clicked, this, [this] { Q_EMIT evaluateRequested(m_checkpoint); });
    connect(m_copy, &QPushButton::clicked, this, [this] {
        try {
            QApplication::clipboard()->setText(
                shellCommand(QStringList{"f8net", "train"} + trainArguments() + QStringList{"--store", m_storePath}));
        } catch (const Error& error) {
            finishStart(QString::fromUtf8(error.what()));
        }
    });
    connect(m_experiments, &ExperimentList::chosen, this, &NewRunDialog::choose);
    connect(m_form, &OptionForm::edited, this, &NewRunDialog::setOption);
    connect(m_form, &OptionForm::reset, this, [this](const QString& key) {
        m_draft.resetOption(key);
        showDraft();
    });
    connect(m_form, &OptionForm::inherited, this, [this](const QString& key) {
        m_draft.inheritOption(key);
        showDraft();
    });
    connect(m_form, &OptionForm::errorsChanged, this, &NewRunDialog::updateStart);
    connect(m_yaml, &QPlainTextEdit::textChanged, this, [this] { m_yamlSoon.start(); });
    connect(&m_yamlSoon, &QTimer::timeout, this, &NewRunDialog::takeYaml);
    connect(m_tabs, &QTabWidget::currentChanged, this, &NewRunDialog::showDataSoon);
    connect(&m_dataSoon, &QTimer::timeout, this, [this] {
        if (!m_draft.isOpen()) return;
        lookForData();
        if (m_tabs->currentWidget() == m_data) m_data->showDataOf(m_draft.current());
    });
    m_experiments->fill(experimentsFolder);
    if (m_experiments->count() > 0) {
        m_experiments->setCurrentRow(0);
    } else {
        m_failure = tr("No experiment was found in %1.").arg(experimentsFolder);
    }
    updateStart();
    m_experiments->setFocus();
}

QWidget* NewRunDialog::makeHeader() {
    m_name->setAccessibleName(tr("Name of the run"));
    m_tags->setAccessibleName(tr("Tags of the run"));
    m_tags->setPlaceholderText(tr("separated by commas"));
    m_tags->setMinimumWidth(columnWidth(fontMetrics(), m_tags->placeholderText()));
    m_device->setAccessibleName(tr("Device"));
    m_device->addItems({"cpu", "cuda", "auto"});
    m_device->setEditable(true);  // cuda:1
    m_device->setInsertPolicy(QComboBox::NoInsert);
    m_from->setAccessibleName(tr("Weights to begin with"));
    m_from->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_from->setMinimumContentsLength(18);
    setStartRuns({});
    connect(m_device, &QComboBox::textActivated, this,
            [this](const QString& device) { setOption("training.device", device); });
    connect(m_device->lineEdit(), &QLineEdit::editingFinished, this, [this] {
        if (m_draft.isOpen() && q(m_draft.current().training.device) != m_device->currentText())
            setOption("training.device", m_device->currentText());
    });
    connect(m_from, &QComboBox::activated, this, [this](int index) {
        if (index == m_from->count() - 1) {
            chooseCheckpoint();
        } else {
            setOption("training.from", m_from->itemData(index).toString());
        }
    });
    auto* header = new QWidget;
    auto* grid = new QGridLayout(header);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    const auto add = [&](int row, int column, const QString& text, QWidget* editor) {
        auto* label = new QLabel(text);
        label->setBuddy(editor);
        grid->addWidget(label, row, column);
        grid->addWidget(editor, row, column + 1);
    };
    add(0, 0, tr("Na&me"), m_name);
    add(0, 2, tr("&Tags"), m_tags);
    add(1, 0, tr("Start &from"), m_from);
    add(1, 2, tr("De&vice"), m_device);
    grid->setColumnStretch(1, 3);
    grid->setColumnStretch(3, 2);
    return header;
}

void NewRunDialog::setStartRuns(const std::vector<StartRun>& runs) {
    const QSignalBlocker quiet(m_from);
    m_from->clear();
    m_from->addItem(tr("Fresh weights"), QString());
    for (const StartRun& run : runs) m_from->addItem(tr("%1, best").arg(run.name), run.id);
    m_from->insertSeparator(m_from->count());
    m_from->addItem(tr("A checkpoint's file…"));
    updateStartingPoint();
}

void NewRunDialog::startFrom(const QString& subject) {
    setOption("training.from", subject);
}

void NewRunDialog::setNotice(const QString& text) {
    m_notice->setText(text);
    m_notice->setVisible(!text.isEmpty());
}

void NewRunDialog::offerEvaluation(const QString& checkpoint) {
    m_checkpoint = checkpoint;
    m_evaluate->show();
    updateStart();
}

void NewRunDialog::updateStartingPoint() {
    const QString from = m_draft.isOpen() ? q(m_draft.current().training.from) : QString();
    int index = m_from->findData(from);
    if (index < 0) {
        m_from->insertItem(1, QFileInfo(from).exists() ? QFileInfo(from).fileName() : from, from);
        m_from->setItemData(1, from, Qt::ToolTipRole);
        index = 1;
    }
    m_from->setCurrentIndex(index);
}

void NewRunDialog::chooseCheckpoint() {
    const QString path = outside().askOpenFile(this, tr("Start from a checkpoint"), {},
                                               tr("Checkpoints (*.safetensors *.pt *.pth *.tar);;All files (*)"));
    if (path.isEmpty()) {
        updateStartingPoint();
    } else {
        startFrom(path);
    }
}

void NewRunDialog::keyPressEvent(QKeyEvent* event) {
    const bool isReturn = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isReturn && !(event->modifiers() & Qt::ControlModifier)) {
        // Return ends a value; hours of training start on purpose: by the button or Ctrl+Return.
        event->accept();
        return;
    }
    if (isReturn) {
        (event->modifiers() & Qt::ShiftModifier ? m_queue : m_start)->click();
        return;
    }
    QDialog::keyPressEvent(event);
}

void NewRunDialog::resizeEvent(QResizeEvent* event) {
    QDialog::resizeEvent(event);
    arrangeYaml();
}

void NewRunDialog::arrangeYaml() {
    const bool isBeside = m_splitter->indexOf(m_yamlPage) >= 0;
    if (width() >= kYamlBesideFrom) {
        if (isBeside) return;
        const int tab = m_tabs->indexOf(m_yamlPage);
        if (tab >= 0) m_tabs->removeTab(tab);
        m_splitter->addWidget(m_yamlPage);
        m_yamlPage->show();
        m_splitter->setSizes({270, width() - 270 - 340, 340});
        m_splitter->setCollapsible(m_splitter->indexOf(m_yamlPage), false);
    } else if (isBeside || m_tabs->indexOf(m_yamlPage) < 0) {
        m_tabs->insertTab(kDataTab, m_yamlPage, tr("&YAML"));
    }
}

void NewRunDialog::choose(const QString& experiment) {
    if (experiment.isEmpty() || experiment == m_experiment) return;
    if (m_experiments->chosenKey() != experiment) {
        m_experiments->chooseFile(experiment);  // comes back here
        return;
    }
    leaveExperiment();
    m_experiment = experiment;
    if (const auto left = m_left.find(experiment); left != m_left.end()) {
        m_draft = left->second.draft;
        m_name->setText(left->second.name);
    } else {
        m_draft.openFile(experiment);
        // One that does not load yet must not go by the name of the experiment before it.
        m_name->setText(m_draft.isOpen() ? q(m_draft.base().name) : QFileInfo(experiment).completeBaseName());
    }
    showDraft();
}

void NewRunDialog::leaveExperiment() {
    m_form->startOver();
    if (m_experiment.isEmpty()) return;
    if (m_yamlSoon.isActive()) {
        m_yamlSoon.stop();
        m_draft.setYaml(m_yaml->toPlainText());
    }
    m_left[m_experiment] = {m_draft, m_name->text()};
}

void NewRunDialog::chooseText(const QString& title, const QString& about, const QString& yaml, const QString& name) {
    leaveExperiment();
    m_experiment = title;
    m_draft.openText(yaml, title);
    m_experiments->addFirst(title, about);
    m_name->setText(name);
    showDraft();
}

void NewRunDialog::setOption(const QString& key, const QString& text) {
    m_draft.setOption(key, text);
    showDraft();
}

void NewRunDialog::showStage(const QString& stage) {
    m_form->showStage(stage);
}

void NewRunDialog::takeYaml() {
    m_draft.setYaml(m_yaml->toPlainText());
    showDraft();
}

void NewRunDialog::showDraft() {
    m_failure.clear();
    m_yaml->replaceText(m_draft.yaml());
    m_yaml->setBase(m_draft.baseYaml());
    m_yaml->markLine(m_draft.problemLine());
    m_form->setEnabled(m_draft.isOpen());
    if (m_draft.isOpen()) {
        if (m_draft.problem().isEmpty()) m_form->setExperiment(m_draft.base(), m_draft.current());
        const QSignalBlocker quiet(m_device);
        m_device->setCurrentText(q(m_draft.current().training.device));
        updateStartingPoint();
        showDataSoon();
    }
    updateStart();
}

void NewRunDialog::showData() {
    m_tabs->setCurrentWidget(m_data);
    showDataSoon();
}

void NewRunDialog::showDataSoon() {
    m_dataSoon.start();
}

void NewRunDialog::lookForData() {
    inBackground(
        this, [experiment = m_draft.current()] { return dataProblem(experiment); },
        [this, serial = ++m_dataSerial](const QString& problem) {
            if (serial != m_dataSerial || problem == m_dataProblem) return;
            m_dataProblem = problem;
            updateStart();
        });
}

QString NewRunDialog::problem() const {
    if (!m_failure.isEmpty()) return m_failure;
    if (m_draft.problemLine() > 0) return tr("YAML, line %1: %2").arg(m_draft.problemLine()).arg(m_draft.problem());
    if (!m_draft.problem().isEmpty()) return m_draft.problem();
    return m_form->hasErrors() ? tr("A value is out of range; it says so beside its option.") : QString();
}

void NewRunDialog::updateStart() {
    const QString wrong = problem();
    QPalette palette = QApplication::palette();
    palette.setColor(QPalette::WindowText, colorsOf(this).trouble);
    m_problem->setPalette(palette);
    m_problem->setText(wrong);
    m_problem->setVisible(!wrong.isEmpty());
    // What a start ran into may be put right outside of here, so it may be tried again.
    const bool canStart = m_draft.isOpen() && m_draft.problem().isEmpty() && !m_form->hasErrors() && !m_isStarting;
    for (QPushButton* button : {m_start, m_queue, m_copy, m_evaluate}) button->setEnabled(canStart);
    m_start->setText(m_isStarting ? tr("Starting…") : tr("&Start"));
    if (!m_draft.isOpen()) {
        m_summary->clear();
        return;
    }
    const Experiment& experiment = m_draft.current();
    QStringList parts;
    const bool isChanged = m_draft.isChanged();
    parts << (experiment.duration.empty() || isChanged
                  ? tr("Start on %1").arg(q(experiment.training.device))
                  : tr("Start on %1, about %2").arg(q(experiment.training.device), q(experiment.duration)));
    try {
        int epochs = 0;
        const std::vector<ResolvedStage> stages = experiment.resolved_stages();
        for (const ResolvedStage& stage : stages) epochs += stage.experiment.training.epochs;
        parts << (stages.size() == 1 ? tr("1 stage, %1 epochs").arg(epochs)
                                     : tr("%1 stages, %2 epochs").arg(stages.size()).arg(epochs));
    } catch (const Error&) {
        // the problem line says it
    }
    if (const size_t changed = m_draft.changes().size(); changed > 0) parts << tr("%1 changed").arg(changed);
    QString summary = parts.join("; ").toHtmlEscaped();
    // Said, not forbidden: they may be there by the time its turn comes, or where the command is copied to.
    if (!m_dataProblem.isEmpty())
        summary +=
            QString("<br><span style=\"color:%1\">%2</span>")
                .arg(colorsOf(this).warning.name(), tr("The data are not here: %1").arg(m_dataProblem).toHtmlEscaped());
    m_summary->setText(summary);
}

void NewRunDialog::start(bool inQueue) {
    if (!m_start->isEnabled()) return;
    m_yamlSoon.stop();
    takeYaml();
    if (!problem().isEmpty()) return;
    m_isStarting = true;
    m_failure.clear();
    updateStart();
    Q_EMIT startRequested(inQueue);
}

void NewRunDialog::finishStart(const QString& failure) {
    m_isStarting = false;
    m_failure = failure;
    updateStart();
    if (failure.isEmpty()) {
        accept();
    } else {
        m_start->setFocus();  // disabled meanwhile, it has lost it
    }
}

QString NewRunDialog::runName() const {
    return m_name->text().trimmed();
}

QStringList NewRunDialog::configArguments() const {
    ExperimentDraft draft = m_draft;
    draft.setOption("training.from", {});
    return draft.arguments(q(data_place()) + "/drafts", runName());
}

QStringList NewRunDialog::trainArguments() const {
    QStringList arguments = m_draft.arguments(q(data_place()) + "/drafts", runName());
    if (!runName().isEmpty()) arguments << "--name" << runName();
    for (const QString& tag : wordsOf(m_tags->text())) arguments << "--tag" << tag;
    return arguments;
}

}  // namespace f8net
