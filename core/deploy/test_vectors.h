// SPDX-License-Identifier: Apache-2.0
/// Golden vectors: every integer that a network computes on some images, as files for the test benches of chips and
/// FPGAs, with a description from which all of it can be computed again (docs/golden-vectors.md says what each field
/// is).
/// Layout   activations N H W C, weights out, kh, kw, in / groups; row-major.
///          FOLDER/vectors.json, vectors.safetensors, LAYER/{input,weight,bias,accumulator,output}.{npy,hex,mem},
///          logits.*; a sum or a pool has what it gives.
/// Source   the law (path "scalar").
/// Errors   ConfigError for an unknown layer (nearest name) or a folder that holds other files; DataError from check();
///          IoError, and then there is nothing new under the folder's name.
/// Threads  reentrant; `num_threads` inside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/deploy/vector_tensor.h"
#include "core/network/integer_network.h"

namespace f8net {

/// What the network is fed with.
struct VectorImages {
    std::vector<uint8_t> pixels;     ///< N H W C, as a data set gives them
    int64_t count = 0;               ///< N
    std::string source;              ///< "random bytes, seed 1995", "Fashion-MNIST, test"
    std::vector<int64_t> labels;     ///< [N] or empty
    std::vector<std::string> names;  ///< [N] or empty
};

struct TestVectorOptions {
    std::vector<std::string> layers;  ///< only files of these nodes (and the logits); empty: of all
    std::vector<VectorFile> kinds{VectorFile::kSafetensors, VectorFile::kNpy, VectorFile::kHex};
    int num_threads = 0;                   ///< 0: as many as the process may use
    std::vector<std::string> class_names;  ///< in the description; empty: those of the network
};

void export_test_vectors(const IntegerNetwork& network, const VectorImages& images, const std::string& folder,
                         const TestVectorOptions& options = {});

}  // namespace f8net
