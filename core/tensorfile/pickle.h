// SPDX-License-Identifier: Apache-2.0
/// A restricted reader of Python pickles (protocols 2 to 5): builds a table of plain values and runs nothing. Classes
/// and functions are names; what would be calls become either one of the few things that a state dictionary is made of
/// (ordered dictionary, tensor, parameter, storage) or an inert object.
///
/// Errors   DataError with file and byte position for damaged data and for anything outside this vocabulary.
/// Threads  values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

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
        kDict,     ///< items: key, value, key, value, ...; of equal keys the last counts
        kGlobal,   ///< text: "module name"
        kStorage,  ///< text: its key in the archive; items: [global of the type]; integer: number of elements
        kTensor,   ///< items: [storage, offset, sizes, strides]
        kObject,   ///< anything else; text: its class, inert
    };
    Kind kind = Kind::kNone;
    int64_t integer = 0;
    double real = 0;
    std::string text;
    std::vector<int> items;  ///< indexes into Pickle::nodes; may form cycles
};

struct Pickle {
    std::vector<PickleNode> nodes;
    int root = 0;

    const PickleNode& operator[](int index) const { return nodes[static_cast<size_t>(index)]; }
};

/// `name` stands for the file in messages.
Pickle parse_pickle(std::span<const std::byte> data, const std::string& name);

}  // namespace f8net
