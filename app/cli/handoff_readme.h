// SPDX-License-Identifier: Apache-2.0
/// README.md of a hand-off: what whoever opens the folder reads first, and all that they need to build the network
/// without the program that made it: what goes in and comes out, the arithmetic, layouts, how accurate it is.
#pragma once

#include <string>
#include <vector>

#include "core/network/integer_network.h"
#include "core/store/run_record.h"

namespace f8net {

struct HandoffFile {
    std::string name, what;
    std::string verified;  ///< in words, where it was run; empty for what needs no check
};

struct HandoffFacts {
    std::string title;
    std::string origin;      ///< "Run 2s2z (quickstart), checkpoint best"; empty where no run is known
    std::string checkpoint;  ///< "best": what is handed off
    std::vector<EvaluationRecord> evaluations;  ///< of all checkpoints, newest first
    std::vector<HandoffFile> files;
};

/// Markdown. Of several evaluations in one mode the one on most images counts.
std::string handoff_readme(const IntegerNetwork& network, const HandoffFacts& facts);

}  // namespace f8net
