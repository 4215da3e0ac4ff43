// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/formats/layer_analysis.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QSaveFile>
#include <utility>

#include "widgets/models/job_list.h"
#include "widgets/support/background.h"
#include "widgets/support/outside.h"

namespace f8net {

LayerAnalysis::LayerAnalysis(JobList& jobs, const QString& storePath, QWidget* parent)
    : QWidget(parent),
      m_jobs(jobs),
      m_storePath(storePath),
      m_words(new QLabel),
      m_start(new QPushButton),
      m_chooseData(new QPushButton(tr("Choose the folder of the &data…"))),
      m_cancel(new QPushButton(tr("&Cancel"))) {
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_words->setAccessibleDescription(tr("What the columns lack"));
    m_words->setWordWrap(true);
    m_start->setToolTip(tr("Runs 256 images of the test set through the network, as f8net inspect does"));
    m_cancel->setAccessibleName(tr("Cancel the analysis"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 4);
    layout->setSpacing(8);
    layout->addWidget(m_words, 1);
    for (QPushButton* button : {m_chooseData, m_start, m_cancel}) layout->addWidget(button);
    connect(m_start, &QPushButton::clicked, this, &LayerAnalysis::start);
    connect(m_chooseData, &QPushButton::clicked, this, &LayerAnalysis::askFolder);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (isRunning()) m_jobs.cancel(m_searches[m_run].job.row());
    });
    connect(&jobs, &JobList::changed, this, [this] {
        if (isRunning()) showState();
    });
    showState();
}

QString LayerAnalysis::words() const {
    return isHidden() ? QString() : m_words->text();
}

void LayerAnalysis::setRun(const RunId& run, const QString& name) {
    m_name = name;
    if (run == m_run) return;
    m_run = run;
    m_figures = nullptr;
    Q_EMIT figuresChanged(nullptr);
    refresh();
}

void LayerAnalysis::setNeed(Need need) {
    m_need = need;
    if (m_figures || m_need == Need::kNothing) {
        showState();
    } else {
        refresh();
    }
}

void LayerAnalysis::refresh() {
    if (m_need == Need::kNothing || m_run.empty()) return showState();
    if (m_isReading) {
        m_readsAgain = true;
        return;
    }
    m_isReading = true;
    showState();
    inBackground(
        this,
        [path = m_storePath, run = m_run, before = m_figures] {
            return std::pair(run, readLayerFigures(path, run, before));
        },
        [this](const std::pair<RunId, std::shared_ptr<const LayerFigures>>& read) {
            m_isReading = false;
            if (read.first == m_run) {
                m_figures = read.second;
                Q_EMIT figuresChanged(m_figures);
            }
            if (std::exchange(m_readsAgain, false) || read.first != m_run) return refresh();
            showState();
        });
}

bool LayerAnalysis::isRunning() const {
    const auto found = m_searches.find(m_run);
    return found != m_searches.end() && found->second.job.isValid() &&
           m_jobs.job(found->second.job.row()).state == Job::State::kRunning;
}

void LayerAnalysis::start() {
    if (isRunning() || !m_figures || m_figures->inspectionPath.empty()) return;
    Search& search = m_searches[m_run];
    search.problem.clear();
    QStringList arguments{"inspect", QString::fromStdString(m_run.text()), "--json", "--store", m_storePath};
    if (!search.dataFolder.isEmpty()) arguments << "--data" << search.dataFolder;
    const QString path = QString::fromStdString(m_figures->inspectionPath);
    const auto keep = [path](const QByteArray& json, int) {
        const size_t layers = parseInspection(json).layers.size();
        if (layers == 0) return tr("The images of its data set were not found.");
        QSaveFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
            return tr("cannot write %1: %2").arg(path, file.errorString());
        return tr("%1 layers analysed").arg(layers);
    };
    const int row = m_jobs.start(tr("Analyse the layers of %1").arg(m_name), workerProgram(), arguments, keep,
                                 [self = QPointer(this), run = m_run](const Job& job, const QByteArray& json) {
                                     if (!self) return;
                                     const bool isDone =
                                         job.state == Job::State::kDone && !parseInspection(json).layers.empty();
                                     if (!isDone && job.state != Job::State::kCancelled)
                                         self->m_searches[run].problem = job.message;
                                     if (run == self->m_run) self->refresh();
                                 });
    m_searches[m_run].job = QPersistentModelIndex(m_jobs.index(row, 0));
    showState();
}

void LayerAnalysis::askFolder() {
    const QString folder = outside().askFolder(this, tr("Folder of the data"), {});
    if (folder.isEmpty()) return;
    m_searches[m_run].dataFolder = folder;
    start();
}

void LayerAnalysis::showState() {
    const bool needsImages = m_need == Need::kImages && m_figures && m_figures->problem.isEmpty();
    const bool runs = needsImages && isRunning();
    const bool lacksImages = needsImages && !runs && !m_figures->isAnalysed;
    const auto found = m_searches.find(m_run);
    const QString problem = found == m_searches.end() ? QString() : found->second.problem;
    QString words;
    if (m_need == Need::kNothing || m_run.empty()) {
        // nothing is asked for
    } else if (!m_figures) {
        words = tr("Reading the network of %1…").arg(m_name);
    } else if (!m_figures->problem.isEmpty()) {
        words = tr("These columns need the run's network: %1.").arg(m_figures->problem);
    } else if (runs) {
        words = tr("Analysing: %1").arg(m_jobs.job(found->second.job.row()).message);
    } else if (lacksImages) {
        words = !problem.isEmpty() ? problem
                : m_figures->isStale
                    ? tr("Analysed at an older checkpoint; the errors and the largest accumulators are not known now.")
                    : tr("Not analysed: errors and the largest accumulators need images run through the network.");
    }
    m_words->setText(words);
    m_start->setText(!problem.isEmpty()                ? tr("&Try again")
                     : m_figures && m_figures->isStale ? tr("Anal&yse again")
                                                       : tr("Anal&yse"));
    m_start->setVisible(lacksImages);
    m_chooseData->setVisible(lacksImages && !problem.isEmpty());
    m_cancel->setVisible(runs);
    setVisible(!words.isEmpty());
}

}  // namespace f8net
