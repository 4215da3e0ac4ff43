// SPDX-License-Identifier: GPL-3.0-or-later
/// New run: the shipped experiments with what each is for and how long it takes, a form made from the option table and
/// the same as YAML, and a Start that says what it will do. The run is a process of its own and outlives the workbench.
/// Threads  UI thread.
#pragma once

#include <QDialog>
#include <QTimer>
#include <map>
#include <optional>
#include <string>

#include "core/config/experiment_document.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;
class QTabWidget;

namespace f8net {

class OptionForm;

class NewRunDialog final : public QDialog {
    Q_OBJECT
public:
    /// `experimentsFolder`: core/base/places.h experiments_place().
    explicit NewRunDialog(const QString& experimentsFolder, const QString& storePath, QWidget* parent = nullptr);

    void choose(const QString& configPath);
    void setOption(const QString& key, const QString& text);
    /// Arguments after `f8net train`, without --detach and --store. Writes the YAML draft where it was edited by hand.
    QStringList trainArguments() const;
    QString runName() const;
    QString problem() const;  ///< empty when it can be started

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fillExperiments(const QString& folder);
    void load();
    void takeYaml();
    void showDocument(bool updateYaml);
    void updateStart();

    QString m_storePath, m_path;
    QListWidget* m_experiments;
    QLineEdit *m_name, *m_tags;
    OptionForm* m_form;
    QPlainTextEdit* m_yaml;
    QLabel *m_yamlProblem, *m_summary;
    QTabWidget* m_tabs;
    QPushButton *m_start, *m_copy;
    QTimer m_yamlSoon;
    std::optional<ExperimentDocument> m_base;      ///< the file alone
    std::optional<ExperimentDocument> m_document;  ///< with the changes of the form, or from the edited YAML
    std::map<std::string, std::string> m_settings;
    bool m_isYamlEdited = false;
    QString m_problem;
};

}  // namespace f8net
