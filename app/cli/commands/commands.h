// SPDX-License-Identifier: Apache-2.0
/// One function per command; each lives in the file of its name.
#pragma once

namespace f8net {

class CommandRegistry;

void add_train_command(CommandRegistry& registry);
void add_launch_command(CommandRegistry& registry);
void add_queue_commands(CommandRegistry& registry);
void add_evaluate_command(CommandRegistry& registry);
void add_predict_command(CommandRegistry& registry);
void add_verify_command(CommandRegistry& registry);
void add_whatif_command(CommandRegistry& registry);
void add_inspect_command(CommandRegistry& registry);
void add_analyze_commands(CommandRegistry& registry);
void add_lower_command(CommandRegistry& registry);
void add_export_command(CommandRegistry& registry);
void add_handoff_command(CommandRegistry& registry);
void add_bench_command(CommandRegistry& registry);
void add_runs_commands(CommandRegistry& registry);
void add_config_commands(CommandRegistry& registry);
void add_data_commands(CommandRegistry& registry);
void add_doctor_command(CommandRegistry& registry);
void add_gui_command(CommandRegistry& registry);
void add_reference_commands(CommandRegistry& registry);
void add_version_command(CommandRegistry& registry);

}  // namespace f8net
