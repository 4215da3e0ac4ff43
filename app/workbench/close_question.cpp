// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/close_question.h"

#include <QMessageBox>
#include <QPushButton>

#include "widgets/models/job_list.h"

namespace f8net {

CloseQuestion::CloseQuestion(JobList& jobs, QWidget* window) : QObject(window), m_jobs(jobs), m_window(window) {}

bool CloseQuestion::mayClose() {
    if (m_jobs.numRunning() == 0 || m_endsJobs) return true;
    ask();
    return false;
}

void CloseQuestion::ask() {
    QStringList titles;
    for (int row = 0; row < m_jobs.rowCount(); ++row) {
        if (m_jobs.job(row).state == Job::State::kRunning) titles << m_jobs.job(row).title;
    }
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Jobs are at work"),
                                tr("These jobs end with the window; runs and the queue go on without it:"),
                                QMessageBox::Cancel, m_window);
    box->setInformativeText(titles.join("\n"));
    auto* later = box->addButton(tr("Close when they have &ended"), QMessageBox::AcceptRole);
    auto* now = box->addButton(tr("E&nd them and close"), QMessageBox::DestructiveRole);
    box->setDefaultButton(later);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(later, &QPushButton::clicked, this, &CloseQuestion::closeOnceIdle);
    connect(now, &QPushButton::clicked, this, [this] {
        m_endsJobs = true;
        m_window->close();
    });
    box->open();
}

void CloseQuestion::closeOnceIdle() {
    if (m_jobs.numRunning() == 0) {
        m_window->close();
        return;
    }
    connect(&m_jobs, &JobList::changed, this, &CloseQuestion::closeOnceIdle, Qt::SingleShotConnection);
}

}  // namespace f8net
