// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/export_actions.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "widgets/models/job_list.h"
#include "widgets/panels/run_checks.h"
#include "widgets/support/icons.h"
#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"

namespace f8net {

namespace {

constexpr int kVerifiedImages = 100;

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

/// In the folder used last.
QString proposedName(const RunSummary& run, const QString& suffix) {
    return q(run.name).replace('/', '_') + suffix;
}

/// "/home/a/net.onnx, 1.2 MB".
QString written(const QJsonObject& result) {
    return tr("%1, %2").arg(result.value("path").toString(),
                            text::size(static_cast<int64_t>(result.value("bytes").toDouble())));
}

}  // namespace

const std::vector<ExportFormat>& exportFormats() {
    static const std::vector<ExportFormat> formats{
        {"onnx", tr("&ONNX (quantized operators)…"), tr("ONNX (quantized operators)"), ".onnx", false, true},
        {"onnx-qdq", tr("ONNX (&QDQ)…"), tr("ONNX (QDQ)"), "-qdq.onnx", false, true},
        {"onnx-integer", tr("ONNX (&integer operators)…"), tr("ONNX (integer operators)"), "-integer.onnx", false,
         true},
        {"c", tr("&C source…"), tr("C source"), "-c", true, true},
        {"vectors", tr("&Golden vectors…"), tr("golden vectors"), "-vectors", true, false},
        {"report", tr("HTML &report…"), tr("HTML report"), ".html", false, false},
        {"csv", tr("C&SV table of the layers…"), tr("CSV table of the layers"), ".csv", false, false},
        {"pytorch", tr("&PyTorch weights…"), tr("PyTorch weights"), ".safetensors", false, false},
    };
    return formats;
}

QString describeExport(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    QString sentence = written(result);
    const QJsonValue verified = result.value("verified");
    if (verified.isBool()) {
        sentence +=
            verified.toBool()
                ? tr("; the same codes as the scalar engine in %1 images").arg(result.value("verified_images").toInt())
                : tr("; it differs from the scalar engine, first at %1")
                      .arg(describeDifference(result.value("first_difference").toObject()));
    } else if (const QString why = result.value("not_verified").toString(); !why.isEmpty()) {
        sentence += tr("; not verified: %1").arg(why);
    }
    return sentence;
}

QString describeVerification(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    QStringList sentences, equal;
    int images = 0;  // all ways are asked about the same ones
    for (const QJsonValue& value : result.value("checked").toArray()) {
        const QJsonObject checked = value.toObject();
        const QString path = checked.value("path").toString();
        const QString skipped = checked.value("skipped").toString();
        if (!skipped.isEmpty()) {
            sentences << tr("%1: not checked, %2").arg(path, skipped);
        } else if (checked.value("equal").toBool()) {
            equal << path;
            images = checked.value("images").toInt();
        } else {
            sentences << tr("%1 differs from the scalar engine, first at %2")
                             .arg(path, describeDifference(checked.value("first_difference").toObject()));
        }
    }
    if (!equal.isEmpty())
        sentences.prepend(tr("%1: the same codes as the scalar engine in %2 images").arg(equal.join(", ")).arg(images));
    return sentences.isEmpty() ? tr("nothing was checked") : sentences.join("; ");
}

ExportActions::ExportActions(JobList& jobs, const QString& storePath, QWidget* window)
    : QObject(window), m_jobs(jobs), m_storePath(storePath), m_window(window) {
    // The run is copied: while a file dialog is open another one may take its place here.
    for (const ExportFormat& format : exportFormats()) {
        auto* action = new QAction(format.menuText, this);
        action->setStatusTip(tr("Write the run as %1").arg(format.title));
        connect(action, &QAction::triggered, this, [this, &format] { ask(RunSummary(*m_run), format); });
        m_formats.push_back(action);
    }
    handOff = new QAction(icon("export"), tr("&Hand off…"), this);
    handOff->setShortcut(QKeySequence("Ctrl+Shift+E"));
    handOff->setToolTip(tr("ONNX, C source, golden vectors and report in one folder, verified"));
    handOff->setStatusTip(handOff->toolTip());
    connect(handOff, &QAction::triggered, this, [this] { askHandOff(RunSummary(*m_run)); });
    setRun(std::nullopt);
}

void ExportActions::setRun(const std::optional<RunSummary>& run) {
    m_run = run && hasNetwork(*run) ? run : std::nullopt;
    for (QAction* action : m_formats) action->setEnabled(m_run.has_value());
    handOff->setEnabled(m_run.has_value());
}

void ExportActions::ask(const RunSummary& run, const ExportFormat& format) {
    const QString title = tr("Export %1 as %2").arg(q(run.name), format.title);
    const QString filter = format.isFolder ? tr("A folder that is made (*)")
                                           : tr("%1 (*.%2)").arg(format.title, QFileInfo("x" + format.suffix).suffix());
    const QString path = outside().askSaveFile(m_window, title, proposedName(run, format.suffix), filter,
                                               format.isFolder ? QFileDialog::ShowDirsOnly : QFileDialog::Options());
    if (path.isEmpty()) return;
    exportTo(run, format, path);
}

void ExportActions::exportTo(const RunSummary& run, const ExportFormat& format, const QString& path) {
    QStringList arguments{"export", q(run.id.text()), "--to",    format.format, "-o",
                          path,     "--json",         "--store", m_storePath};
    if (format.isRun) arguments << "--verify" << QString::number(kVerifiedImages);
    const int job = m_jobs.start(tr("Export %1 to %2").arg(q(run.name), format.title), workerProgram(), arguments,
                                 [](const QByteArray& json, int) { return describeExport(json); });
    m_jobs.setPlace(job, path);
}

void ExportActions::askHandOff(const RunSummary& run) {
    const QString folder = outside().askSaveFile(m_window, tr("Hand off %1: a folder that is made").arg(q(run.name)),
                                                 proposedName(run, "-handoff"), tr("A folder that is made (*)"),
                                                 QFileDialog::ShowDirsOnly);
    if (folder.isEmpty()) return;
    handOffTo(run, folder);
}

void ExportActions::handOffTo(const RunSummary& run, const QString& folder) {
    const int job = m_jobs.start(tr("Hand off %1").arg(q(run.name)), workerProgram(),
                                 {"handoff", q(run.id.text()), "-o", folder, "--json", "--store", m_storePath},
                                 [](const QByteArray& json, int exitCode) {
                                     const QString checked = describeVerification(json);
                                     return exitCode == 0
                                                ? written(QJsonDocument::fromJson(json).object()) + "; " + checked
                                                : tr("nothing was written: %1").arg(checked);
                                 });
    m_jobs.setPlace(job, folder);
}

}  // namespace f8net
