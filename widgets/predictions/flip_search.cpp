// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/flip_search.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLabel>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>

#include "core/base/error.h"
#include "widgets/models/job_list.h"
#include "widgets/predictions/flips_data.h"
#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"

namespace f8net {

namespace {

constexpr int kUsualImages = 2000;  // as `f8net analyze flips` by itself
constexpr int kAllImages = 1'000'000'000;
constexpr int kSteps = 1000;  // of the progress bar

QString describeFlips(const QByteArray& json) {
    try {
        return flipsSentence(parseFlips(json));
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
}

}  // namespace

FlipSearch::FlipSearch(JobList& jobs, const QString& storePath, QWidget* parent)
    : QWidget(parent),
      m_jobs(jobs),
      m_storePath(storePath),
      m_images(new QComboBox),
      m_start(new QPushButton),
      m_cancel(new QPushButton(tr("&Cancel"))),
      m_folder(new QPushButton(tr("Choose the folder of the &data…"))),
      m_progress(new QProgressBar),
      m_message(new QLabel) {
    for (const int count : {500, kUsualImages, 10'000}) m_images->addItem(text::count(count), count);
    m_images->addItem(tr("all"), kAllImages);
    m_images->setCurrentIndex(m_images->findData(kUsualImages));
    m_images->setAccessibleName(tr("Images of the test set that are compared"));
    m_start->setAccessibleName(tr("Find the images that change their class"));
    m_cancel->setAccessibleName(tr("Cancel the search"));
    m_progress->setRange(0, kSteps);
    m_progress->setTextVisible(false);
    m_progress->setMaximumWidth(240);
    m_progress->setAccessibleName(tr("Progress of the search"));
    m_message->setForegroundRole(QPalette::PlaceholderText);
    auto* label = new QLabel(tr("I&mages"));
    label->setBuddy(m_images);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addStretch(1);
    layout->addWidget(m_message);
    layout->addWidget(m_progress);
    layout->addWidget(m_cancel);
    layout->addWidget(m_folder);
    layout->addWidget(label);
    layout->addWidget(m_images);
    layout->addWidget(m_start);
    layout->addStretch(1);

    connect(m_start, &QPushButton::clicked, this, &FlipSearch::start);
    connect(m_cancel, &QPushButton::clicked, this, &FlipSearch::cancel);
    connect(m_folder, &QPushButton::clicked, this, &FlipSearch::askFolder);
    connect(&jobs, &JobList::changed, this, [this] {
        if (isRunning()) showState();
    });
    showState();
}

void FlipSearch::setRun(const RunId& run, const QString& name, bool isAgain) {
    m_run = run;
    m_name = name;
    m_isAgain = isAgain;
    showState();
}

const FlipSearch::Search* FlipSearch::search() const {
    const auto found = m_searches.find(m_run);
    return found == m_searches.end() ? nullptr : &found->second;
}

bool FlipSearch::isRunning() const {
    return search() && search()->job.isValid() && m_jobs.job(search()->job.row()).state == Job::State::kRunning;
}

QString FlipSearch::problem() const {
    return search() && !isRunning() ? search()->problem : QString();
}

void FlipSearch::setDataFolder(const QString& folder) {
    m_searches[m_run].dataFolder = folder;
}

void FlipSearch::start() {
    if (isRunning() || m_run.text().empty()) return;
    Search& search = m_searches[m_run];
    search.problem.clear();
    QStringList arguments{"analyze",
                          "flips",
                          QString::fromStdString(m_run.text()),
                          "--json",
                          "--store",
                          m_storePath,
                          "--images",
                          QString::number(m_images->currentData().toInt())};
    if (!search.dataFolder.isEmpty()) arguments << "--data" << search.dataFolder;
    const int row = m_jobs.start(
        tr("Compare the answers of %1").arg(m_name), workerProgram(), arguments,
        [](const QByteArray& json, int) { return describeFlips(json); },
        [self = QPointer(this), run = m_run](const Job& job, const QByteArray&) {
            if (!self) return;
            if (job.state == Job::State::kFailed) self->m_searches[run].problem = job.message;
            if (run == self->m_run) self->showState();
        });
    search.job = QPersistentModelIndex(m_jobs.index(row, 0));
    showState();
}

void FlipSearch::cancel() {
    if (isRunning()) m_jobs.cancel(search()->job.row());
}

void FlipSearch::askFolder() {
    const QString folder = outside().askFolder(this, tr("Folder of the data"), {});
    if (folder.isEmpty()) return;
    setDataFolder(folder);
    start();
}

void FlipSearch::showState() {
    const bool runs = isRunning();
    for (QWidget* each :
         {static_cast<QWidget*>(m_progress), static_cast<QWidget*>(m_cancel), static_cast<QWidget*>(m_message)}) {
        each->setVisible(runs);
    }
    m_start->setEnabled(!runs);
    m_images->setEnabled(!runs);
    m_folder->setVisible(!problem().isEmpty());
    m_start->setText(!problem().isEmpty() ? tr("&Try again") : m_isAgain ? tr("F&ind again") : tr("F&ind them"));
    if (runs) {
        const Job& job = m_jobs.job(search()->job.row());
        m_progress->setRange(0, job.share ? kSteps : 0);  // unknown: busy
        if (job.share) m_progress->setValue(static_cast<int>(*job.share * kSteps));
        constexpr int kMostCharacters = 48;  // a path in it would make the view as wide as it is
        m_message->setText(
            fontMetrics().elidedText(job.message, Qt::ElideRight, kMostCharacters * fontMetrics().averageCharWidth()));
        m_message->setToolTip(job.message);
    }
    Q_EMIT changed();
}

}  // namespace f8net
