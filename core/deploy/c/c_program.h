// SPDX-License-Identifier: Apache-2.0
/// The C source as data: which steps compute the network, in which forms each value is kept, and where it lies in the
/// arena. What is written out of it is in c_source.cpp.
/// Steps    each computes one pixel after another into 32-bit sums; a residual sum and a ReLU behind a layer are done
///          with it. A value is kept as 8-bit codes, once for each input format of its readers, and as int32 only where
///          a sum, a ReLU or a pool reads it. Max pools whose readers all want codes work on codes: rounding keeps
///          order.
/// Memory   one arena; a value takes the place of one that is no longer read, and a sum may be written over its
/// operand. Errors   DataError from check(), or where an array would not fit 2^31 - 1 elements.   Threads  pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

/// How an array of the C source is stored.
enum class CType { kInt32, kUint8, kInt8 };
inline CType code_type(const FixedPointFormat& format) {
    return format.is_signed ? CType::kInt8 : CType::kUint8;
}
inline int64_t bytes_of(CType type) {
    return type == CType::kInt32 ? 4 : 1;
}

/// A value of the arena in one form.
struct CBuffer {
    std::string name;  ///< C identifier
    CType type = CType::kInt32;
    int64_t elements = 0;
    int64_t offset = 0;          ///< bytes from the arena's begin, a multiple of 16
    size_t first = 0, last = 0;  ///< steps between which it is needed
};

/// Which array a step reads or writes.
struct CPlace {
    enum class Kind { kNone, kPixels, kLogits, kBuffer } kind = Kind::kNone;
    size_t buffer = 0;
    bool exists() const { return kind != Kind::kNone; }
    bool operator==(const CPlace&) const = default;
};

/// Codes that a step leaves for its readers.
struct CCodes {
    CPlace to;
    int shift = 0;  ///< fractional length of the value minus that of the format
    FixedPointFormat format;
};

enum class CStepKind {
    kPixels,     ///< bytes, or their table, as sums
    kDense,      ///< convolution over all channels, or linear
    kDepthwise,  ///< each channel on its own
    kCopy,       ///< int32 as it is: of a sum or ReLU that no layer computes with its own
    kMaxPool,    ///< on int32
    kCodePool,   ///< max pool on codes: from `input` to the one output, nothing follows
    kSumPool,
    kAveragePool,
};

struct CStep {
    CStepKind kind = CStepKind::kCopy;
    int node = 0;  ///< that is computed; of a copy the sum or ReLU itself
    CPlace input;
    int add = -1;         ///< node of the residual sum behind it
    CPlace operand;       ///< its other operand
    int own_operand = 0;  ///< which operand (0, 1) of the sum the step's own sums are
    bool has_relu = false;
    CPlace result;  ///< int32
    std::vector<CCodes> codes;
};

struct CProgram {
    std::vector<CBuffer> buffers;
    std::vector<CStep> steps;
    std::vector<std::string> identifiers;  ///< per node, unique
    bool is_traceable = true;              ///< no node's sums are left out or hidden in codes
    int64_t arena_bytes = 0;
    int64_t window_elements = 0, sums_elements = 0;  ///< scratch memory: largest window of codes, most channels
    size_t largest_step = 0;                         ///< at which most of the arena is in use
    int64_t scratch_bytes() const { return window_elements + 4 * sums_elements; }
};

/// traceable: the sums of every node are there for a trace: max pools work on int32, and what nobody reads is computed.
CProgram make_c_program(const IntegerNetwork& network, bool traceable = false);

}  // namespace f8net
