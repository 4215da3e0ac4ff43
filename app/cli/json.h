// SPDX-License-Identifier: Apache-2.0
/// The documents of --json: keys keep their order, numbers that are not finite and values that are not there are null.
#pragma once

#include "app/cli/console.h"
#include "core/exchange/json.h"

namespace f8net {

inline void print_json(Console& console, const Json& document) {
    console.print_document(json_text(document, 2) + "\n");
}

}  // namespace f8net
