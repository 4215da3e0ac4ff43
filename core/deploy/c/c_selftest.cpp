// SPDX-License-Identifier: Apache-2.0
// selftest.c: golden images, their logits and, per layer, a checksum of its sums; and the Makefile that runs it.
#include <fmt/format.h>

#include <algorithm>

#include "core/deploy/c/c_source.h"
#include "core/inference/law_node.h"
#include "core/inference/memory_plan.h"

namespace f8net {
namespace {

struct GoldenNumbers {
    std::vector<std::vector<uint32_t>> checksums;  ///< per node and image, as f8net_trace_sums of selftest.c has them
    std::vector<std::vector<int32_t>> logits;      ///< per image
};

/// By the law, node after node for all images: one node's weights are unpacked at a time, and no trace is kept.
GoldenNumbers golden_numbers(const IntegerNetwork& network, const std::vector<uint8_t>& pixels, size_t images) {
    GoldenNumbers golden;
    const MemoryPlan plan = plan_memory(network);
    const auto size = static_cast<size_t>(network.input().output.size());
    std::vector<std::vector<int32_t>> arenas(images, std::vector<int32_t>(static_cast<size_t>(plan.size)));
    for (size_t image = 0; image < images; ++image) {
        const std::vector<int16_t> codes = input_codes(network, pixels.data() + image * size);
        std::copy(codes.begin(), codes.end(), arenas[image].begin() + plan.offsets[0]);
    }
    golden.checksums.resize(network.nodes.size());
    for (size_t i = 1; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        const LawNode law(network, node, LawKernels::kScalar);
        Scratch scratch;
        for (std::vector<int32_t>& arena : arenas) {
            const auto input = [&](size_t at) {
                return at < node.inputs.size() ? arena.data() + plan.offsets[static_cast<size_t>(node.inputs[at])]
                                               : nullptr;
            };
            int32_t* const output = arena.data() + plan.offsets[i];
            law.run(input(0), input(1), output, scratch);
            uint32_t checksum = 2166136261u;
            for (int64_t k = 0; k < node.output.size(); ++k)
                checksum = (checksum ^ static_cast<uint32_t>(output[k])) * 16777619u;
            golden.checksums[i].push_back(checksum);
        }
    }
    for (const std::vector<int32_t>& arena : arenas) {
        const auto begin = arena.begin() + plan.offsets.back();
        golden.logits.emplace_back(begin, begin + network.num_classes());
    }
    return golden;
}

/// Nodes whose sums the program computes one by one, in its order.
std::vector<int> summed_nodes(const IntegerNetwork& network, const CProgram& program) {
    std::vector<int> nodes;
    for (const CStep& step : program.steps) {
        const NodeKind kind = network.nodes[static_cast<size_t>(step.node)].kind;
        const bool is_seen = step.kind != CStepKind::kCodePool && kind != NodeKind::kInput && kind != NodeKind::kRelu;
        if (is_seen && kind != NodeKind::kAdd) nodes.push_back(step.node);
        if (step.add >= 0) nodes.push_back(step.add);
    }
    return nodes;
}

constexpr const char* kProgram = R"(
#ifdef F8NET_TRACE
static uint32_t checksums[F8NET_NODES];

void f8net_trace_sums(int32_t node, int32_t first, const int32_t *sums, int32_t count)
{
    uint32_t checksum = first == 0 ? UINT32_C(2166136261) : checksums[node];
    for (int32_t i = 0; i < count; ++i) checksum = (checksum ^ (uint32_t)sums[i]) * UINT32_C(16777619);
    checksums[node] = checksum;
}

void f8net_trace_codes_u8(int32_t node, const uint8_t *codes, int32_t count)
{
    (void)node, (void)codes, (void)count;
}

void f8net_trace_codes_s8(int32_t node, const int8_t *codes, int32_t count)
{
    (void)node, (void)codes, (void)count;
}

/* 1 where a layer's sums are not the golden ones: the first in order of execution is named. */
static int check_layers(int image)
{
    for (int i = 0; i < GOLDEN_LAYERS; ++i) {
        if (checksums[golden_layers[i].node] == golden_layers[i].checksums[image]) continue;
        printf("image %d: layer %s is the first to differ\n", image, golden_layers[i].name);
        return 1;
    }
    return 0;
}
#endif

static int check_logits(int image, const int32_t *logits)
{
    for (int i = 0; i < F8NET_CLASSES; ++i) {
        if (logits[i] == golden_logits[image][i]) continue;
        printf("image %d: logit %d is %ld, expected %ld\n", image, i, (long)logits[i], (long)golden_logits[image][i]);
        return 1;
    }
    return 0;
}

int main(void)
{
    static int32_t logits[F8NET_CLASSES];
    int failed = 0;
    for (int image = 0; image < GOLDEN_IMAGES; ++image) {
        int differs;
        f8net_infer(golden_pixels[image], logits);
        differs = check_logits(image, logits);
#ifdef F8NET_TRACE
        differs |= check_layers(image);
#endif
        failed += differs;
    }
    printf("%d of %d golden images are equal in every " WHAT "\n", GOLDEN_IMAGES - failed, GOLDEN_IMAGES);
    return failed != 0;
}
)";

}  // namespace

void write_c_selftest(const IntegerNetwork& network, const CProgram& program, const std::vector<uint8_t>& pixels,
                      CText& text) {
    const auto size = static_cast<size_t>(network.input().output.size());
    const auto images = static_cast<int64_t>(pixels.size() / size);
    const GoldenNumbers golden = golden_numbers(network, pixels, static_cast<size_t>(images));
    const std::vector<int> nodes = summed_nodes(network, program);
    text << "/* Self-test: golden images through f8net_infer; exit code 0 where every logit is the golden one. With\n"
            " * F8NET_TRACE the sums of every layer are compared too, by a checksum. The golden numbers are those of\n"
            " * F8Net Workbench's reference executor. */\n"
            "#include <stdio.h>\n\n#include \"net.h\"\n\n"
         << fmt::format("#define GOLDEN_IMAGES {}\n#define GOLDEN_LAYERS {}\n", images, nodes.size())
         << "#ifdef F8NET_TRACE\n#define WHAT \"sum and logit\"\n#else\n#define WHAT \"logit\"\n#endif\n\n"
            "static const uint8_t golden_pixels[GOLDEN_IMAGES][(size_t)F8NET_HEIGHT * F8NET_WIDTH * F8NET_CHANNELS] = "
            "{\n";
    for (size_t image = 0; image < static_cast<size_t>(images); ++image) {
        text << "{\n";
        text.numbers(std::span<const uint8_t>(pixels).subspan(image * size, size));
        text << "},\n";
    }
    text << "};\n\nstatic const int32_t golden_logits[GOLDEN_IMAGES][F8NET_CLASSES] = {\n";
    for (const std::vector<int32_t>& of_image : golden.logits) {
        text << "{\n";
        text.numbers(std::span<const int32_t>(of_image));
        text << "},\n";
    }
    text << "};\n\n#ifdef F8NET_TRACE\n"
            "static const struct {\n    int32_t node;\n    const char *name;\n"
            "    uint32_t checksums[GOLDEN_IMAGES];\n} golden_layers[GOLDEN_LAYERS] = {\n";
    for (const int node : nodes) {
        const std::string& name = network.nodes[static_cast<size_t>(node)].name;
        std::string checksums;
        for (const uint32_t checksum : golden.checksums[static_cast<size_t>(node)])
            checksums += fmt::format("UINT32_C({}), ", checksum);
        checksums.resize(checksums.size() - 2);
        text << fmt::format("    {{{}, \"{}\", {{{}}}}},\n", node, c_printable(name), checksums);
    }
    text << "};\n#endif\n" << kProgram;
}

std::string c_makefile() {
    return R"(# make test: runs the self-test; make size: bytes of code and constants; make sanitize: with gcc's or clang's checks.
# For speed: make test CFLAGS="-O3 -march=native". For small machines: CPPFLAGS=-DF8NET_PORTABLE CFLAGS=-Os.
CFLAGS ?= -O3
SIZE ?= size
COMPILE = $(CC) -std=c11 -Wall -Wextra -pedantic $(CPPFLAGS) $(CFLAGS)

all: build/net.o

build/net.o: net.c net.h
	@mkdir -p build
	$(COMPILE) -c net.c -o $@

build/selftest: selftest.c net.h build/net.o
	$(COMPILE) selftest.c build/net.o -o $@ $(LDFLAGS)

build/selftest-layers: selftest.c net.c net.h
	@mkdir -p build
	$(COMPILE) -DF8NET_TRACE selftest.c net.c -o $@ $(LDFLAGS)

build/selftest-sanitized: selftest.c net.c net.h
	@mkdir -p build
	$(CC) -std=c11 -Wall -Wextra -pedantic $(CPPFLAGS) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -DF8NET_TRACE selftest.c net.c -o $@ $(LDFLAGS)

build/net-small.o: net.c net.h
	@mkdir -p build
	$(CC) -std=c11 -DF8NET_PORTABLE $(CPPFLAGS) -Os -c net.c -o $@

# First the logits; which layer differs where they do, and whether all layers are equal where they do not.
test: build/selftest build/selftest-layers
	./build/selftest
	./build/selftest-layers

sanitize: build/selftest-sanitized
	./build/selftest-sanitized

# text: code and constants; bss: memory.
size: build/net-small.o
	$(SIZE) build/net-small.o
	@grep '_BYTES' net.h

clean:
	rm -rf build

.PHONY: all test sanitize size clean
)";
}

std::string c_readme(const IntegerNetwork& network, const CProgram& program, const CMemory& memory) {
    const Shape& in = network.input().output;
    std::string text = fmt::format(
        R"(# {} in 8-bit fixed point, as C

`net.c` and `net.h` are the whole network: C11, integers only, no library but `<stdint.h>`, no allocation.

```c
#include "net.h"

static uint8_t pixels[F8NET_HEIGHT * F8NET_WIDTH * F8NET_CHANNELS]; /* {} x {} x {}, channels side by side */
static int32_t logits[F8NET_CLASSES];                               /* {} */

f8net_infer(pixels, logits);                                        /* the largest logit is the class */
```

| file | what |
| --- | --- |
| `net.h` | the function, the sizes |
| `net.c` | weights, kernels, one function per layer |
| `selftest.c` | golden images, logits and checksums of every layer |
| `Makefile` | `make test`, `make sanitize`, `make size` |

## Memory
| | bytes |
| --- | --- |
| constants (weights, biases, tables) | {} |
| arena (values between layers) | {} |
| scratch (one window of codes, one pixel of sums) | {} |
| stack (estimate) | {} |
| **RAM in all** | **{}** |

Most of the arena is in use at layer `{}`. `make size` compiles for size and shows the code.

## Check it
`make test` on this machine; on another one build `selftest.c` with `net.c`, run it, exit code 0 means equal. With
`-DF8NET_TRACE` it names the first layer that differs.

## Switches
- `F8NET_PORTABLE`: windows stay 8 bits wide (half the memory of that array). Without it compilers find SIMD instructions
  (`-O3`, best with `-march=native`). The numbers are the same.
- `F8NET_CONST`, `F8NET_SECTION`: qualifier and attribute of the constants, for example
  `-D'F8NET_CONST=const __flash'` (avr-gcc) or `-D'F8NET_SECTION=__attribute__((section(".qspi")))'`.
- `SHARED=static`: lets compilers copy the kernels into every layer (slow to compile, somewhat faster).
- `F8NET_TRACE`: calls functions of yours with the codes and sums of every layer (`net.h`).

## Layers
| layer | codes in | weights | out | fractional bits |
| --- | --- | --- | --- | --- |
)",
        c_printable(network.architecture), in.height, in.width, in.channels, network.num_classes(),
        memory.constants_bytes, memory.arena_bytes, memory.scratch_bytes, memory.stack_bytes, memory.ram_bytes(),
        c_printable(memory.largest_layer));
    for (const CStep& step : program.steps) {
        const IntegerNode& node = network.nodes[static_cast<size_t>(step.node)];
        const bool multiplies = node.has_weights();
        text += fmt::format("| {} | {} | {} | {} x {} x {} | {} |\n", c_printable(node.name),
                            multiplies ? node.input_format.to_string() : "",
                            multiplies ? node.weight_format.to_string() : "", node.output.channels, node.output.height,
                            node.output.width, node.fractional_length);
    }
    return text;
}

}  // namespace f8net
