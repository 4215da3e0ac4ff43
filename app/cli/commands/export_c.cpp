// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/export.h"
#include "app/cli/sample_images.h"
#include "app/cli/text_table.h"
#include "core/base/error.h"
#include "core/deploy/c/c_compiler.h"
#include "core/deploy/c/c_source.h"

namespace f8net {

namespace {

constexpr int64_t kImages = 2;

/// Of the self-test. The source itself needs no data: where they are missing, and nobody asked for them, bytes will do.
std::vector<uint8_t> golden_pixels(Context& context, Subject& subject, const ExportOptions& options) {
    try {
        const SampleImages sample =
            sample_images(context, subject, options.data, options.images > 0 ? options.images : kImages);
        return sample.pixels(0, sample.count);
    } catch (const Error& error) {
        if (options.images > 0 || !options.data.empty()) throw;
        context.console.warning(std::string("self-test with random images: ") + error.what());
        return {};
    }
}

}  // namespace

void export_c_source(Context& context, Subject& subject, const ExportOptions& options) {
    export_c(subject.integer_network(), options.output, {.golden_pixels = golden_pixels(context, subject, options)});
}

ExportDetails c_source_details(Subject& subject, const std::function<void()>& need_going_on) {
    const IntegerNetwork& network = subject.integer_network();
    const CMemory memory = c_memory(network, make_c_program(network));
    const std::optional<int64_t> code = c_code_bytes(network, need_going_on);
    ExportDetails details;
    details.keys = {{"constants_bytes", memory.constants_bytes}, {"code_bytes", or_null(code)},
                    {"ram_bytes", memory.ram_bytes()},           {"arena_bytes", memory.arena_bytes},
                    {"scratch_bytes", memory.scratch_bytes},     {"stack_bytes", memory.stack_bytes},
                    {"largest_layer", memory.largest_layer}};
    details.text = "constants " + format_bytes(memory.constants_bytes) +
                   (code ? ", code " + format_bytes(*code) : std::string()) + ", RAM " +
                   format_bytes(memory.ram_bytes()) + ", most of it at " + memory.largest_layer;
    return details;
}

}  // namespace f8net
