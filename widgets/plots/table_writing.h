// SPDX-License-Identifier: GPL-3.0-or-later
/// The numbers behind a plot on their way out of the program, all of them: to a file, CSV or JSON by its ending, or to
/// the clipboard as CSV. Millions of rows take seconds: a TableWriting writes them on another thread, with a window
/// that shows how far it is and cancels. A file that was there stays until the last row is written.
/// Threads  UI thread; writeTable on any.
#pragma once

#include <QObject>
#include <functional>
#include <memory>

#include "widgets/plots/plot.h"

namespace f8net {

struct WholeTable {
    QString title, sentence;
    PlotRows rows;
};
WholeTable tableOf(const Plot& plot);

bool isTableFile(const QString& path);
/// False where `goesOn`, asked with the rows written, said no: nothing is written then.
/// Errors  IoError with the path and the system's reason.
bool writeTable(const WholeTable& table, const QString& path, const std::function<bool(qsizetype)>& goesOn = {});

/// Deletes itself at its end.
class TableWriting final : public QObject {
    Q_OBJECT
public:
    static constexpr qsizetype kMostAtOnce = 20'000;  ///< rows; fewer need no thread

    /// `path` empty: to the clipboard. `plot` is whose window the progress stands over; it may go meanwhile.
    TableWriting(WholeTable table, QString path, QWidget& plot);
    ~TableWriting() override;
    void cancel();

Q_SIGNALS:
    void ended(const QString& problem);  ///< empty: all is written, or it was cancelled

private:
    struct State;
    std::shared_ptr<State> m_state;
};

}  // namespace f8net
