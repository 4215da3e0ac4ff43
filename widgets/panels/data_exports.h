// SPDX-License-Identifier: GPL-3.0-or-later
/// What the store knows of the marked runs, for other programs: an action for each format of `f8net runs export`, made
/// from one table. Each is a background job. Threads  UI thread; the work is another process.
#pragma once

#include <QAction>
#include <QObject>
#include <vector>

#include "core/store/run_record.h"

class QWidget;

namespace f8net {

class JobList;
class RunActions;
class Selection;

struct DataFormat {
    const char* format;  ///< as `f8net runs export --to` takes it
    QString menuText;    ///< with mnemonic
    QString title;       ///< "CSV", for titles and jobs
    QString suffix;      ///< of the file, with its dot; of a folder what its name ends in
    bool isFolder;
};
const std::vector<DataFormat>& dataFormats();

class DataExports final : public QObject {
    Q_OBJECT
public:
    DataExports(Selection& selection, RunActions& actions, JobList& jobs, const QString& storePath, QWidget* window);

    const std::vector<QAction*>& formats() const { return m_formats; }  ///< in the order of dataFormats()

private:
    std::vector<RunSummary> marked() const;
    void ask(const DataFormat& format);

    Selection& m_selection;
    RunActions& m_actions;
    JobList& m_jobs;
    QString m_storePath;
    QWidget* m_window;
    std::vector<QAction*> m_formats;
};

}  // namespace f8net
