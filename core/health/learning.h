// SPDX-License-Identifier: Apache-2.0
/// Is it learning? Answered from three stretches of the training loss, each compared with its own noise: a difference
/// counts where it exceeds twice its standard error (of few points correspondingly more, by Student's t).
/// Units  loss as reported; points are logged steps.   Threads  pure.
#pragma once

#include <string>
#include <vector>

namespace f8net {

enum class Learning {
    kNotStarted,   ///< nothing was logged yet
    kTooEarly,     ///< too few points to tell from noise
    kFallen,       ///< lower than at the start; too few points to tell whether it falls on
    kDiverged,     ///< the loss is not finite
    kNotLearning,  ///< no lower than at the start of the run
    kLearning,     ///< lower than it was shortly before
    kLevel,        ///< learned; no lower than shortly before
    kRising,       ///< learned; higher than shortly before
};

/// Losses of the first steps of the run, of the steps after four fifths of the current stage, and of the newest ones;
/// each in order. Stages are not compared with each other: rounding raises the loss where it begins. `before` is empty
/// where the stage is too short for it.
struct LossStretches {
    /// Points that a stretch needs to be told from noise, those without which a difference that is not seen says
    /// nothing, and all that it uses.
    static constexpr int kFewest = 3, kEnough = 10, kMost = 100;
    std::vector<double> first, before, now;
};

Learning judge(const LossStretches& losses);

/// "learning"; of a run that `has_ended` what became of it: "learned". (What a network kept from a what-if is, which
/// has ended and not started, only RunHealth knows.)
std::string to_text(Learning learning, bool has_ended);

}  // namespace f8net
