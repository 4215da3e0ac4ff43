// SPDX-License-Identifier: Apache-2.0
/// One layer of an integer network in another format: grid and range move, the function stays.
/// Weight   the layer's codes are rounded anew from its real effective weights, its bias at the new fractional length.
/// Input    the requantization before the layer changes; it keeps its weights, its bias is rounded anew.
/// Everything downstream follows in its fractional lengths (accumulators, sums, pools; the average pool before the
/// layer rounds to its new input format; a normalized picture enters in the format of the layer that reads it).
///
/// Source   design.md 3; method.md 3, 5.   Threads  pure.
#pragma once

#include <span>
#include <string>

#include "core/network/integer_network.h"

namespace f8net {

enum class ChangedTensor { kInput, kWeight };

struct FormatChange {
    std::string layer;
    ChangedTensor tensor = ChangedTensor::kWeight;
    FixedPointFormat format;

    std::string to_string() const;  ///< "stage_0_layer_0.body.0.weight=s8.6"
    bool operator==(const FormatChange&) const = default;
};

/// "LAYER.weight=s8.6", "LAYER.input=u8.5".   Errors: ConfigError.
FormatChange parse_format_change(const std::string& text);
/// "u8.6", "s8.4".   Errors: ConfigError naming `what`.
FixedPointFormat parse_format(const std::string& text, const std::string& what);

/// The network with the changes made one after the other.
/// Errors   ConfigError: no such layer (names the nearest one), or a format that codes cannot have (2 to 8 bits, 0 to
///          all of them right of the point, weights signed); DataError: the layer keeps no real weights; NumericError:
///          its accumulator could then leave int32. All name layer and value.
IntegerNetwork with_changes(const IntegerNetwork& network, std::span<const FormatChange> changes);

/// Index of the first node in which two networks of one graph differ: every value before it is the same in both.
/// Their number of nodes where they do not differ.
size_t first_difference(const IntegerNetwork& a, const IntegerNetwork& b);

}  // namespace f8net
