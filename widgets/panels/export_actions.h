// SPDX-License-Identifier: GPL-3.0-or-later
/// What a run can be exported as: one action per format, made from one table. Each is a background job of `f8net`;
/// where a format can be run here, a second job then checks it against the scalar engine and says where it differs
/// first. Threads  UI thread; the work is other processes.
#pragma once

#include <QAction>
#include <QObject>
#include <optional>
#include <vector>

#include "core/store/run_record.h"

class QWidget;

namespace f8net {

class JobList;

struct ExportFormat {
    const char* format;   ///< as `f8net export --to` takes it
    QString menuText;     ///< with mnemonic
    QString title;        ///< "ONNX (quantized operators)", for titles and jobs
    QString suffix;       ///< of the file, with its dot; of folders what their names end in
    bool isFolder;        ///< the format is a folder of files
    const char* checked;  ///< as `f8net verify --against` takes it; empty: nothing runs it
};
const std::vector<ExportFormat>& exportFormats();

class ExportActions final : public QObject {
    Q_OBJECT
public:
    ExportActions(JobList& jobs, const QString& storePath, QWidget* window);

    const std::vector<QAction*>& formats() const { return m_formats; }  ///< in the order of exportFormats()

    /// The run that the actions act on; empty or untrained: they are disabled.
    void setRun(const std::optional<RunSummary>& run);
    void ask(const RunSummary& run, const ExportFormat& format);  ///< asks where to
    void exportTo(const RunSummary& run, const ExportFormat& format, const QString& path);

private:
    void verify(const RunSummary& run, const ExportFormat& format);
    QString proposedPath(const RunSummary& run, const QString& suffix) const;
    void remember(const QString& path);

    JobList& m_jobs;
    QString m_storePath, m_lastFolder;
    QWidget* m_window;
    std::vector<QAction*> m_formats;
    std::optional<RunSummary> m_run;
};

/// "/home/a/net.onnx, 1.2 MB; the same codes as the scalar engine" from the document of `f8net export`.
QString describeExport(const QByteArray& json);
/// "onnx: the same codes in 200 images", or where the first difference is, from that of `f8net verify`.
QString describeVerification(const QByteArray& json);

}  // namespace f8net
