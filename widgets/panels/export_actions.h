// SPDX-License-Identifier: GPL-3.0-or-later
/// What a run can be exported as: one action per format, made from one table, and "Hand off", which writes the whole
/// package. Each is a background job of `f8net`; what was written is run, where that can be done here, and compared
/// with the scalar engine; the job's result says where it differs first. Threads  UI thread; the work is other
/// processes.
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
    const char* format;  ///< as `f8net export --to` takes it
    QString menuText;    ///< with mnemonic
    QString title;       ///< "ONNX (quantized operators)", for titles and jobs
    QString suffix;      ///< of the file, with its dot; of folders what their names end in
    bool isFolder;       ///< the format is a folder of files
    bool isRun;          ///< `f8net export --verify` can run it
};
const std::vector<ExportFormat>& exportFormats();

class ExportActions final : public QObject {
    Q_OBJECT
public:
    ExportActions(JobList& jobs, const QString& storePath, QWidget* window);

    const std::vector<QAction*>& formats() const { return m_formats; }  ///< in the order of exportFormats()
    QAction* handOff;

    /// The run that the actions act on; empty or untrained: they are disabled.
    void setRun(const std::optional<RunSummary>& run);
    void ask(const RunSummary& run, const ExportFormat& format);  ///< asks where to
    void askHandOff(const RunSummary& run);
    void handOffTo(const RunSummary& run, const QString& folder);
    void exportTo(const RunSummary& run, const ExportFormat& format, const QString& path);

private:

    JobList& m_jobs;
    QString m_storePath;
    QWidget* m_window;
    std::vector<QAction*> m_formats;
    std::optional<RunSummary> m_run;
};

/// "/home/a/net.onnx, 1.2 MB; the same codes as the scalar engine in 100 images" from the document of `f8net export`.
QString describeExport(const QByteArray& json);
/// "network.onnx: the same codes as the scalar engine in 200 images", or where the first difference is, from "checked".
QString describeVerification(const QByteArray& json);

}  // namespace f8net
