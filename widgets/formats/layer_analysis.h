// SPDX-License-Identifier: GPL-3.0-or-later
/// What the table's columns of LayerFigures need, for one run: its network read in the background while any of them is
/// shown, and a line in words with the way to the rest, an analysis with images as a job of `f8net inspect`. Hidden
/// while there is nothing to say. Threads  UI thread.
#pragma once

#include <QPersistentModelIndex>
#include <QWidget>
#include <map>
#include <memory>

#include "core/base/units.h"
#include "widgets/models/layer_figures.h"

class QLabel;
class QPushButton;

namespace f8net {

class JobList;

class LayerAnalysis final : public QWidget {
    Q_OBJECT
public:
    enum class Need { kNothing, kNetwork, kImages };

    LayerAnalysis(JobList& jobs, const QString& storePath, QWidget* parent = nullptr);

    void setRun(const RunId& run, const QString& name);  ///< empty: none
    void setNeed(Need need);
    void refresh();  ///< the run may have a newer checkpoint
    QString words() const;
    bool isReading() const { return m_isReading; }

Q_SIGNALS:
    /// Null while they are not known.
    void figuresChanged(const std::shared_ptr<const f8net::LayerFigures>& figures);

private:
    struct Search {
        QPersistentModelIndex job;
        QString dataFolder, problem;
    };
    bool isRunning() const;
    void start();
    void askFolder();
    void showState();

    JobList& m_jobs;
    const QString m_storePath;
    RunId m_run;
    QString m_name;
    Need m_need = Need::kNothing;
    std::shared_ptr<const LayerFigures> m_figures;
    bool m_isReading = false, m_readsAgain = false;
    std::map<RunId, Search> m_searches;
    QLabel* m_words;
    QPushButton *m_start, *m_chooseData, *m_cancel;
};

}  // namespace f8net
