// SPDX-License-Identifier: Apache-2.0
#include "app/cli/logits_file.h"

#include <algorithm>

#include "app/cli/json.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

void LogitsFile::add(NumericMode mode, int64_t first_image, const Logits& logits, const std::vector<int64_t>& labels) {
    const std::string name = "logits/" + to_string(mode);
    const bool integers = mode == NumericMode::kIntegerOnly;
    if (!map_.contains(name)) {
        map_.set(name, HostTensor(integers ? DType::kI32 : DType::kF32, {images_, logits.classes}));
    }
    if (!map_.contains("labels")) map_.set("labels", HostTensor(DType::kI64, {images_}));
    HostTensor& tensor = map_.tensors.at(name);
    const int64_t offset = first_image * logits.classes;
    if (integers) {
        std::copy(logits.integers.begin(), logits.integers.end(), tensor.as<int32_t>().begin() + offset);
    } else {
        std::copy(logits.values.begin(), logits.values.end(), tensor.as<float>().begin() + offset);
    }
    std::copy(labels.begin(), labels.end(), map_.tensors.at("labels").as<int64_t>().begin() + first_image);
}

void LogitsFile::write(const std::string& path, const Dataset& dataset) {
    Json files = Json::array();
    for (int64_t i = 0; i < images_; ++i) files.push_back(dataset.name(i));
    map_.metadata["files"] = files.dump(-1, ' ', false, Json::error_handler_t::replace);
    map_.metadata["dataset_fingerprint"] = dataset.fingerprint();
    write_safetensors(path, map_);
}

}  // namespace f8net
