// SPDX-License-Identifier: GPL-3.0-or-later
/// What `f8net inspect` says of a run's layers and the store does not: proven bounds and errors of weights, from the
/// run's integer network, and what images showed, from the document of `f8net inspect RUN --json` that is kept in the
/// run's folder. Both are LayerReport of core/analysis, which is what inspect itself prints.
/// Threads  pure but for reading files and the store; lowering a network takes up to seconds, so not on the UI thread.
#pragma once

#include <QByteArray>
#include <QString>
#include <map>
#include <memory>
#include <string>

#include "core/analysis/layer_report.h"
#include "core/base/units.h"

namespace f8net {

struct LayerFigures {
    std::string networkHash;  ///< of the checkpoint or network that they are of
    std::map<std::string, LayerReport> layers;
    std::string inspectionPath;  ///< where the document of an analysis is kept
    bool isAnalysed = false;     ///< with what images showed
    bool isStale = false;        ///< not analysed, but an older checkpoint was
    QString problem;             ///< why there is no network
};

struct Inspection {
    std::string checkpointHash;
    std::map<std::string, LayerReport> layers;  ///< with input, output and largest_accumulator alone
};
/// Nothing of layers where no image was run. What is no such document has none either.
Inspection parseInspection(const QByteArray& json);

/// `before`: of the same run, so that an unchanged network is not lowered again; may be null.
std::shared_ptr<const LayerFigures> readLayerFigures(const QString& storePath, const RunId& run,
                                                     const std::shared_ptr<const LayerFigures>& before);

}  // namespace f8net
