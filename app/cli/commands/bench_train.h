// SPDX-License-Identifier: Apache-2.0
/// `f8net bench train`: the training step measured.
#pragma once

#include "app/cli/command.h"

namespace f8net {

void add_bench_train(CommandRegistry& registry, CLI::App& group);

}  // namespace f8net
