// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/data_exports.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include "widgets/models/job_list.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}
QString tr(const char* text) {
    return DataExports::tr(text);
}

/// "/home/a/metrics.csv, 1.2 MB; 12 000 points of metrics".
QString describeExport(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    const auto number = [&](const char* key) { return static_cast<int64_t>(result.value(key).toDouble()); };
    return tr("%1, %2; %3 points of metrics")
        .arg(result.value("path").toString(), text::size(number("bytes")), text::count(number("points")));
}

}  // namespace

const std::vector<DataFormat>& dataFormats() {
    static const std::vector<DataFormat> formats{
        {"csv", tr("&CSV (metrics)…"), tr("CSV"), ".csv", false},
        {"json", tr("&JSON (all of the runs)…"), tr("JSON"), ".json", false},
        {"tensorboard", tr("&TensorBoard event files…"), tr("TensorBoard event files"), "-tensorboard", true},
    };
    return formats;
}

DataExports::DataExports(Selection& selection, RunActions& actions, JobList& jobs, const QString& storePath,
                         QWidget* window)
    : QObject(window),
      m_selection(selection),
      m_actions(actions),
      m_jobs(jobs),
      m_storePath(storePath),
      m_window(window) {
    for (const DataFormat& format : dataFormats()) {
        auto* action = new QAction(format.menuText, this);
        action->setStatusTip(
            tr("Write what is known of the selected runs as %1, for other programs").arg(format.title));
        connect(action, &QAction::triggered, this, [this, &format] { ask(format); });
        m_formats.push_back(action);
    }
    const auto refresh = [this] {
        for (QAction* action : m_formats) action->setEnabled(!marked().empty());
    };
    connect(&selection, &Selection::markedChanged, this, refresh);
    connect(&actions, &RunActions::runsUpdated, this, refresh);
    refresh();
}

std::vector<RunSummary> DataExports::marked() const {
    std::vector<RunSummary> runs;
    for (const RunId& id : m_selection.marked()) {
        if (const RunSummary* run = m_actions.find(id)) runs.push_back(*run);
    }
    return runs;
}

void DataExports::ask(const DataFormat& format) {
    const std::vector<RunSummary> runs = marked();  // while the dialog is open others may be selected
    if (runs.empty()) return;
    const QString subject = runs.size() == 1 ? q(runs.front().name) : tr("%1 runs").arg(runs.size());
    const QString name = runs.size() == 1 ? q(runs.front().name).replace('/', '_') : tr("runs");
    const QString path = outside().askSaveFile(
        m_window, tr("Export %1 as %2").arg(subject, format.title), name + format.suffix,
        format.isFolder ? tr("A folder that is made (*)")
                        : tr("%1 (*.%2)").arg(format.title, QFileInfo("x" + format.suffix).suffix()),
        format.isFolder ? QFileDialog::ShowDirsOnly : QFileDialog::Options());
    if (path.isEmpty()) return;
    QStringList arguments{"runs", "export"};
    for (const RunSummary& run : runs) arguments << q(run.id.text());
    arguments << "--to" << format.format << "-o" << path << "--json"
              << "--store" << m_storePath;
    m_jobs.start(tr("Export %1 as %2").arg(subject, format.title), workerProgram(), arguments,
                 [](const QByteArray& json, int) { return describeExport(json); });
}

}  // namespace f8net
