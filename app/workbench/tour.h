// SPDX-License-Identifier: GPL-3.0-or-later
/// --tour DIR: a PNG of the whole window, of every view and dialog, light and dark. Scale 2 needs a process of its own
/// (QT_SCALE_FACTOR counts at start), which the first one starts.
/// Threads  UI thread.
#pragma once

#include <QString>
#include <QStringList>

namespace f8net {

struct TourOptions {
    QString folder, storePath;
    bool hasScale2 = true;  ///< start the second process
};

/// What was written; throws IoError where a picture cannot be. Problems (Qt warnings of the second process) come back
/// in words.
struct TourResult {
    QStringList pictures, problems;
};
TourResult takeTour(const TourOptions& options);

}  // namespace f8net
