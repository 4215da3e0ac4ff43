// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/error.h"
#include "core/tensorfile/bounded_json.h"

namespace f8net {

namespace {

using nlohmann::json;

std::optional<DType> dtype_from_name(const std::string& name) {
    for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64, DType::kI32,
                              DType::kI16, DType::kI8, DType::kU8, DType::kBool}) {
        if (name == dtype_name(dtype)) return dtype;
    }
    return std::nullopt;
}

int64_t as_count(const json& value, const std::string& what) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > (uint64_t{1} << 62))
        throw DataError(what + " is " + value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40) +
                        ", expected a whole number from 0");
    return static_cast<int64_t>(value.get<uint64_t>());
}

TensorInfo parse_entry(const std::string& name, const json& entry, int64_t data_size_bytes, const std::string& file) {
    const std::string what = file + ": tensor '" + name + "'";
    if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
        throw DataError(what + ": expected an object with dtype, shape and data_offsets");
    TensorInfo info;
    info.name = name;
    const std::string type = entry["dtype"].is_string() ? entry["dtype"].get<std::string>() : "no text";
    const auto dtype = dtype_from_name(type);
    if (!dtype)
        throw DataError(what + ": dtype is '" + type +
                        "', expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL");
    info.dtype = *dtype;
    if (!entry["shape"].is_array()) throw DataError(what + ": shape is not a list");
    for (const json& size : entry["shape"]) info.shape.push_back(as_count(size, what + ": dimension"));
    const json& offsets = entry["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) throw DataError(what + ": data_offsets is not a pair");
    const int64_t begin = as_count(offsets[0], what + ": data_offsets");
    const int64_t end = as_count(offsets[1], what + ": data_offsets");
    if (begin > end || end > data_size_bytes)
        throw DataError(what + ": bytes " + std::to_string(begin) + " to " + std::to_string(end) +
                        " are outside the file's " + std::to_string(data_size_bytes) + " bytes of data (truncated?)");
    const int64_t expected = count_elements(info.shape, what) * static_cast<int64_t>(dtype_size(info.dtype));
    if (end - begin != expected)
        throw DataError(what + ": has " + std::to_string(end - begin) + " bytes, its shape needs " +
                        std::to_string(expected));
    info.offset_bytes = begin;
    info.size_bytes = expected;
    return info;
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, int64_t data_size_bytes, const std::string& file) {
    constexpr int kDepth = 4;
    const json tree =
        parse_bounded_json(text, static_cast<int64_t>(text.size()) + data_size_bytes, kDepth, file, "header");
    if (!tree.is_object()) throw DataError(file + ": header is not a JSON object");
    SafetensorsHeader header;
    for (const auto& [name, entry] : tree.items()) {
        if (name != "__metadata__") {
            header.tensors.push_back(parse_entry(name, entry, data_size_bytes, file));
            continue;
        }
        if (!entry.is_object()) throw DataError(file + ": __metadata__ is not an object");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string()) throw DataError(file + ": metadata entry '" + key + "' is not text");
            header.metadata[key] = value.get<std::string>();
        }
    }
    std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
        return a.offset_bytes != b.offset_bytes ? a.offset_bytes < b.offset_bytes : a.size_bytes < b.size_bytes;
    });
    const int64_t data_begin = 8 + static_cast<int64_t>(text.size());
    int64_t next = 0;
    for (TensorInfo& info : header.tensors) {
        if (info.offset_bytes != next)
            throw DataError(file + ": tensor '" + info.name + "' begins at byte " + std::to_string(info.offset_bytes) +
                            " of the data, expected " + std::to_string(next) +
                            (info.offset_bytes < next ? " (overlaps the one before)" : " (a gap)"));
        next += info.size_bytes;
        info.offset_bytes += data_begin;
    }
    if (next != data_size_bytes)
        throw DataError(file + ": " + std::to_string(data_size_bytes - next) + " bytes after the last tensor");
    return header;
}

std::string format_safetensors_header(std::vector<TensorInfo>& tensors,
                                      const std::map<std::string, std::string>& metadata) {
    nlohmann::ordered_json tree = nlohmann::ordered_json::object();
    if (!metadata.empty()) tree["__metadata__"] = metadata;
    int64_t next = 0;
    for (TensorInfo& info : tensors) {
        if (tree.contains(info.name)) throw DataError("tensor '" + info.name + "' is declared twice");
        info.size_bytes =
            count_elements(info.shape, "tensor '" + info.name + "'") * static_cast<int64_t>(dtype_size(info.dtype));
        tree[info.name] = {
            {"dtype", dtype_name(info.dtype)}, {"shape", info.shape}, {"data_offsets", {next, next + info.size_bytes}}};
        info.offset_bytes = next;
        next += info.size_bytes;
    }
    std::string text;
    try {
        text = tree.dump();
    } catch (const json::exception&) {
        throw DataError("a tensor's name or a metadata entry is not UTF-8 text");
    }
    text.append((8 - text.size() % 8) % 8, ' ');  // so that the data begin at a multiple of 8 bytes
    std::string out(8, '\0');
    for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
    for (TensorInfo& info : tensors) info.offset_bytes += static_cast<int64_t>(8 + text.size());
    return out + text;
}

}  // namespace f8net
