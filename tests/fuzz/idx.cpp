// SPDX-License-Identifier: Apache-2.0
// IDX files from strangers, plain and gzip: a DataError, or as many bytes as the sizes say and the file can hold.
#include <cstdlib>

#include "core/base/error.h"
#include "core/data/idx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    for (const int num_dimensions : {1, 3}) {
        try {
            const f8net::IdxFile file =
                f8net::parse_idx({reinterpret_cast<const char*>(data), size}, num_dimensions, "input.idx");
            int64_t expected = 1;
            for (const int64_t length : file.shape) expected *= length;
            if (static_cast<int64_t>(file.bytes.size()) != expected || file.bytes.size() > 1032 * size + 1024)
                std::abort();
        } catch (const f8net::DataError&) {
        }
    }
    return 0;
}
