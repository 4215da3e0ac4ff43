// SPDX-License-Identifier: Apache-2.0
#include "core/run/torch_version.h"

namespace f8net {

std::string libtorch_version_text(uint64_t abi_version) {
    const auto byte = [&](int place) { return std::to_string(abi_version >> (8 * place) & 0xff); };
    return byte(7) + "." + byte(6) + "." + byte(5);
}

std::string why_libtorch_does_not_fit(const std::string& built, uint64_t running) {
    const std::string found = libtorch_version_text(running);
    return found == built ? std::string()
                          : "this program was built for LibTorch " + built + ", the one that is loaded is " + found;
}

}  // namespace f8net
