// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"

namespace f8net {

// In the order in which --help lists them.
void add_all_commands(CommandRegistry& registry) {
    add_train_command(registry);
    add_launch_command(registry);
    add_queue_commands(registry);
    add_evaluate_command(registry);
    add_predict_command(registry);
    add_verify_command(registry);
    add_whatif_command(registry);
    add_inspect_command(registry);
    add_analyze_commands(registry);
    add_lower_command(registry);
    add_export_command(registry);
    add_handoff_command(registry);
    add_bench_command(registry);
    add_runs_commands(registry);
    add_config_commands(registry);
    add_data_commands(registry);
    add_doctor_command(registry);
    add_gui_command(registry);
    add_reference_commands(registry);
    add_version_command(registry);
}

}  // namespace f8net
