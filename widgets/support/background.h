// SPDX-License-Identifier: GPL-3.0-or-later
/// Work that would hold up the UI thread, done on the program's thread pool, with its answer brought back.
/// Errors   `work` must not throw: what can fail is part of its answer.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <memory>

namespace f8net {

/// `show` gets what `work` returned, in the UI thread; not at all where `receiver` is gone by then.
template <typename Work, typename Show>
void inBackground(QObject* receiver, Work work, Show show) {
    QThreadPool::globalInstance()->start([receiver = QPointer<QObject>(receiver), work, show] {
        auto answer = std::make_shared<const decltype(work())>(work());
        QMetaObject::invokeMethod(QCoreApplication::instance(), [receiver, answer, show] {
            if (receiver) show(*answer);
        });
    });
}

}  // namespace f8net
