// SPDX-License-Identifier: Apache-2.0
// .pth files from strangers, zip and legacy: a DataError, or tensors within the memory that is promised. Most of the
// corpus has checksums of 0 (not computed), so that what is changed in a pickle is read.
#include <cstdlib>

#include "core/base/error.h"
#include "core/tensorfile/memory_budget.h"
#include "core/tensorfile/pth.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const f8net::PthCheckpoint checkpoint = f8net::parse_pth(data, size, "input.pth");
        if (checkpoint.model.tensors.empty()) std::abort();
        size_t total = 0;
        for (const f8net::TensorMap* map : {&checkpoint.model, &checkpoint.other}) {
            for (const auto& [name, tensor] : map->tensors) {
                if (tensor.bytes.size() !=
                    static_cast<size_t>(f8net::count_elements(tensor.shape, name)) * f8net::dtype_size(tensor.dtype))
                    std::abort();
                total += tensor.bytes.size();
            }
        }
        if (total > f8net::MemoryBudget::kTimesFileSize * size + f8net::MemoryBudget::kBesides) std::abort();
    } catch (const f8net::DataError&) {
    }
    return 0;
}
