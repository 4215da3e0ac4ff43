// SPDX-License-Identifier: Apache-2.0
/// How a run is, by rules, from what the store has: is it learning and how far has it come, which layers still change
/// their format, which one clips most, do the integer modes agree. `f8net runs show` and the workbench say it in one
/// line. Cost     a few indexed queries: some hundred points of the loss, the history of formats, not the curves.
/// Errors   those of RunReader.   Threads  those of the reader; RunHealth is a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/health/learning.h"
#include "core/store/run_record.h"

namespace f8net {

class RunReader;

struct RunHealth {
    Learning learning = Learning::kNotStarted;
    bool has_ended = false;                ///< neither runs nor waits
    double first_loss = 0, last_loss = 0;  ///< as logged; equal where there is no second one
    /// All that can be said of a loss with too few points.
    bool shows_losses() const;
    std::optional<double> best_top1;

    /// Epochs that have formats. Without one the two below are empty; a network kept from a what-if has its parent's.
    int format_epochs = 0;
    bool has_formats() const { return format_epochs > 0; }
    /// So few epochs that each of them is among the last ones: one that does not move has not settled, either.
    bool formats_may_move() const { return format_epochs < 3; }
    std::vector<std::string> moving_layers;  ///< input or weight still changes its format; in the order of the network
    std::string clipping_layer;              ///< the one whose input is clipped most, at the newest epoch
    double clipped_share = 0;                ///< of it, 0 to 1
    bool clips_much() const { return clipped_share > kMuch; }
    static constexpr double kMuch = 0.01;

    std::optional<bool> integer_modes_agree;  ///< of all evaluations that compared them; empty: none did
};

RunHealth read_health(const RunReader& reader, const RunId& run);

/// "learning, top-1 88.10 %; 2 layers still moving; stage_2_layer_0.shortcut.0 clips 6.10 %; integer modes agree".
std::string to_text(const RunHealth& health);

}  // namespace f8net
