// SPDX-License-Identifier: GPL-3.0-or-later
/// View 7, What-if: the integer network of the chosen run with other formats; accuracy and every layer's error follow.
/// Left the changes (a stack, Ctrl+Z and Ctrl+Shift+Z) and the formats of the chosen layer, right what they do.
/// Threads  UI thread; network, images and evaluation are a WhatIfRunner's. Works only while it can be seen.
#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "widgets/models/store_follower.h"
#include "widgets/support/view_registry.h"
#include "widgets/whatif/what_if_changes.h"
#include "widgets/whatif/what_if_runner.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QUndoView;

namespace f8net {

class AccuracyPicture;
class EmptyState;
class WhatIfLayerModel;

class WhatIfView final : public QWidget {
    Q_OBJECT
public:
    WhatIfView(const ViewContext& context, QWidget* parent);

    WhatIfChanges& changes() { return *m_changes; }
    WhatIfLayerModel& layers() const { return *m_model; }
    /// Of the last answer to the changes as they stand; null: none yet.
    const WhatIfResult* result() const { return m_result.get(); }
    QString sentence() const;
    QString outcome() const;  ///< what was kept or written, without its links
    bool isEmpty() const;
    QString emptyText() const;

    void askName();  ///< of the run to keep the changed network as, and keeps it
    void keepAs(const QString& name);
    void exportTo(const QString& path);
    Q_INVOKABLE void exportView();  ///< asks where the changed network goes

Q_SIGNALS:
    void kept(const QString& name);
    void exported(const QString& path);  ///< its verification is a job that has begun

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeLeft();
    QWidget* makeRight();
    void follow();  ///< asks whether the chosen run has a network by now
    void open();
    void setEmpty(const QString& text, bool wantsFolder = false);
    void onOpened(const WhatIfNetwork& network);
    void onResult(const std::shared_ptr<const WhatIfResult>& result);
    void onFailed(WhatIfRunner::Failure failure, const QString& message);
    void evaluate();
    void cancel();
    void showLayer();
    void showChangedRows();
    void showSentence();
    void tellKept(const RunId& child, const QString& name);
    void tellExported(const QString& path);
    void tellOutcome(const QString& html);
    void followOutcome(const QString& link);
    void setWorking(bool isWorking);
    void askFolder();
    int64_t images() const;

    ViewContext m_context;
    StoreQuestion m_question;
    WhatIfChanges* m_changes;
    WhatIfLayerModel* m_model;
    WhatIfRunner* m_runner;

    EmptyState* m_empty;
    QPushButton* m_chooseFolder;
    QLabel *m_sentence, *m_outcome, *m_layerName;
    QComboBox *m_input, *m_weight, *m_images;
    QPushButton *m_cancel, *m_keep, *m_export;
    QProgressBar* m_progress;
    AccuracyPicture* m_picture;
    QTableView* m_table = nullptr;
    QUndoView* m_stack = nullptr;

    RunId m_openRun;  ///< whose network is open or being opened
    QString m_runName, m_dataFolder;
    int64_t m_available = 0;  ///< images
    bool m_isOpen = false, m_hasNetwork = false;
    QString m_problem;  ///< why the changes as they stand cannot be evaluated
    std::shared_ptr<const WhatIfResult> m_result;
};

void registerWhatIfView(ViewRegistry& registry);

}  // namespace f8net
