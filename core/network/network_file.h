// SPDX-License-Identifier: Apache-2.0
/// What is inside a `*.f8n` file, for readers that have its bytes already. (Files: integer_network.h.)
/// Errors   DataError naming source, node and value: whatever the bytes are, it is that or a network that check()
/// accepts. Memory is bounded by the size of the file, whatever shapes it claims.   Threads  pure.
#pragma once

#include "core/network/integer_network.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

IntegerNetwork integer_network_from(const TensorMap& map);

}  // namespace f8net
