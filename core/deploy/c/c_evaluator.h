// SPDX-License-Identifier: Apache-2.0
/// The exported C source as a way of computing: written to a temporary folder, compiled, run as a program of its own
/// that takes images and gives back logits and every code and sum, so that a crash of it is an error here and no crash.
/// Errors   MissingError where there is no C compiler; DataError where the source does not compile or its program dies;
///          what need_going_on throws.
/// Threads  one call at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/deploy/c/c_compiler.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

struct CSourceRunOptions {
    std::vector<std::string> compiler;             ///< empty: find_c_compiler()
    std::vector<std::string> arguments = {"-O2"};  ///< besides -std=c11
    /// The source as export_c() wrote it to this folder; empty: written anew. (Only sums that it keeps nowhere are
    /// traced in another plan of the network.)
    std::string folder{};
    NeedGoingOn need_going_on{};  ///< while the compiler runs
};

/// Why the C source cannot be checked on this machine; empty where it can.
std::string why_no_c_source();

std::unique_ptr<ModeEvaluator> make_c_source_evaluator(const IntegerNetwork& network,
                                                       const CSourceRunOptions& options = {});

}  // namespace f8net
