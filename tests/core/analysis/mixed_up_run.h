// SPDX-License-Identifier: Apache-2.0
/// A run on Fashion-MNIST whose integers give every image another class than its real weights do: the classifier's
/// integer rows stand in the opposite order.
#pragma once

#include <algorithm>

#include "tests/core/whatif/network_run.h"

namespace f8net {

/// Class c in integers is what class 9 - c is without rounding.
inline IntegerNetwork mixed_up_network() {
    IntegerNetwork network = small_random_network();
    IntegerNode& classifier = network.nodes.back();
    const auto inputs = static_cast<ptrdiff_t>(classifier.weight_s8.size() / classifier.bias_s32.size());
    for (auto low = classifier.weight_s8.begin(), high = classifier.weight_s8.end() - inputs; low < high;
         low += inputs, high -= inputs) {
        std::swap_ranges(low, low + inputs, high);
    }
    std::reverse(classifier.bias_s32.begin(), classifier.bias_s32.end());
    return network;
}

/// folder: of its data; empty: Debian's package.
inline RunId make_mixed_up_run(const std::string& store_path, const std::string& name, const std::string& folder = {}) {
    const RunId run = make_network_run(store_path, name, true, folder);
    save_integer_network(RunStore(store_path, RunStore::Mode::kReadOnly).run_folder(run) + "/network.f8n",
                         mixed_up_network());
    return run;
}

}  // namespace f8net
