// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/new_run_dialog.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/places.h"
#include "widgets/dialogs/option_form.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/colors.h"
#include "widgets/support/icons.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

/// An experiment as a card: name and time bold, then what it is for.
class ExperimentDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        const QRect area = option.rect.adjusted(12, 8, -8, -8);
        QFont bold = option.font;
        bold.setBold(true);
        painter->save();
        painter->setFont(bold);
        painter->setPen(colors.text);
        painter->drawText(area, Qt::AlignLeft | Qt::AlignTop, index.data().toString());
        painter->setFont(option.font);
        painter->setPen(option.state & QStyle::State_Selected ? colors.text : colors.dim);
        const int line = QFontMetrics(bold).height() + 2;
        painter->drawText(area.adjusted(0, line, 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                          index.data(Qt::UserRole + 1).toString());
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const int width =
            std::max(120, option.widget != nullptr && option.widget->isVisible() ? option.widget->width() - 40 : 240);
        const QFontMetrics metrics(option.font);
        const QRect text =
            metrics.boundingRect(QRect(0, 0, width, 1000), Qt::TextWordWrap, index.data(Qt::UserRole + 1).toString());
        return {width, metrics.height() + text.height() + 20};
    }
};

QString shellQuoted(const QString& word) {
    static const QRegularExpression plain("^[A-Za-z0-9_./:=,+@-]+$");
    return plain.match(word).hasMatch() ? word : "'" + QString(word).replace("'", "'\\''") + "'";
}

}  // namespace

NewRunDialog::NewRunDialog(const QString& experimentsFolder, const QString& storePath, QWidget* parent)
    : QDialog(parent),
      m_storePath(storePath),
      m_experiments(new QListWidget),
      m_name(new QLineEdit),
      m_tags(new QLineEdit),
      m_form(new OptionForm),
      m_yaml(new QPlainTextEdit),
      m_yamlProblem(new QLabel),
      m_summary(new QLabel),
      m_tabs(new QTabWidget) {
    setWindowTitle(tr("New run"));
    resize(1100, 720);
    m_experiments->setItemDelegate(new ExperimentDelegate(m_experiments));
    m_experiments->setAccessibleName(tr("Experiments"));
    m_experiments->setMinimumWidth(220);
    m_experiments->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_experiments->setResizeMode(QListView::Adjust);
    applySelectionTint(m_experiments);
    m_yaml->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_yaml->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_yaml->setAccessibleName(tr("Configuration as YAML"));
    m_yamlProblem->setWordWrap(true);
    m_yamlProblem->hide();
    m_tags->setPlaceholderText(tr("separated by commas"));

    auto* yamlPage = new QWidget;
    auto* yamlLayout = new QVBoxLayout(yamlPage);
    yamlLayout->setContentsMargins(0, 8, 0, 0);
    yamlLayout->addWidget(m_yaml, 1);
    m_tabs->addTab(m_form, tr("&Options"));
    m_tabs->addTab(yamlPage, tr("&YAML"));
    m_tabs->setDocumentMode(true);

    auto* names = new QHBoxLayout;
    names->setSpacing(8);
    auto* nameLabel = new QLabel(tr("Na&me"));
    nameLabel->setBuddy(m_name);
    auto* tagsLabel = new QLabel(tr("&Tags"));
    tagsLabel->setBuddy(m_tags);
    names->addWidget(nameLabel);
    names->addWidget(m_name, 2);
    names->addWidget(tagsLabel);
    names->addWidget(m_tags, 1);
    auto* right = new QWidget;
    auto* rightLayout = new QVBoxLayout(right);
    rightLayout->setContentsMargins(8, 0, 0, 0);
    rightLayout->setSpacing(8);
    rightLayout->addLayout(names);
    rightLayout->addWidget(m_tabs, 1);
    rightLayout->addWidget(m_yamlProblem);
    auto* splitter = new QSplitter;
    splitter->addWidget(m_experiments);
    splitter->addWidget(right);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({280, 800});
    splitter->setChildrenCollapsible(false);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_start = buttons->addButton(tr("&Start"), QDialogButtonBox::AcceptRole);
    m_start->setDefault(true);
    m_start->setIcon(icon("resume"));
    m_start->setToolTip(tr("Start (Ctrl+Return)"));
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    m_copy = buttons->addButton(tr("&Copy shell command"), QDialogButtonBox::ActionRole);
    m_copy->setAutoDefault(false);
    m_summary->setWordWrap(true);
    m_summary->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* bottom = new QHBoxLayout;
    bottom->addWidget(m_summary, 1);
    bottom->addWidget(buttons);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    layout->addWidget(splitter, 1);
    layout->addLayout(bottom);

    m_yamlSoon.setSingleShot(true);
    m_yamlSoon.setInterval(250);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QStringList words{"f8net", "train"};
        for (const QString& argument : trainArguments()) words << shellQuoted(argument);
        words << "--store" << shellQuoted(m_storePath);
        QApplication::clipboard()->setText(words.join(' '));
    });
    connect(m_experiments, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        if (item != nullptr) choose(item->data(Qt::UserRole).toString());
    });
    connect(m_form, &OptionForm::edited, this, &NewRunDialog::setOption);
    connect(m_form, &OptionForm::reset, this, [this](const QString& key) {
        m_settings.erase(key.toStdString());
        load();
    });
    connect(m_form, &OptionForm::errorsChanged, this, &NewRunDialog::updateStart);
    connect(m_yaml, &QPlainTextEdit::textChanged, this, [this] { m_yamlSoon.start(); });
    connect(&m_yamlSoon, &QTimer::timeout, this, &NewRunDialog::takeYaml);
    fillExperiments(experimentsFolder);
    if (m_experiments->count() > 0) {
        m_experiments->setCurrentRow(0);
    } else {
        m_problem = tr("No experiment was found in %1.").arg(experimentsFolder);
    }
    updateStart();
    m_experiments->setFocus();
}

void NewRunDialog::keyPressEvent(QKeyEvent* event) {
    const bool isReturn = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isReturn && !(event->modifiers() & Qt::ControlModifier)) {
        // Return ends a value; hours of training start on purpose: by the button or Ctrl+Return.
        event->accept();
        return;
    }
    if (isReturn) {
        m_start->click();
        return;
    }
    QDialog::keyPressEvent(event);
}

void NewRunDialog::fillExperiments(const QString& folder) {
    std::vector<std::string> problems;
    for (const ExperimentSummary& summary : list_experiments(folder.toStdString(), &problems)) {
        const QString path = QString::fromStdString(summary.path);
        auto* item = new QListWidgetItem(QDir(folder).relativeFilePath(path).section('.', 0, 0), m_experiments);
        QString about = QString::fromStdString(summary.description).simplified();
        if (!summary.duration.empty())
            about += (about.isEmpty() ? "" : "\n") + QString::fromStdString(summary.duration);
        item->setData(Qt::UserRole, path);
        item->setData(Qt::UserRole + 1, about);
        // The example first: it is what a newcomer should start.
        if (path.endsWith("/quickstart.yaml"))
            m_experiments->insertItem(0, m_experiments->takeItem(m_experiments->row(item)));
    }
    for (const std::string& problem : problems) {
        auto* item = new QListWidgetItem(icon("crashed"), tr("Does not load"), m_experiments);
        item->setData(Qt::UserRole + 1, QString::fromStdString(problem));
        item->setFlags(Qt::NoItemFlags);
    }
}

void NewRunDialog::choose(const QString& configPath) {
    if (configPath.isEmpty()) return;
    m_path = configPath;
    m_settings.clear();
    m_isYamlEdited = false;
    try {
        m_base = load_experiment(configPath.toStdString(), {}, {});
    } catch (const Error& error) {
        m_base.reset();
        m_problem = QString::fromUtf8(error.what());
        updateStart();
        return;
    }
    m_name->setText(QString::fromStdString(m_base->experiment.name));
    load();
}

void NewRunDialog::setOption(const QString& key, const QString& text) {
    if (!m_base) return;
    if (get_option(m_base->experiment, key.toStdString()) == text.toStdString()) {
        m_settings.erase(key.toStdString());
    } else {
        m_settings[key.toStdString()] = text.toStdString();
    }
    m_isYamlEdited = false;  // the form is the last word; its YAML is shown
    load();
}

void NewRunDialog::load() {
    if (!m_base) return;
    std::vector<Setting> settings;
    for (const auto& [key, text] : m_settings) settings.push_back({key, text, "--set", Origin::Kind::kForm});
    m_problem.clear();
    try {
        m_document = load_experiment(m_path.toStdString(), settings, {});
    } catch (const Error& error) {
        m_problem = QString::fromUtf8(error.what());  // the options exclude each other; what was typed stays
    }
    showDocument(m_problem.isEmpty());
}

void NewRunDialog::takeYaml() {
    if (!m_base) return;
    m_isYamlEdited = true;
    m_settings.clear();
    m_problem.clear();
    try {
        m_document = parse_experiment(m_yaml->toPlainText().toStdString(), m_path.toStdString(), {}, {});
        m_form->setExperiment(m_document->experiment, {});
    } catch (const Error& error) {
        m_problem = QString::fromUtf8(error.what());
    }
    updateStart();
}

void NewRunDialog::showDocument(bool updateYaml) {
    m_form->setExperiment(m_base->experiment, m_settings);
    if (updateYaml && m_document) {
        const QSignalBlocker quiet(m_yaml);
        m_yaml->setPlainText(QString::fromStdString(to_yaml(m_document->experiment, YamlDetail::kChanged)));
    }
    updateStart();
}

QString NewRunDialog::problem() const {
    if (!m_problem.isEmpty()) return m_problem;
    return m_form->hasErrors() ? tr("A value is out of range; it says so beside its option.") : QString();
}

void NewRunDialog::updateStart() {
    const QString wrong = problem();
    QPalette palette = QApplication::palette();
    palette.setColor(QPalette::WindowText, colorsOf(this).trouble);
    m_yamlProblem->setPalette(palette);
    m_yamlProblem->setText(wrong);
    m_yamlProblem->setVisible(!wrong.isEmpty());
    m_start->setEnabled(wrong.isEmpty() && m_document.has_value());
    m_copy->setEnabled(m_start->isEnabled());
    if (!m_document) return;
    const Experiment& experiment = m_document->experiment;
    QStringList parts;
    try {
        int epochs = 0;
        const std::vector<ResolvedStage> stages = experiment.resolved_stages();
        for (const ResolvedStage& stage : stages) epochs += stage.experiment.training.epochs;
        parts << (stages.size() == 1 ? tr("1 stage, %1 epochs").arg(epochs)
                                     : tr("%1 stages, %2 epochs").arg(stages.size()).arg(epochs));
    } catch (const Error&) {
        // the problem line says it
    }
    QString what = tr("Start on %1").arg(QString::fromStdString(experiment.training.device));
    if (!experiment.duration.empty())
        what += m_settings.empty() && !m_isYamlEdited ? ", " + QString::fromStdString(experiment.duration) : QString();
    m_summary->setText((QStringList{what} + parts).join("; ") +
                       (m_settings.empty() ? QString() : tr("; %1 changed").arg(m_settings.size())));
}

QString NewRunDialog::runName() const {
    return m_name->text().trimmed();
}

QStringList NewRunDialog::trainArguments() const {
    QStringList arguments;
    if (m_isYamlEdited) {
        const QString folder = QString::fromStdString(data_place()) + "/drafts";
        QDir().mkpath(folder);
        QString file = runName().isEmpty() ? QString("draft") : runName();
        file.replace('/', '_');
        const QString draft = folder + "/" + file + ".yaml";
        write_text_file(draft.toStdString(), m_yaml->toPlainText().toStdString());
        arguments << draft;
    } else {
        arguments << m_path;
        for (const auto& [key, text] : m_settings) arguments << "--set" << QString::fromStdString(key + "=" + text);
    }
    if (!runName().isEmpty()) arguments << "--name" << runName();
    for (const QString& tag : m_tags->text().split(',', Qt::SkipEmptyParts)) {
        if (!tag.trimmed().isEmpty()) arguments << "--tag" << tag.trimmed();
    }
    return arguments;
}

}  // namespace f8net
