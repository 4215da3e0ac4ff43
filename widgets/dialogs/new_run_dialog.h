// SPDX-License-Identifier: GPL-3.0-or-later
/// New run: experiments as cards, a form made from the option table and the same as YAML beside it, the data, and
/// buttons that say what they will do. It stays open until the run has begun or waits, so that nothing typed is lost.
/// Threads  UI thread; data are read on others.
#pragma once

#include <QDialog>
#include <QTimer>
#include <map>
#include <vector>

#include "widgets/dialogs/experiment_draft.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSplitter;
class QTabWidget;

namespace f8net {

class DataPreview;
class ExperimentList;
class OptionForm;
class YamlEditor;

class NewRunDialog final : public QDialog {
    Q_OBJECT
public:
    /// A run that another can start from.
    struct StartRun {
        QString id, name;
    };
    /// `experimentsFolder`: core/base/places.h experiments_place().
    NewRunDialog(const QString& experimentsFolder, const QString& storePath, QWidget* parent = nullptr);

    /// A file, or what chooseText() called its title. What was changed in the experiment left stands when it is chosen
    /// again.
    void choose(const QString& experiment);
    /// The configuration of something that is no file: a run to clone.
    void chooseText(const QString& title, const QString& about, const QString& yaml, const QString& name);
    void setStartRuns(const std::vector<StartRun>& runs);
    /// Weights to begin with: a run ("ID", "ID:last") or a checkpoint's path; empty: fresh ones.
    void startFrom(const QString& subject);
    /// A line above the form, such as what an imported file was recognised as.
    void setNotice(const QString& text);
    /// A button that evaluates this checkpoint instead of training from it.
    void offerEvaluation(const QString& checkpoint);
    void setOption(const QString& key, const QString& text);  ///< of one stage: "stages.NAME.key"
    void showStage(const QString& stage);                     ///< in the form; empty: what all stages share
    const ExperimentDraft& draft() const { return m_draft; }
    YamlEditor* yamlEditor() const { return m_yaml; }
    DataPreview* dataPreview() const { return m_data; }

    void showData();  ///< raises the data's tab
    /// Arguments for `f8net train` and `f8net queue add`. Writes the YAML draft where it was edited by hand.
    QStringList trainArguments() const;
    QStringList configArguments() const;  ///< the part of them that says the configuration, without starting weights
    QString runName() const;
    QString problem() const;  ///< empty when it can be started

    /// The answer to startRequested(): closes it, or says why not and lets its user go on.
    void finishStart(const QString& failure);

Q_SIGNALS:
    /// Whoever made the dialog starts the run, or queues it, and tells finishStart().
    void startRequested(bool inQueue);
    void evaluateRequested(const QString& checkpoint);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeHeader();
    void leaveExperiment();
    void start(bool inQueue);
    void showDraft();
    void takeYaml();
    void updateStart();
    void updateStartingPoint();
    void chooseCheckpoint();
    void showDataSoon();
    void lookForData();
    void arrangeYaml();

    QString m_storePath, m_failure, m_checkpoint;
    QString m_dataProblem;  ///< why the data to train on are not there; empty: they are, or nobody has looked
    int m_dataSerial = 0;
    bool m_isStarting = false;
    /// An experiment that was looked at before.
    struct Left {
        ExperimentDraft draft;
        QString name;
    };
    QString m_experiment;  ///< the chosen card's key
    ExperimentDraft m_draft;
    std::map<QString, Left> m_left;
    ExperimentList* m_experiments;
    QLineEdit *m_name, *m_tags;
    QComboBox *m_device, *m_from;
    OptionForm* m_form;
    YamlEditor* m_yaml;
    DataPreview* m_data;
    QLabel *m_notice, *m_problem, *m_summary;
    QTabWidget* m_tabs;
    QSplitter* m_splitter;
    QWidget* m_yamlPage;
    QPushButton *m_start, *m_queue, *m_copy, *m_evaluate;
    QTimer m_yamlSoon, m_dataSoon;
};

}  // namespace f8net
