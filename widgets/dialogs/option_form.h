// SPDX-License-Identifier: GPL-3.0-or-later
/// The configuration as a form made from the option table: a line per option with its range, help and default; what
/// differs from the experiment's file is bold and has an arrow back. Of an experiment with stages it shows what all of
/// them share, or what holds in one, with a tick at what that stage says itself. Keys of signals are those of
/// stage_values.h. Errors   a value out of range says so under its field and is not passed on; what was typed stays.
/// Threads  UI thread.
#pragma once

#include <QString>
#include <QWidget>
#include <string>
#include <vector>

#include "core/config/experiment_document.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QToolButton;
class QVBoxLayout;

namespace f8net {

class OptionForm final : public QWidget {
    Q_OBJECT
public:
    explicit OptionForm(QWidget* parent = nullptr);

    /// Shows `current`; what differs from `base` is bold. Keeps the field being typed in, and what is wrong, as it is.
    void setExperiment(const Experiment& base, const Experiment& current);
    /// Before another experiment: what was typed wrong goes, and all stages are shown.
    void startOver();
    void showStage(const QString& stage);
    QString stage() const;  ///< whose values are shown; empty: what all stages share
    bool hasErrors() const;

Q_SIGNALS:
    void edited(const QString& key, const QString& text);
    void reset(const QString& key);
    void inherited(const QString& key);  ///< the stage shall take the whole experiment's value
    void errorsChanged();

private:
    struct Field;
    void addSection(const QString& title, const QString& help, const std::string& section, QVBoxLayout* layout);
    void addField(const OptionRow& row, QVBoxLayout* layout);
    QWidget* makeStageLine();
    void take(Field& field, const QString& text);
    void showStages();
    void chooseStage();
    void showField(Field& field);
    void forgetErrors();
    void filter();
    std::string keyOf(const Field& field) const;

    std::vector<Field*> m_fields;
    const Field* m_taking = nullptr;  ///< whose typed text is being passed on
    std::vector<std::pair<QWidget*, std::string>> m_headings;
    Experiment m_base, m_current;
    QLineEdit* m_find;
    QWidget* m_stageLine;
    QComboBox* m_stage;
    QCheckBox* m_ownOnly;
};

}  // namespace f8net
