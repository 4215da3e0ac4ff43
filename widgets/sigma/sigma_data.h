// SPDX-License-Identifier: GPL-3.0-or-later
/// What the Sigma explorer shows: error curves of signed and unsigned words, and a run's layers on them.
/// Units    sigma of inputs is that of the data as they arrive, before the clip at zero; errors relative to sigma.
/// Source   method.md 2.1, 8.   Threads  values; reading on the reader's thread.
#pragma once

#include <QString>
#include <array>
#include <memory>
#include <vector>

#include "core/analysis/error_curves.h"
#include "core/analysis/layer_mark.h"
#include "widgets/models/format_data.h"

namespace f8net {

/// Curves of one word length: [0] unsigned, [1] signed.
using SigmaCurves = std::array<SigmaStudy, 2>;
std::shared_ptr<const SigmaCurves> computeSigmaCurves(int wordLength);

class RunReader;

struct SigmaData {
    std::shared_ptr<const SigmaCurves> curves;
    std::vector<LayerMark> marks;  ///< words of the curves' length whose sigma is known
    QString runName;               ///< empty: no run
    int epoch = 0;                 ///< 0: the run has no formats yet
    int numWithoutSigma = 0;       ///< tensors whose format was not chosen by their spread (grid search, fixed)
};

/// Standard deviation from the statistic that chose the format, as for zero-mean Gaussian data; 0 where none chose.
double sigmaOf(const std::string& statistic, double value);

/// Marks of the run at the epoch asked for.
SigmaData markRun(const FormatsData& formats, std::shared_ptr<const SigmaCurves> curves);

/// Reads again and again: curves take tens of milliseconds and are made once per word length.
/// Threads  the store's reader thread alone.
class SigmaReader final {
public:
    SigmaData read(const RunReader& store, const FormatsRequest& request, int wordLength);

private:
    std::shared_ptr<const SigmaCurves> m_curves;
};

/// "stage_1.body.0 input u8.5: sigma 1.604, expected error 0.61 % of sigma; u8.5 is the best for it".
QString markSentence(const LayerMark& mark);

}  // namespace f8net
