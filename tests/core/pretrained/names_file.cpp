// SPDX-License-Identifier: Apache-2.0
#include "tests/core/pretrained/names_file.h"

#include <zlib.h>

#include <cmath>
#include <sstream>

#include "core/base/atomic_file.h"

namespace f8net::testing {

namespace {

/// values() and variance() of make_pretrained.py.
void fill(const std::string& name, HostTensor& tensor) {
    const auto seed =
        static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size())));
    double fan_in = 1;
    for (size_t d = 1; d < tensor.shape.size(); ++d) fan_in *= static_cast<double>(tensor.shape[d]);
    const double reach = std::sqrt(6.0 / fan_in);
    const bool is_centred = name.ends_with("running_mean") || name.ends_with("bias");
    uint32_t index = 0;
    for (float& value : tensor.as<float>()) {
        uint32_t x = seed + index++ * 2654435761u;
        for (int round = 0; round < 2; ++round) x = (x ^ x >> 16) * 0x45d9f3bu;
        x ^= x >> 16;
        const double u = static_cast<double>(x) / 4294967296.0;
        if (tensor.shape.size() >= 2) {
            value = static_cast<float>((2 * u - 1) * reach);
        } else if (is_centred) {
            value = static_cast<float>((2 * u - 1) * 0.2);
        } else {
            value = static_cast<float>(0.75 + 0.5 * u);
            if (name.ends_with("running_var")) value += 0.25f;
        }
    }
}

}  // namespace

TensorMap load_names(const std::string& stem, bool with_values) {
    TensorMap map;
    map.source = stem + ".pth";
    std::istringstream lines(read_text_file(F8NET_SOURCE_DIR "/tests/golden/pretrained/" + stem + ".names"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string module, leaf;
        words >> module;
        while (words >> leaf) {
            const size_t colon = leaf.find(':');
            std::vector<int64_t> shape;
            std::istringstream sizes(leaf.substr(colon + 1));
            for (std::string size; std::getline(sizes, size, ',');) shape.push_back(std::stoll(size));
            const std::string name = module + "." + leaf.substr(0, colon);
            HostTensor tensor(name.ends_with("num_batches_tracked") ? DType::kI64 : DType::kF32, shape);
            if (with_values && tensor.dtype == DType::kF32) fill(name, tensor);
            map.set(name, std::move(tensor));
        }
    }
    return map;
}

}  // namespace f8net::testing
