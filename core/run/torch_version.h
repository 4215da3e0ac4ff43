// SPDX-License-Identifier: Apache-2.0
/// Whether the LibTorch in this process is the one that our module was compiled for: C++ objects pass between the two,
/// so that another version crashes or computes something else instead of failing.   Threads  pure.
#pragma once

#include <cstdint>
#include <string>

namespace f8net {

/// "2.11.0" of what LibTorch's aoti_torch_abi_version() gives: a byte each of major, minor and patch from the top.
std::string libtorch_version_text(uint64_t abi_version);

/// Why `running` does not fit what was compiled for `built` ("2.11.0"), with both versions; empty where it does.
std::string why_libtorch_does_not_fit(const std::string& built, uint64_t running);

}  // namespace f8net
