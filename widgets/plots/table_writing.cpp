// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/table_writing.h"

#include <QBuffer>
#include <QClipboard>
#include <QFileInfo>
#include <QGuiApplication>
#include <QProgressDialog>
#include <QSaveFile>
#include <QTimer>
#include <QWidget>
#include <atomic>

#include "core/base/error.h"
#include "widgets/support/background.h"

namespace f8net {

WholeTable tableOf(const Plot& plot) {
    return {plot.plotTitle(), plot.plotSentence(), plot.plotRows()};
}

bool isTableFile(const QString& path) {
    const QString ending = QFileInfo(path).suffix().toLower();
    return ending == "csv" || ending == "json";
}

bool writeTable(const WholeTable& table, const QString& path, const std::function<bool(qsizetype)>& goesOn) {
    const bool isJson = QFileInfo(path).suffix().toLower() == "json";
    const auto fail = [&path](const QString& reason) {
        throw IoError("cannot write " + path.toStdString() + ": " + reason.toStdString());
    };
    QSaveFile file(path);  // a full disk leaves the file that was there
    if (!file.open(QIODevice::WriteOnly)) fail(file.errorString());
    const bool isWritten =
        isJson ? writeJson(table.title, table.sentence, table.rows, file, goesOn) : writeCsv(table.rows, file, goesOn);
    if (file.error() != QFileDevice::NoError) fail(file.errorString());
    if (!isWritten) return false;
    if (!file.commit()) fail(file.errorString());
    return true;
}

struct TableWriting::State {
    std::atomic<bool> isStopped = false;
    std::atomic<qsizetype> written = 0;
};

TableWriting::TableWriting(WholeTable table, QString path, QWidget& plot)
    : QObject(plot.window()), m_state(std::make_shared<State>()) {
    constexpr int kPromptMs = 500, kTickMs = 100, kParts = 1000;
    auto* progress = new QProgressDialog(plot.window());
    progress->setWindowTitle(path.isEmpty() ? tr("Copy as table") : tr("Export"));
    progress->setLabelText(path.isEmpty() ? tr("Copying %1").arg(table.title)
                                          : tr("Writing %1").arg(QFileInfo(path).fileName()));
    progress->setRange(0, kParts);
    progress->setMinimumDuration(kPromptMs);
    progress->setAutoReset(false);
    connect(this, &QObject::destroyed, progress, &QObject::deleteLater);
    connect(progress, &QProgressDialog::canceled, this, &TableWriting::cancel);
    auto* tick = new QTimer(this);
    connect(tick, &QTimer::timeout, progress, [state = m_state, progress, count = table.rows.count] {
        progress->setValue(static_cast<int>(kParts * state->written.load() / std::max<qsizetype>(count, 1)));
    });
    tick->start(kTickMs);

    struct Answer {
        QByteArray csv;
        QString problem;
    };
    inBackground(
        this,
        [table = std::move(table), path, state = m_state] {
            const auto goesOn = [&state](qsizetype written) {
                state->written = written;
                return !state->isStopped;
            };
            Answer answer;
            try {
                if (path.isEmpty()) {
                    QBuffer buffer(&answer.csv);
                    buffer.open(QIODevice::WriteOnly);
                    writeCsv(table.rows, buffer, goesOn);
                } else {
                    writeTable(table, path, goesOn);
                }
            } catch (const Error& error) {
                answer.problem = QString::fromUtf8(error.what());
            }
            return answer;
        },
        [this, path](const Answer& answer) {
            if (path.isEmpty() && !m_state->isStopped)
                QGuiApplication::clipboard()->setText(QString::fromUtf8(answer.csv));
            Q_EMIT ended(answer.problem);
            deleteLater();
        });
}

TableWriting::~TableWriting() {
    cancel();
}

void TableWriting::cancel() {
    m_state->isStopped = true;
}

}  // namespace f8net
