// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/export_actions.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "widgets/models/job_list.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}
QString tr(const char* text) {
    return ExportActions::tr(text);
}

/// "layer stage_1.body.0, image 3, channel 2, row 0, column 5: 12 instead of 13".
QString describeDifference(const QJsonObject& difference) {
    const QJsonArray element = difference.value("element").toArray();
    const auto number = [](const QJsonValue& value) {
        return value.isNull() ? text::none() : value.toVariant().toString();
    };
    return tr("layer %1, image %2, channel %3, row %4, column %5: %6 instead of %7")
        .arg(difference.value("layer").toString(), number(difference.value("image")), number(element.at(0)),
             number(element.at(1)), number(element.at(2)), number(difference.value("got")),
             number(difference.value("expected")));
}

}  // namespace

const std::vector<ExportFormat>& exportFormats() {
    static const std::vector<ExportFormat> formats{
        {"onnx", tr("&ONNX (quantized operators)…"), tr("ONNX (quantized operators)"), ".onnx", false, "onnx"},
        {"onnx-qdq", tr("ONNX (&QDQ)…"), tr("ONNX (QDQ)"), "-qdq.onnx", false, "onnx-qdq"},
        {"onnx-integer", tr("ONNX (&integer operators)…"), tr("ONNX (integer operators)"), "-integer.onnx", false,
         "onnx-integer"},
        {"c", tr("&C source…"), tr("C source"), "-c", true, "c"},
        {"vectors", tr("&Golden vectors…"), tr("golden vectors"), "-vectors", true, ""},
        {"report", tr("HTML &report…"), tr("HTML report"), ".html", false, ""},
        {"csv", tr("C&SV table of the layers…"), tr("CSV table of the layers"), ".csv", false, ""},
        {"pytorch", tr("&PyTorch weights…"), tr("PyTorch weights"), ".safetensors", false, ""},
    };
    return formats;
}

QString describeExport(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    const QString path = result.value("path").toString();
    if (path.isEmpty()) return tr("done");
    QString sentence = tr("%1, %2").arg(path, text::size(static_cast<int64_t>(result.value("bytes").toDouble())));
    const QJsonValue verified = result.value("verified");
    if (verified.isBool()) {
        sentence +=
            verified.toBool() ? tr("; the same codes as the scalar engine") : tr("; differs from the scalar engine");
    }
    return sentence;
}

QString describeVerification(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    QStringList sentences;
    for (const QJsonValue& value : result.value("checked").toArray()) {
        const QJsonObject checked = value.toObject();
        const QString path = checked.value("path").toString();
        const QString skipped = checked.value("skipped").toString();
        const int images = checked.value("images").toInt();
        if (!skipped.isEmpty()) {
            sentences << tr("%1: not checked, %2").arg(path, skipped);
        } else if (checked.value("equal").toBool()) {
            sentences << tr("%1: the same codes as the scalar engine in %2 images").arg(path).arg(images);
        } else {
            sentences << tr("%1 differs from the scalar engine, first at %2")
                             .arg(path, describeDifference(checked.value("first_difference").toObject()));
        }
    }
    return sentences.isEmpty() ? tr("nothing was checked") : sentences.join("; ");
}

ExportActions::ExportActions(JobList& jobs, const QString& storePath, QWidget* window)
    : QObject(window), m_jobs(jobs), m_storePath(storePath), m_lastFolder(QDir::homePath()), m_window(window) {
    for (const ExportFormat& format : exportFormats()) {
        auto* action = new QAction(format.menuText, this);
        connect(action, &QAction::triggered, this, [this, &format] { ask(*m_run, format); });
        m_formats.push_back(action);
    }
    setRun(std::nullopt);
}

void ExportActions::setRun(const std::optional<RunSummary>& run) {
    m_run = run && run->epoch.value > 0 && run->trashed_at == 0 ? run : std::nullopt;
    for (QAction* action : m_formats) action->setEnabled(m_run.has_value());
}

QString ExportActions::proposedPath(const RunSummary& run, const QString& suffix) const {
    return m_lastFolder + "/" + q(run.name).replace('/', '_') + suffix;
}

void ExportActions::remember(const QString& path) {
    m_lastFolder = QFileInfo(path).absolutePath();
}

void ExportActions::ask(const RunSummary& run, const ExportFormat& format) {
    const QString title = tr("Export %1 as %2").arg(q(run.name), format.title);
    const QString filter = format.isFolder ? tr("A folder that is made (*)")
                                           : tr("%1 (*.%2)").arg(format.title, QFileInfo("x" + format.suffix).suffix());
    const QString path =
        QFileDialog::getSaveFileName(m_window, title, proposedPath(run, format.suffix), filter, nullptr,
                                     format.isFolder ? QFileDialog::ShowDirsOnly : QFileDialog::Options());
    if (path.isEmpty()) return;
    remember(path);
    exportTo(run, format, path);
}

void ExportActions::exportTo(const RunSummary& run, const ExportFormat& format, const QString& path) {
    m_jobs.start(
        tr("Export %1 to %2").arg(q(run.name), format.title), workerProgram(),
        {"export", q(run.id.text()), "--to", format.format, "-o", path, "--json", "--store", m_storePath},
        [](const QByteArray& json, int) { return describeExport(json); },
        [this, run, &format](const Job& job, const QByteArray& json) {
            if (job.state != Job::State::kDone) return;
            const bool isVerified = QJsonDocument::fromJson(json).object().value("verified").isBool();
            if (!isVerified && *format.checked != '\0') verify(run, format);
        });
}

void ExportActions::verify(const RunSummary& run, const ExportFormat& format) {
    m_jobs.start(tr("Verify %1, %2").arg(q(run.name), format.title), workerProgram(),
                 {"verify", q(run.id.text()), "--against", format.checked, "--json", "--store", m_storePath},
                 [](const QByteArray& json, int) { return describeVerification(json); });
}

}  // namespace f8net
