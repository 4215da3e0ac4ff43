// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/option_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "widgets/dialogs/stage_values.h"
#include "widgets/support/colors.h"
#include "widgets/support/icons.h"
#include "widgets/support/outside.h"

namespace f8net {

struct OptionForm::Field : public QWidget {
    explicit Field(const OptionRow& option, QWidget* parent) : QWidget(parent), row(option) {}
    const OptionRow& row;
    QLabel *name = nullptr, *remark = nullptr, *problem = nullptr;
    QCheckBox *check = nullptr, *own = nullptr;
    QComboBox* combo = nullptr;
    QLineEdit* line = nullptr;
    QToolButton* back = nullptr;
    bool isWrong = false;

    QWidget* editor() const {
        return check != nullptr ? static_cast<QWidget*>(check) : combo != nullptr ? static_cast<QWidget*>(combo) : line;
    }
    void setText(const QString& text) {
        const QSignalBlocker a(check != nullptr   ? static_cast<QObject*>(check)
                               : combo != nullptr ? static_cast<QObject*>(combo)
                                                  : line);
        if (check != nullptr) check->setChecked(text == "true");
        if (combo != nullptr) combo->setCurrentText(text);
        if (line != nullptr && !isWrong) {
            if (line->text() != text) {
                line->setText(text);
                line->setCursorPosition(0);
            }
        }
    }
    void forgetError() {
        isWrong = false;
        problem->hide();
    }
    void setChanged(bool isChanged) {
        QFont font = name->font();
        font.setBold(isChanged);
        name->setFont(font);
        back->setVisible(isChanged);
    }
};

namespace {

constexpr int kEditorWidth = 190;  // a list of two numbers with all their digits

/// "0 to 256 pixels", "each 0.001 to 1", "from 1"; empty where any value will do.
QString rangeOf(const OptionRow& row) {
    constexpr double kNoLimit = 1e6;  // of a number that somebody would type
    if (!std::isfinite(row.minimum)) return {};
    const auto number = [](double value) { return QString::number(value, 'g', 6); };
    QString range = row.maximum < kNoLimit ? OptionForm::tr("%1 to %2").arg(number(row.minimum), number(row.maximum))
                                           : OptionForm::tr("from %1").arg(number(row.minimum));
    if (is_list(row.type)) range = OptionForm::tr("each %1").arg(range);
    return row.unit.empty() ? range : range + " " + QString::fromStdString(row.unit);
}

/// "Training: pad each side by so much; 0: no random crop. (0 to 256 pixels, default 0)".
QString remarkOf(const OptionRow& row) {
    QStringList facts;
    if (const QString range = rangeOf(row); !range.isEmpty()) facts << range;
    const QString usual = QString::fromStdString(format_value(row.default_value()));
    if (!usual.isEmpty() && row.type != OptionType::kBool) facts << OptionForm::tr("default %1").arg(usual);
    const QString help = QString::fromStdString(row.help);
    return facts.isEmpty() ? help : help + " (" + facts.join(", ") + ")";
}

}  // namespace

OptionForm::OptionForm(QWidget* parent)
    : QWidget(parent), m_find(new QLineEdit), m_stage(new QComboBox), m_ownOnly(new QCheckBox(tr("O&wn values only"))) {
    m_find->setPlaceholderText(tr("Find an option, for example lr, epochs, width"));
    m_find->setClearButtonEnabled(true);
    m_find->setAccessibleName(tr("Find an option"));
    auto* page = new QWidget;
    auto* fields = new QVBoxLayout(page);
    fields->setContentsMargins(8, 4, 12, 8);
    fields->setSpacing(6);
    // Name, description and duration speak of the file, not of the run: the dialog has its own fields for them.
    for (const OptionSection& section : option_sections()) {
        QString title = QString::fromStdString(section.name);
        title[0] = title[0].toUpper();
        addSection(title, QString::fromStdString(section.help), section.name, fields);
    }
    fields->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setAccessibleName(tr("Options"));
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->setSpacing(8);
    m_stageLine = makeStageLine();
    layout->addWidget(m_stageLine);
    layout->addWidget(m_find);
    layout->addWidget(scroll, 1);
    connect(m_find, &QLineEdit::textChanged, this, &OptionForm::filter);
    connect(m_stage, &QComboBox::currentIndexChanged, this, &OptionForm::chooseStage);
    connect(m_ownOnly, &QCheckBox::toggled, this, &OptionForm::filter);
    showStages();
}

QWidget* OptionForm::makeStageLine() {
    m_ownOnly->setObjectName("ownValuesOnly");
    m_stage->setAccessibleName(tr("Stage whose options are shown"));
    m_stage->setToolTip(tr("What all stages share, or what one of them has of its own"));
    m_stage->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_stage->addItem(tr("All stages"), QString());
    m_ownOnly->setToolTip(tr("Only the options of which this stage has a value of its own"));
    auto* label = new QLabel(tr("Sta&ge"));
    label->setBuddy(m_stage);
    auto* line = new QWidget;
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(label);
    layout->addWidget(m_stage);
    layout->addWidget(m_ownOnly);
    layout->addStretch(1);
    return line;
}

void OptionForm::addSection(const QString& title, const QString& help, const std::string& section,
                            QVBoxLayout* layout) {
    auto* heading =
        new QLabel("<b>" + title + "</b>" + (help.isEmpty() ? QString() : "&nbsp; " + help.toHtmlEscaped()));
    heading->setWordWrap(true);
    heading->setContentsMargins(0, 10, 0, 0);
    layout->addWidget(heading);
    m_headings.emplace_back(heading, section);
    for (const OptionRow& row : option_table()) {
        if (row.section == section) addField(row, layout);
    }
}

void OptionForm::addField(const OptionRow& row, QVBoxLayout* layout) {
    auto* field = new Field(row, this);
    m_fields.push_back(field);
    const QString help = QString::fromStdString(row.help);
    QString allowed = QString::fromStdString(row.allowed());
    field->name = new QLabel(QString::fromStdString(row.name).replace('_', ' '), field);
    field->name->setFixedWidth(160);
    field->name->setToolTip(QString::fromStdString(row.key));
    if (row.type == OptionType::kBool) {
        field->check = new QCheckBox(field);
        connect(field->check, &QCheckBox::toggled, this,
                [this, field](bool on) { take(*field, on ? "true" : "false"); });
    } else if (row.type == OptionType::kChoice) {
        field->combo = new QComboBox(field);
        for (const std::string& choice : row.choices) field->combo->addItem(QString::fromStdString(choice));
        connect(field->combo, &QComboBox::currentTextChanged, this,
                [this, field](const QString& text) { take(*field, text); });
    } else {
        field->line = new QLineEdit(field);
        connect(field->line, &QLineEdit::textEdited, this, [this, field](const QString& text) { take(*field, text); });
    }
    QWidget* editor = field->editor();
    editor->setFixedWidth(field->check != nullptr ? 30 : kEditorWidth);
    editor->setAccessibleName(QString::fromStdString(row.key));
    editor->setToolTip(help + "\n" + allowed);
    field->name->setBuddy(editor);
    field->back = new QToolButton(field);
    field->back->setIcon(icon("reset"));
    field->back->setAutoRaise(true);
    field->back->setFixedSize(24, 24);
    field->back->setToolTip(tr("Back to what the experiment says"));
    field->back->setAccessibleName(tr("Reset %1").arg(QString::fromStdString(row.key)));
    field->own = new QCheckBox(tr("own"), field);
    field->own->setAccessibleName(tr("Own value of %1").arg(QString::fromStdString(row.key)));
    field->own->setToolTip(
        tr("Ticked: this stage has a value of its own.\nNot ticked: it takes the whole experiment's"));
    connect(field->own, &QCheckBox::toggled, this, [this, field](bool isOwn) {
        field->forgetError();
        const QString key = QString::fromStdString(keyOf(*field));
        if (isOwn) {
            Q_EMIT edited(key, QString::fromStdString(valueIn(m_current, splitStageKey(keyOf(*field)))));
        } else {
            Q_EMIT inherited(key);
        }
        Q_EMIT errorsChanged();
    });
    QSizePolicy keeps = field->back->sizePolicy();
    keeps.setRetainSizeWhenHidden(true);
    field->back->setSizePolicy(keeps);
    connect(field->back, &QToolButton::clicked, this, [this, field] {
        field->forgetError();
        Q_EMIT reset(QString::fromStdString(keyOf(*field)));
        Q_EMIT errorsChanged();
    });
    if (row.type == OptionType::kPath) {
        auto* browse = field->line->addAction(icon("folder"), QLineEdit::TrailingPosition);
        browse->setToolTip(tr("Choose"));
        connect(browse, &QAction::triggered, this, [this, field] {
            const QString path = outside().askFolder(this, tr("Folder"), field->line->text());
            if (path.isEmpty()) return;
            field->line->setText(path);
            take(*field, path);
        });
    }
    field->remark = new QLabel(remarkOf(row), field);
    field->remark->setWordWrap(true);
    field->remark->setForegroundRole(QPalette::PlaceholderText);
    field->problem = new QLabel(field);
    field->problem->setWordWrap(true);
    field->problem->hide();

    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(field->name);
    line->addWidget(editor);
    if (field->check != nullptr) line->addSpacing(kEditorWidth - 30);
    line->addWidget(field->own);
    line->addWidget(field->back);
    line->addWidget(field->remark, 1);
    auto* box = new QVBoxLayout(field);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(2);
    box->addLayout(line);
    box->addWidget(field->problem);
    layout->addWidget(field);
}

void OptionForm::take(Field& field, const QString& text) {
    QString problem;
    try {
        check_value(field.row, parse_value(field.row, text.toStdString()));
    } catch (const Error& error) {
        problem = QString::fromUtf8(error.what());
    }
    field.isWrong = !problem.isEmpty();
    field.problem->setText(problem);
    field.problem->setVisible(field.isWrong);
    QPalette palette = field.problem->palette();
    palette.setColor(QPalette::WindowText, colorsOf(this).trouble);
    field.problem->setPalette(palette);
    m_taking = &field;
    if (!field.isWrong) Q_EMIT edited(QString::fromStdString(keyOf(field)), text);
    m_taking = nullptr;
    Q_EMIT errorsChanged();
}

void OptionForm::showStage(const QString& stage) {
    m_stage->setCurrentIndex(std::max(0, m_stage->findData(stage)));
}

QString OptionForm::stage() const {
    return m_stage->currentData().toString();
}

std::string OptionForm::keyOf(const Field& field) const {
    return joinStageKey({stage().toStdString(), field.row.key});
}

void OptionForm::setExperiment(const Experiment& base, const Experiment& current) {
    m_base = base;
    m_current = current;
    showStages();
    for (Field* field : m_fields) showField(*field);
}

void OptionForm::startOver() {
    forgetErrors();
    showStage({});
}

/// Their names are edited in the YAML: the chosen one stays chosen while it is there.
void OptionForm::showStages() {
    QStringList names{QString()};
    for (const Stage& stage : m_current.stages) names << QString::fromStdString(stage.name);
    QStringList shown;
    for (int i = 0; i < m_stage->count(); ++i) shown << m_stage->itemData(i).toString();
    m_stageLine->setVisible(names.size() > 1);
    m_ownOnly->setVisible(!stage().isEmpty());
    if (names == shown) return;
    const QString chosen = stage();
    {
        const QSignalBlocker quiet(m_stage);
        while (m_stage->count() > 1) m_stage->removeItem(1);
        for (const QString& name : names.mid(1)) m_stage->addItem(name, name);
        m_stage->setCurrentIndex(std::max(0, m_stage->findData(chosen)));
    }
    if (stage() != chosen) chooseStage();
}

void OptionForm::chooseStage() {
    forgetErrors();
    m_ownOnly->setVisible(!stage().isEmpty());
    for (Field* field : m_fields) showField(*field);
    filter();
}

void OptionForm::forgetErrors() {
    for (Field* field : m_fields) field->forgetError();
    Q_EMIT errorsChanged();
}

void OptionForm::showField(Field& field) {
    const StageKey key{stage().toStdString(), field.row.key};
    const bool isOfStage = !key.stage.empty(), canDiffer = !isOfStage || field.row.stage_may_override;
    const auto own = ownValue(m_current, key);
    bool isChanged = valueIn(m_current, key) != valueIn(m_base, key) || own != ownValue(m_base, key);
    QString remark = remarkOf(field.row);
    if (!canDiffer) {
        isChanged = false;
        remark = tr("One for the whole run");
    } else if (own) {
        const QString whole = QString::fromStdString(get_option(m_current, field.row.key));
        remark = tr("Of this stage; the whole experiment has %1. %2").arg(whole.isEmpty() ? tr("none") : whole, remark);
    } else if (!isOfStage) {
        // What the stages say themselves, so that nobody wonders why 1 epoch takes an hour.
        QStringList stages;
        for (const Stage& stage : m_current.stages) {
            const StageKey inStage{stage.name, field.row.key};
            const auto itsOwn = ownValue(m_current, inStage);
            if (itsOwn) stages << QString::fromStdString(stage.name + ": " + *itsOwn);
            isChanged = isChanged || itsOwn != ownValue(m_base, inStage);
        }
        if (!stages.isEmpty()) remark += tr("; in stage %1").arg(stages.join(", "));
    }
    field.remark->setText(remark);
    // Who types "0." is on the way to "0.5": the field is not set to "0" under the fingers.
    if (&field != m_taking) field.setText(QString::fromStdString(valueIn(m_current, key)));
    field.editor()->setEnabled(canDiffer);
    field.name->setEnabled(canDiffer);
    field.setChanged(isChanged);
    const QSignalBlocker quiet(field.own);
    field.own->setChecked(own.has_value());
    QSizePolicy keeps = field.own->sizePolicy();
    keeps.setRetainSizeWhenHidden(isOfStage);
    field.own->setSizePolicy(keeps);
    field.own->setVisible(isOfStage && canDiffer);
    field.setToolTip(canDiffer ? QString() : tr("A stage cannot change it; All stages shows it to be changed"));
}

bool OptionForm::hasErrors() const {
    return std::any_of(m_fields.begin(), m_fields.end(), [](const Field* field) { return field->isWrong; });
}

void OptionForm::filter() {
    const QStringList wanted = m_find->text().split(' ', Qt::SkipEmptyParts);
    const bool onlyOwn = !stage().isEmpty() && m_ownOnly->isChecked();
    std::map<std::string, bool> sections;
    for (Field* field : m_fields) {
        const QString text = QString::fromStdString(field->row.key + " " + field->row.help);
        const bool isShown = (!onlyOwn || field->own->isChecked()) &&
                             std::all_of(wanted.begin(), wanted.end(),
                                         [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
        field->setVisible(isShown);
        sections[field->row.section] = sections[field->row.section] || isShown;
    }
    for (const auto& [heading, section] : m_headings) heading->setVisible(sections[section]);
}

}  // namespace f8net
