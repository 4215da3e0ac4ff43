// SPDX-License-Identifier: GPL-3.0-or-later
/// What `f8net analyze flips` found of a run, as the Predictions view shows it: read from the file that it keeps in the
/// run's folder (artifact "flips"; docs/cli.md has its fields).
/// Units    errors relative (1: as large as the values), probabilities 0 to 1, margins in training's logits.
/// Threads  values; reading on the reader's thread.
#pragma once

#include <QString>
#include <QStringList>
#include <memory>
#include <string>
#include <vector>

#include "core/analysis/flips.h"
#include "core/store/run_record.h"

namespace f8net {

class RunReader;

/// Who is right about an image that changes its class.
enum class FlipVerdict { kIntegerIsWrong, kRealIsWrong, kBothAreWrong };
FlipVerdict verdictOf(const FlippedImage& image);

struct FlipsData {
    QString checkpoint, checkpointHash, dataFolder;  ///< empty: not known, or as the run says
    QStringList classNames;                          ///< empty: classes have numbers only
    Flips flips;

    QString className(int64_t label) const;
    int count(FlipVerdict verdict) const;
    int layerIndex(const QString& layer) const;  ///< in Flips::layers; -1 where it is not
};
/// Errors: DataError naming what is missing or does not fit.
FlipsData parseFlips(const QByteArray& json);

/// "3 of 300 images (1.00 %) change their class in integers: 1 for the better, 2 for the worse. ..."
QString flipsSentence(const FlipsData& data);
/// "Image 192 (Trouser): T-shirt/top without rounding (margin 0.256), Trouser in integers (0.353). ..."
QString imageSentence(const FlipsData& data, const FlippedImage& image);

/// What the store has for the view.
struct RunFlips {
    QString runName;
    std::string config;                     ///< the run's, for its data set
    bool hasNetwork = false;                ///< there is something to analyze
    std::shared_ptr<const FlipsData> data;  ///< empty: not analyzed yet, or problem
    QString problem;                        ///< of a file that is there
    bool isStale = false;                   ///< of a checkpoint that has been replaced since
};
/// Asked again and again: the file is read again only where it is another one than that of `before`.
struct FlipsFile {
    std::string hash;
    double createdAt = 0;
    std::shared_ptr<const FlipsData> data;
    QString problem;
};
RunFlips readFlips(const RunReader& reader, const RunId& run, FlipsFile& before);

}  // namespace f8net
