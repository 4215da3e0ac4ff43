// SPDX-License-Identifier: GPL-3.0-or-later
/// Programs are written down instead of started: each job fails, as where there is no such program.
/// Threads  UI thread.
#pragma once

#include <QList>
#include <QProcess>
#include <QStringList>

#include "widgets/support/outside.h"

namespace f8net {

class WrittenDown final : public Outside {
public:
    QList<QStringList> started;  ///< their arguments
    void start(QProcess& process, const QString&, const QStringList& arguments) override {
        started << arguments;
        QMetaObject::invokeMethod(
            &process, [&process] { Q_EMIT process.errorOccurred(QProcess::FailedToStart); }, Qt::QueuedConnection);
    }
};

}  // namespace f8net
