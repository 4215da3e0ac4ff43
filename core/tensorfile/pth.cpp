// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pth.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/base/error.h"
#include "core/tensorfile/file_source.h"
#include "core/tensorfile/pickle.h"
#include "core/tensorfile/zip_archive.h"

namespace f8net {

namespace {

using Kind = PickleNode::Kind;

constexpr int kMaxDepth = 16;
constexpr int64_t kMaxValues = 4'000'000;  // visited: a value may be referred to from many places

std::optional<DType> storage_dtype(const std::string& type) {
    static const std::map<std::string, DType> kTypes = {
        {"torch DoubleStorage", DType::kF64}, {"torch FloatStorage", DType::kF32}, {"torch HalfStorage", DType::kF16},
        {"torch LongStorage", DType::kI64},   {"torch IntStorage", DType::kI32},   {"torch ShortStorage", DType::kI16},
        {"torch CharStorage", DType::kI8},    {"torch ByteStorage", DType::kU8},   {"torch BoolStorage", DType::kBool}};
    const auto found = kTypes.find(type);
    return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

class Reader {
public:
    explicit Reader(ByteSource& source)
        : name_(source.name()), archive_(source), bytes_left_((int64_t{64} << 20) + 16 * source.size()) {
        for (const auto& [entry, info] : archive_.entries()) {
            if (entry.ends_with("/data.pkl") || entry == "data.pkl") {
                prefix_ = entry.substr(0, entry.size() - std::string("data.pkl").size());
                const auto bytes = archive_.read(entry, bytes_left_);
                pickle_ = parse_pickle(bytes, name_ + ": " + entry);
                check_byte_order();
                return;
            }
        }
        throw DataError(name_ + ": a zip file without data.pkl: no PyTorch checkpoint");
    }

    PthCheckpoint read() {
        PthCheckpoint result;
        result.model.source = result.other.source = name_;
        const PickleNode& root = pickle_[pickle_.root];
        if (root.kind != Kind::kDict) throw DataError(name_ + ": holds no dictionary of tensors");
        int model = -1;
        for (size_t i = 0; i + 1 < root.items.size(); i += 2) {
            const PickleNode& key = pickle_[root.items[i]];
            const PickleNode& value = pickle_[root.items[i + 1]];
            if (key.kind == Kind::kText && (key.text == "model" || key.text == "state_dict") &&
                value.kind == Kind::kDict)
                model = root.items[i + 1];
        }
        if (model < 0) {
            flatten(pickle_.root, "", 0, result.model);
        } else {
            flatten(model, "", 0, result.model);
            for (size_t i = 0; i + 1 < root.items.size(); i += 2) {
                const std::string key = key_text(root.items[i]);
                result.keys.push_back(key);
                if (root.items[i + 1] != model) flatten(root.items[i + 1], key, 1, result.other);
            }
        }
        if (result.model.tensors.empty()) throw DataError(name_ + ": holds no tensors");
        return result;
    }

private:
    void check_byte_order() {
        if (!archive_.contains(prefix_ + "byteorder")) return;
        const auto bytes = archive_.read(prefix_ + "byteorder", 16);
        if (std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) != "little")
            throw DataError(name_ + ": tensors are not in little-endian byte order");
    }

    std::string key_text(int index) const {
        const PickleNode& key = pickle_[index];
        if (key.kind == Kind::kText) return key.text;
        return key.kind == Kind::kInteger ? std::to_string(key.integer) : std::string("?");
    }

    void flatten(int index, const std::string& path, int depth, TensorMap& to) {
        if (++values_ > kMaxValues || depth > kMaxDepth)
            throw DataError(name_ + ": '" + path.substr(0, 200) + "' is nested too deeply or in circles");
        const PickleNode& node = pickle_[index];
        const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
        switch (node.kind) {
            case Kind::kTensor:
                to.set(path, tensor(node, path));
                break;
            case Kind::kBool:
            case Kind::kInteger:
                to.set(path, HostTensor::scalar(node.integer));
                break;
            case Kind::kReal:
                to.set(path, HostTensor::scalar(node.real));
                break;
            case Kind::kDict:
                for (size_t i = 0; i + 1 < node.items.size(); i += 2)
                    flatten(node.items[i + 1], below(key_text(node.items[i])), depth + 1, to);
                break;
            case Kind::kTuple:
            case Kind::kList:
                if (all_integers(node)) {
                    std::vector<int64_t> values;
                    for (const int item : node.items) values.push_back(pickle_[item].integer);
                    spend(static_cast<int64_t>(values.size() * 8), path);
                    to.set(path, HostTensor::from<int64_t>({static_cast<int64_t>(values.size())}, values));
                    break;
                }
                for (size_t i = 0; i < node.items.size(); ++i)
                    flatten(node.items[i], below(std::to_string(i)), depth + 1, to);
                break;
            case Kind::kNone:
            case Kind::kText:
            case Kind::kGlobal:
            case Kind::kStorage:
            case Kind::kObject:
                break;
        }
    }

    bool all_integers(const PickleNode& node) const {
        return !node.items.empty() && std::all_of(node.items.begin(), node.items.end(),
                                                  [&](int item) { return pickle_[item].kind == Kind::kInteger; });
    }

    void spend(int64_t bytes, const std::string& path) {
        if (bytes > bytes_left_)
            throw DataError(name_ + ": tensor '" + path + "': more data than a file of this size holds");
        bytes_left_ -= bytes;
    }

    HostTensor tensor(const PickleNode& node, const std::string& path) {
        const std::string what = name_ + ": tensor '" + path + "'";
        const PickleNode& storage = pickle_[node.items[0]];
        const std::string& type = pickle_[storage.items[0]].text;
        const auto dtype = storage_dtype(type);
        if (!dtype) throw DataError(what + ": elements of type '" + type + "' are not known");
        std::vector<int64_t> shape, strides;
        for (const int size : pickle_[node.items[2]].items) shape.push_back(pickle_[size].integer);
        for (const int stride : pickle_[node.items[3]].items) strides.push_back(pickle_[stride].integer);
        if (strides.size() != shape.size()) throw DataError(what + ": sizes and strides differ in number");
        const int64_t offset = pickle_[node.items[1]].integer;
        const int64_t count = count_elements(shape, what);
        check_extent(shape, strides, offset, count, storage.integer, what);
        const auto size = static_cast<int64_t>(dtype_size(*dtype));
        spend(count * size, path);
        const std::vector<std::byte>& bytes = storage_bytes(storage.text, what);
        if (storage.integer > static_cast<int64_t>(bytes.size()) / size)
            throw DataError(what + ": its storage has " + std::to_string(bytes.size()) + " bytes, expected " +
                            std::to_string(storage.integer) + " elements");
        HostTensor result(*dtype, shape);
        if (count > 0)
            gather(bytes.data() + offset * size, shape, strides, static_cast<size_t>(size), result.bytes.data());
        return result;
    }

    static void check_extent(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset,
                             int64_t count, int64_t storage_count, const std::string& what) {
        // No element outside the storage, and none used twice over: a short file cannot claim a huge tensor.
        bool fits = offset >= 0 && offset <= storage_count && count <= storage_count;
        int64_t last = offset;
        for (size_t d = 0; d < shape.size() && fits && count > 0; ++d) {
            fits = strides[d] >= 0 && (shape[d] == 1 || strides[d] <= storage_count);
            if (!fits || shape[d] == 1) continue;
            fits = strides[d] == 0 || shape[d] - 1 <= storage_count / strides[d];
            if (fits) last += (shape[d] - 1) * strides[d];
            fits = fits && last < storage_count;
        }
        if (!fits || (count > 0 && last >= storage_count))
            throw DataError(what + ": reaches outside its storage of " + std::to_string(storage_count) + " elements");
    }

    /// Elements in row-major order from a strided view.
    static void gather(const std::byte* from, const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                       size_t size, std::byte* to) {
        std::vector<int64_t> place(shape.size(), 0);
        int64_t at = 0;
        while (true) {
            std::memcpy(to, from + at * static_cast<int64_t>(size), size);
            to += size;
            size_t d = shape.size();
            for (; d > 0; --d) {
                if (++place[d - 1] < shape[d - 1]) {
                    at += strides[d - 1];
                    break;
                }
                at -= (shape[d - 1] - 1) * strides[d - 1];
                place[d - 1] = 0;
            }
            if (d == 0) return;
        }
    }

    /// Storages come one after another and are rarely shared: the last one is kept.
    const std::vector<std::byte>& storage_bytes(const std::string& key, const std::string& what) {
        if (key != storage_key_ || !has_storage_) {
            const std::string entry = prefix_ + "data/" + key;
            if (!archive_.contains(entry)) throw DataError(what + ": its storage '" + entry + "' is missing");
            storage_ = archive_.read(entry, storage_limit_);
            storage_key_ = key;
            has_storage_ = true;
        }
        return storage_;
    }

    const std::string& name_;
    ZipArchive archive_;
    int64_t bytes_left_;
    const int64_t storage_limit_ = bytes_left_;
    std::string prefix_;
    Pickle pickle_;
    int64_t values_ = 0;
    bool has_storage_ = false;
    std::string storage_key_;
    std::vector<std::byte> storage_;
};

}  // namespace

PthCheckpoint read_pth(const std::string& path) {
    FileSource source(path);
    return Reader(source).read();
}

PthCheckpoint parse_pth(const void* data, size_t size_bytes, const std::string& name) {
    MemorySource source(data, size_bytes, name);
    return Reader(source).read();
}

}  // namespace f8net
