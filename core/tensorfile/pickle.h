// SPDX-License-Identifier: Apache-2.0
/// A restricted reader of Python pickles (protocols 2 to 5): builds a table of plain values and runs nothing. Classes
/// and functions are names; what would be calls become either one of the few things that a state dictionary is made of
/// (ordered dictionary, tensor, parameter, storage) or an inert object.
///
/// Errors   DataError with file and byte position for damaged data, for anything outside this vocabulary, and for more
///          values than the budget has memory for.
/// Threads  values.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/tensorfile/file_source.h"
#include "core/tensorfile/memory_budget.h"

namespace f8net {

struct PickleNode {
    enum class Kind {
        kNone,
        kBool,     ///< integer
        kInteger,  ///< integer
        kReal,     ///< real
        kText,     ///< text (bytes too)
        kTuple,    ///< items
        kList,     ///< items (sets too)
        kDict,     ///< items: key, value, key, value, ...
        kGlobal,   ///< text: "module name"
        kStorage,  ///< text: its key in the file; items: [global of the type]; integer: number of elements
        kTensor,   ///< items: [storage, offset, sizes, strides]
        kObject,   ///< anything else; text: its class or the function that would make it, inert
    };
    Kind kind = Kind::kNone;
    int64_t integer = 0;
    double real = 0;
    std::string text;
    std::vector<int> items;  ///< indexes into Pickle::nodes; may form cycles
};

struct Pickle {
    std::deque<PickleNode> nodes;
    int root = 0;
    int64_t end = 0;  ///< of its bytes in the source: another one may follow

    const PickleNode& operator[](int index) const { return nodes[static_cast<size_t>(index)]; }
};

/// The pickle that begins at byte `offset`; the source's name stands for the file in messages.
Pickle parse_pickle(ByteSource& source, int64_t offset, MemoryBudget& budget);

}  // namespace f8net
