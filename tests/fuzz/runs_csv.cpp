// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "core/base/error.h"
#include "core/exchange/run_readers.h"
#include "tests/fuzz/checking_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::istringstream stream(std::string(reinterpret_cast<const char*>(data), size));
    f8net::CheckingSink sink;
    try {
        f8net::read_runs_csv(stream, "file", 1.7e9, sink);
    } catch (const f8net::DataError&) {
    }
    return 0;
}
