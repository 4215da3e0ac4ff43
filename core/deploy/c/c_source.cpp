// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_source.h"

#include <fmt/format.h>

#include <random>

#include "core/base/atomic_file.h"
#include "core/base/atomic_folder.h"

namespace f8net {
namespace {

/// What the step's functions need at once; measured with gcc -fstack-usage it is below this on x86-64 (tests).
constexpr int64_t kStackBytes = 512;

constexpr int64_t kGoldenImages = 2;

std::vector<uint8_t> random_images(const IntegerNetwork& network) {
    std::mt19937 generator(1995);
    std::vector<uint8_t> pixels(static_cast<size_t>(kGoldenImages * network.input().output.size()));
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(generator() >> 24);
    return pixels;
}

template <typename Write>
void write_streamed(AtomicFolder& folder, const std::string& name, Write write) {
    AtomicFile file(folder.file(name));
    CText text([&](std::string_view piece) { file.write(piece); });
    write(text);
    text.flush();
    file.commit();
}

}  // namespace

std::string c_printable(const std::string& name) {
    std::string text = name;
    for (char& c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                              c == '_' || c == '-';
        if (!is_plain) c = '_';
    }
    return text;
}

CMemory c_memory(const IntegerNetwork& network, const CProgram& program) {
    CMemory memory;
    constexpr int64_t kBytes = 256;
    for (const CStep& step : program.steps) {
        const IntegerNode& node = network.nodes[static_cast<size_t>(step.node)];
        memory.constants_bytes += static_cast<int64_t>(node.weight_s8.size() + 4 * node.bias_s32.size());
        if (step.kind == CStepKind::kPixels && !network.normalization.empty())
            memory.constants_bytes += kBytes * node.output.channels;
    }
    memory.arena_bytes = program.arena_bytes;
    memory.scratch_bytes = program.scratch_bytes();
    memory.stack_bytes = kStackBytes;
    memory.largest_layer = network.nodes[static_cast<size_t>(program.steps[program.largest_step].node)].name;
    return memory;
}

std::string c_header(const IntegerNetwork& network, const CMemory& memory) {
    const Shape& in = network.input().output;
    return fmt::format(
        R"(/* {network} in 8-bit fixed point, written by F8Net Workbench. README.md says how to use and check it. */
#ifndef F8NET_NET_H
#define F8NET_NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define F8NET_HEIGHT {height}
#define F8NET_WIDTH {width}
#define F8NET_CHANNELS {channels}
#define F8NET_CLASSES {classes}
#define F8NET_NODES {nodes}
/* A logit is its integer / 2^F8NET_LOGIT_FRACTIONAL_BITS, up to a positive factor that all have in common. */
#define F8NET_LOGIT_FRACTIONAL_BITS {fractional_bits}

/* Memory in bytes, with F8NET_PORTABLE; the stack is an estimate. */
#define F8NET_CONSTANT_BYTES {constants}
#define F8NET_ARENA_BYTES {arena}
#define F8NET_SCRATCH_BYTES {scratch}
#define F8NET_STACK_BYTES {stack}
#define F8NET_RAM_BYTES (F8NET_ARENA_BYTES + F8NET_SCRATCH_BYTES + F8NET_STACK_BYTES)

/* pixels: F8NET_HEIGHT x F8NET_WIDTH x F8NET_CHANNELS bytes, channels side by side. logits: F8NET_CLASSES; the largest is
 * the class. One call at a time: the memory is static. */
void f8net_infer(const uint8_t *pixels, int32_t *logits);

#ifdef F8NET_TRACE
/* Supplied by the caller. Sums of a layer, residual sum or pool as they come, before any ReLU and rounding: elements
 * first to first + count - 1 (height, width, channel) of the node. */
void f8net_trace_sums(int32_t node, int32_t first, const int32_t *sums, int32_t count);
/* All codes that a convolution or linear layer multiplies. */
void f8net_trace_codes_u8(int32_t node, const uint8_t *codes, int32_t count);
void f8net_trace_codes_s8(int32_t node, const int8_t *codes, int32_t count);
#endif

#ifdef __cplusplus
}}
#endif

#endif
)",
        fmt::arg("network", c_printable(network.architecture)), fmt::arg("height", in.height),
        fmt::arg("width", in.width), fmt::arg("channels", in.channels), fmt::arg("classes", network.num_classes()),
        fmt::arg("nodes", network.nodes.size()), fmt::arg("fractional_bits", network.output().fractional_length),
        fmt::arg("constants", memory.constants_bytes), fmt::arg("arena", memory.arena_bytes),
        fmt::arg("scratch", memory.scratch_bytes), fmt::arg("stack", memory.stack_bytes));
}

CMemory export_c(const IntegerNetwork& network, const std::string& folder, const CSourceOptions& options) {
    const CProgram program = make_c_program(network);
    const CMemory memory = c_memory(network, program);
    AtomicFolder out(folder, {"build"});
    out.write("net.h", c_header(network, memory));
    write_streamed(out, "net.c", [&](CText& text) { write_c_code(network, program, CConstants::kDefined, text); });
    write_streamed(out, "selftest.c", [&](CText& text) {
        write_c_selftest(network, program,
                         options.golden_pixels.empty() ? random_images(network) : options.golden_pixels, text);
    });
    out.write("Makefile", c_makefile());
    out.write("README.md", c_readme(network, program, memory));
    out.commit();
    return memory;
}

}  // namespace f8net
