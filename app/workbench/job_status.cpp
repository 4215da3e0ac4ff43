// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/job_status.h"

#include <QHBoxLayout>

#include "widgets/support/icons.h"

namespace f8net {

JobStatus::JobStatus(JobList& jobs, QWidget* parent)
    : QWidget(parent), m_jobs(jobs), m_text(new QLabel), m_bar(new QProgressBar), m_cancel(new QToolButton) {
    m_bar->setFixedWidth(96);
    m_bar->setMaximumHeight(12);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress of the job"));
    m_cancel->setIcon(icon("close"));
    m_cancel->setAutoRaise(true);
    m_cancel->setToolTip(tr("Cancel the job"));
    m_cancel->setAccessibleName(tr("Cancel the job"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 0, 6, 0);
    layout->setSpacing(8);
    layout->addWidget(m_text);
    layout->addWidget(m_bar);
    layout->addWidget(m_cancel);
    connect(m_cancel, &QToolButton::clicked, this, [this] {
        if (const int row = shownJob(); row >= 0) m_jobs.cancel(row);
    });
    connect(&jobs, &JobList::changed, this, &JobStatus::refresh);
    refresh();
}

int JobStatus::shownJob() const {
    for (int row = 0; row < m_jobs.rowCount(); ++row) {
        if (m_jobs.job(row).state == Job::State::kRunning) return row;
    }
    return -1;
}

void JobStatus::refresh() {
    const int row = shownJob();
    setVisible(row >= 0);
    if (row < 0) return;
    const Job& job = m_jobs.job(row);
    const int others = m_jobs.numRunning() - 1;
    m_text->setText(job.title + (others > 0 ? tr(" and %1 more").arg(others) : QString()));
    m_text->setToolTip(job.message);
    m_bar->setRange(0, job.share ? 100 : 0);  // 0: busy, nobody knows how long
    if (job.share) m_bar->setValue(static_cast<int>(*job.share * 100));
}

}  // namespace f8net
