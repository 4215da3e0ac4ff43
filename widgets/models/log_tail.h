// SPDX-License-Identifier: GPL-3.0-or-later
/// The end of a log file: what fits on a few screens, whole lines, read again only when the file changed.
/// Threads  pure; reads the file on the calling thread. Errors   a file that cannot be read says so in `problem`.
#pragma once

#include <QString>
#include <cstdint>

namespace f8net {

struct LogTail {
    QString path, text, problem;
    int64_t sizeBytes = -1;  ///< of the whole file; -1: not read yet
    bool isCut = false;      ///< older lines are left out
};

/// `known`: what was read of the same file before; the same comes back where nothing is new.
LogTail readLogTail(const QString& path, const LogTail& known, int64_t mostBytes = 256 * 1024);

}  // namespace f8net
