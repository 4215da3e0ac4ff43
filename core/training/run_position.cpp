// SPDX-License-Identifier: Apache-2.0
#include "core/training/run_position.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"

namespace f8net {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunPosition, stage, stage_name, step, epoch, stage_step, stage_epoch, epoch_step,
                                   loss_sum, correct, images, best_top1, best_epoch)

// nlohmann-json prints doubles so that they read back to the same bits.
std::string RunPosition::to_json() const {
    return nlohmann::json(*this).dump();
}

RunPosition RunPosition::from_json(const std::string& text) {
    try {
        return nlohmann::json::parse(text).get<RunPosition>();
    } catch (const nlohmann::json::exception& error) {
        throw DataError(std::string("the training position in the checkpoint cannot be read: ") + error.what());
    }
}

}  // namespace f8net
