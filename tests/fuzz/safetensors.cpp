// SPDX-License-Identifier: Apache-2.0
// safetensors from strangers: a DataError or tensors that are whole.
#include <cstdlib>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const f8net::TensorMap map = f8net::parse_safetensors(data, size, "input.safetensors");
        size_t total = 0;
        for (const auto& [name, tensor] : map.tensors) total += tensor.bytes.size();
        if (total > size) std::abort();
    } catch (const f8net::DataError&) {
    }
    return 0;
}
