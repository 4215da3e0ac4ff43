// SPDX-License-Identifier: GPL-3.0-or-later
/// Work the workbench started in the background (exports, verification) as processes of `f8net`, and a model of them.
/// A job's standard error is its progress ("checking 20/200 images" is a share, too), its JSON document its result.
/// Cancelling ends the process.
/// Threads  UI thread; the work itself is another process. Jobs still running at the end are ended with us.
#pragma once

#include <QAbstractTableModel>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace f8net {

struct Job {
    enum class State { kRunning, kDone, kFailed, kCancelled };
    QString title;  ///< "Export resnet18-w8a8 to ONNX"
    State state = State::kRunning;
    QString message;              ///< last line of progress, then the result
    std::optional<double> share;  ///< done so far, 0 to 1, where the job says; empty: not known
    double startedAt = 0, endedAt = 0;
    QString place;  ///< file or folder that it writes; empty: none
};

class JobList final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns { kTitle, kState, kMessage, kTime, kNumColumns };
    enum Roles {
        kSortRole = Qt::UserRole,
        kStateRole,  ///< int, Job::State
        kShareRole,  ///< double while running, negative where it is not known; invalid otherwise
    };

    explicit JobList(QObject* parent = nullptr);
    ~JobList() override;

    /// The result's sentence made from the program's JSON document and exit code (0, or 1: it ran, and the answer is
    /// no).
    using Describe = std::function<QString(const QByteArray& json, int exitCode)>;
    /// What comes after a job, however it ended; the JSON document may be empty.
    using Ended = std::function<void(const Job& job, const QByteArray& json)>;
    /// Row of the new job. A program that cannot be started is a failed job with the way out.
    int start(const QString& title, const QString& program, const QStringList& arguments, Describe describe,
              Ended ended = {});
    void setPlace(int row, const QString& path);
    void cancel(int row);
    void removeEnded();
    const Job& job(int row) const;
    int numRunning() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void changed();                                       ///< a job began, moved on or ended
    void ended(const QString& sentence, bool isFailure);  ///< for the status bar

private:
    struct Entry;
    void end(Entry* entry, Job::State state, const QString& message);
    int rowOf(const Entry* entry) const;

    std::vector<std::unique_ptr<Entry>> m_entries;
};

/// `f8net` beside the workbench's own program, else by name on the PATH.
QString workerProgram();

}  // namespace f8net
