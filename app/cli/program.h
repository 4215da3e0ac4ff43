// SPDX-License-Identifier: Apache-2.0
/// The command line as a whole: parses, runs one command, and is the ONE place where errors become a line and an exit
/// code.
#pragma once

namespace f8net {

/// What main() returns.   Threads  main thread.
int run_program(int argc, char** argv);

}  // namespace f8net
