// SPDX-License-Identifier: Apache-2.0
// Random networks, numbers and pictures out of the fuzzer's bytes: every path gives the law's codes in every layer.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/inference/executor.h"
#include "tests/core/inference/random_graph.h"
#include "tests/core/inference/recorded_trace.h"

namespace {

/// Decisions from bytes; zeros once they are used up.
class Bytes {
public:
    Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
    int between(int low, int high) {
        uint32_t value = 0;
        for (uint32_t range = static_cast<uint32_t>(high - low); range > 0; range >>= 8) value = value << 8 | next();
        return low + static_cast<int>(value % (static_cast<uint32_t>(high - low) + 1));
    }
    uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }

private:
    const uint8_t* data_;
    size_t size_, at_ = 0;
};

void need(bool equal, const std::string& what) {
    if (equal) return;
    std::fprintf(stderr, "differs from the law: %s\n", what.c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace f8net;
    Bytes bytes(data, size);
    const IntegerNetwork network = make_random_graph([&](int low, int high) { return bytes.between(low, high); });
    std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()));
    uint32_t state = bytes.next();
    for (uint8_t& pixel : pixels) {
        state = state * 1664525u + 1013904223u;
        pixel = static_cast<uint8_t>(state >> 24);
    }
    RecordedTrace law;
    const auto expected = make_executor(network, "scalar", 1)->run(pixels, 1, &law).integers;
    for (const std::string& path : executor_paths()) {
        if (path == "scalar") continue;
        const auto executor = make_executor(network, path, 1);
        RecordedTrace trace;
        need(executor->run(pixels, 1, &trace).integers == expected, path + ": logits");
        for (const auto& [name, values] : law.codes)
            need(trace.codes[name].values == values.values, path + ": codes of " + name);
        for (const auto& [name, values] : law.accumulators)
            need(trace.accumulators[name].values == values.values, path + ": accumulators of " + name);
    }
    return 0;
}
