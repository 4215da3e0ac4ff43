// SPDX-License-Identifier: GPL-3.0-or-later
/// What a file that somebody brings is: a configuration (ours or the authors'), weights (ours, the authors', other
/// programs'), an integer network or runs (a store, JSON, CSV, TensorBoard's event files or a folder of them). Errors
/// what is wrong with it is in `problem`. Threads  pure; reads the whole file, so not on the UI thread.
#pragma once

#include <QString>

namespace f8net {

struct ImportedFile {
    enum class Kind { kUnknown, kConfig, kCheckpoint, kNetwork, kRuns };
    Kind kind = Kind::kUnknown;
    QString path, problem;
    /// Checkpoints: one line of what they were recognised as.
    QString about;
    /// Checkpoints and networks of ours: the experiment they carry, as YAML; empty where there is none.
    QString experiment;
    /// Checkpoints without one: "resnet18", "mobilenet_v2"...; empty where the names are of nobody that is known.
    QString architecture;
    int numClasses = 0;  ///< rows of the last weight matrix; 0: not told
};

/// By its name alone: a configuration, checkpoint, network, or runs of other programs. A store is opened instead.
bool isToImport(const QString& path);

ImportedFile inspectFile(const QString& path);

}  // namespace f8net
