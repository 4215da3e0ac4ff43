// SPDX-License-Identifier: Apache-2.0
// CIFAR files from strangers: a DataError, or whole pictures with labels of the data set's classes.
#include <cstdlib>

#include "core/base/error.h"
#include "core/data/cifar_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    for (const auto kind : {f8net::CifarKind::k10, f8net::CifarKind::k100}) {
        try {
            const f8net::CifarImages images =
                f8net::parse_cifar({reinterpret_cast<const char*>(data), size}, kind, "input.bin");
            if (images.labels.empty() || images.pixels.size() != images.labels.size() * 3072) std::abort();
            if (images.pixels.size() > size) std::abort();
            for (const uint8_t label : images.labels) {
                if (label >= (kind == f8net::CifarKind::k10 ? 10 : 100)) std::abort();
            }
        } catch (const f8net::DataError&) {
        }
    }
    return 0;
}
