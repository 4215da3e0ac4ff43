// SPDX-License-Identifier: GPL-3.0-or-later
/// The configuration as a form made from the option table: a line per option with its range, help and default; what
/// differs from the experiment's file is bold and has an arrow back. Errors   a value out of range says so under its
/// field and is not passed on; what was typed stays. Threads  UI thread.
#pragma once

#include <QString>
#include <QWidget>
#include <string>
#include <vector>

#include "core/config/experiment_document.h"

class QLabel;
class QLineEdit;
class QToolButton;
class QVBoxLayout;

namespace f8net {

class OptionForm final : public QWidget {
    Q_OBJECT
public:
    explicit OptionForm(QWidget* parent = nullptr);

    /// Shows `current`; what differs from `base` is bold. Keeps the field being typed in as it is.
    void setExperiment(const Experiment& base, const Experiment& current);
    bool hasErrors() const;

Q_SIGNALS:
    void edited(const QString& key, const QString& text);
    void reset(const QString& key);
    void errorsChanged();

private:
    struct Field;
    void addSection(const QString& title, const QString& help, const std::string& section, QVBoxLayout* layout);
    void addField(const OptionRow& row, QVBoxLayout* layout);
    void take(Field& field, const QString& text);
    void filter(const QString& words);

    std::vector<Field*> m_fields;
    const Field* m_taking = nullptr;  ///< whose typed text is being passed on
    std::vector<std::pair<QWidget*, std::string>> m_headings;
    QLineEdit* m_find;
};

}  // namespace f8net
