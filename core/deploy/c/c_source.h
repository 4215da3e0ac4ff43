// SPDX-License-Identifier: Apache-2.0
/// Writes an IntegerNetwork as dependency-free C11 that gives the same codes and logits, element for element: a folder
/// with net.h, net.c, selftest.c (golden vectors), Makefile and README.md (docs/c-source.md).
/// Contract `void f8net_infer(const uint8_t* pixels, int32_t* logits)`: bytes H W C, as of a picture (a normalized
/// input
///          is looked up in a table), int32 logits. Integers only, static memory, nothing but <stdint.h>.
/// Exact    no undefined and no implementation-defined arithmetic: neither overflow nor shifts of negative numbers.
/// Errors   ConfigError where the folder holds files of others, IoError where it cannot be written (then what was there
///          before stays), DataError from check().   Threads  reentrant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/deploy/c/c_program.h"
#include "core/deploy/c/c_text.h"

namespace f8net {

struct CMemory {
    int64_t constants_bytes = 0;  ///< weights, biases, tables
    int64_t arena_bytes = 0;
    int64_t scratch_bytes = 0;  ///< one window of codes and one pixel of sums
    int64_t stack_bytes = 0;    ///< estimated
    std::string largest_layer;  ///< at which most of the arena is in use
    int64_t ram_bytes() const { return arena_bytes + scratch_bytes + stack_bytes; }
};

struct CSourceOptions {
    /// Images of the self-test, N H W C; empty: two of random bytes.
    std::vector<uint8_t> golden_pixels;
};

CMemory export_c(const IntegerNetwork& network, const std::string& folder, const CSourceOptions& options = {});

// Its parts.
enum class CConstants {
    kDefined,
    kDeclared  ///< extern: to compile the code without the numbers
};
CMemory c_memory(const IntegerNetwork& network, const CProgram& program);
std::string c_header(const IntegerNetwork& network, const CMemory& memory);
void write_c_code(const IntegerNetwork& network, const CProgram& program, CConstants constants, CText& text);
/// pixels: at least one image.
void write_c_selftest(const IntegerNetwork& network, const CProgram& program, const std::vector<uint8_t>& pixels,
                      CText& text);
std::string c_makefile();
std::string c_readme(const IntegerNetwork& network, const CProgram& program, const CMemory& memory);

/// Letters, digits and . _ - / alone: what may stand in a comment or between quotes.
std::string c_printable(const std::string& name);

}  // namespace f8net
