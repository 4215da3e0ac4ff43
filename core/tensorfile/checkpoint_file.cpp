// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/checkpoint_file.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/tensorfile/file_source.h"
#include "core/tensorfile/pth.h"
#include "core/tensorfile/pth_container.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

TensorMap from_pth(const std::string& path) {
    PthCheckpoint checkpoint = read_pth(path, PthParts::kModel);
    for (const char* name : {"last_epoch", "best_val"}) {
        if (!checkpoint.other.contains(name)) continue;
        const HostTensor& value = checkpoint.other.at(name);
        if (value.num_elements() != 1) continue;
        checkpoint.model.metadata[name] =
            value.dtype == DType::kI64 ? std::to_string(value.to_int64().front()) : std::to_string(value.item());
    }
    return std::move(checkpoint.model);
}

}  // namespace

TensorMap load_checkpoint_file(const std::string& path) {
    unsigned char head[9] = {};
    {
        FileSource source(path);
        source.read(0, head, static_cast<size_t>(std::min<int64_t>(source.size(), sizeof head)));
    }
    if (begins_as_pth(head, sizeof head)) return from_pth(path);
    if (head[8] == '{') return read_safetensors(path);
    throw DataError(path + ": neither a safetensors file nor a PyTorch checkpoint (.pth)");
}

std::vector<std::string> training_prefixes() {
    return {"optimizer.", "generator.", "rank."};
}

}  // namespace f8net
