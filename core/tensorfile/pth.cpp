// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pth.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/tensorfile/pth_container.h"
#include "core/tensorfile/tensor_view.h"

namespace f8net {

namespace {

using Kind = PickleNode::Kind;

constexpr int kMaxDepth = 16;
constexpr size_t kNameLimit = 1024;         // of a tensor: its keys, joined
constexpr int64_t kVisitBytes = 16;         // a value may be referred to from many places: looking at it is not free
constexpr int64_t kEntryMemoryBytes = 256;  // of a tensor in a TensorMap, besides its elements

/// Keys under which programs keep the state dictionary, in the order of preference.
constexpr const char* kModelKeys[] = {"model", "state_dict", "model_state_dict"};

class Reader {
public:
    Reader(ByteSource& source, PthParts parts)
        : name_(source.name()),
          parts_(parts),
          budget_(source.size(), source.name()),
          container_(open_pth_container(source, budget_)),
          pickle_(container_->pickle()) {}

    PthCheckpoint read() {
        PthCheckpoint result;
        result.model.source = result.other.source = name_;
        const PickleNode& root = pickle_[pickle_.root];
        if (root.kind == Kind::kObject)
            throw DataError(name_ + ": holds an object of class '" + root.text +
                            "', expected a dictionary of tensors (save the network's state_dict())");
        if (root.kind != Kind::kDict) throw DataError(name_ + ": holds no dictionary of tensors");
        const int model = find_model(root);
        flatten(model < 0 ? pickle_.root : model, "", 0, result.model);
        for (size_t i = 0; model >= 0 && i + 1 < root.items.size(); i += 2) {
            const int value = root.items[i + 1];
            result.keys.push_back(key_text(root.items[i]));
            budget_.spend(kEntryMemoryBytes, "its keys");
            if (value == model) continue;
            const Kind kind = pickle_[value].kind;
            const bool is_number = kind == Kind::kBool || kind == Kind::kInteger || kind == Kind::kReal;
            if (parts_ == PthParts::kAll || is_number) flatten(value, result.keys.back(), 1, result.other);
        }
        read_storages();
        if (result.model.tensors.empty()) throw DataError(name_ + ": holds no tensors");
        return result;
    }

private:
    /// A tensor that waits for its storage to be read.
    struct Waiting {
        TensorView view;
        HostTensor* tensor;
        std::string what;
    };

    int find_model(const PickleNode& root) const {
        for (const char* wanted : kModelKeys) {
            for (size_t i = 0; i + 1 < root.items.size(); i += 2) {
                if (pickle_[root.items[i]].text == wanted && pickle_[root.items[i + 1]].kind == Kind::kDict)
                    return root.items[i + 1];
            }
        }
        return -1;
    }

    std::string key_text(int index) const {
        const PickleNode& key = pickle_[index];
        if (key.kind == Kind::kInteger) return std::to_string(key.integer);
        if (key.kind != Kind::kText) return "?";
        if (key.text.size() > kNameLimit)
            throw DataError(name_ + ": a key of " + std::to_string(key.text.size()) + " bytes");
        return key.text;
    }

    HostTensor& put(TensorMap& map, const std::string& path, HostTensor tensor) {
        budget_.spend(kEntryMemoryBytes + static_cast<int64_t>(path.size() + tensor.bytes.size()),
                      "'" + path.substr(0, 80) + "'");
        const auto [entry, is_new] = map.tensors.emplace(path, std::move(tensor));
        if (!is_new) throw DataError(name_ + ": '" + path + "' is there twice");
        return entry->second;
    }

    void flatten(int index, const std::string& path, int depth, TensorMap& to) {
        budget_.spend(kVisitBytes, "values within values");
        if (depth > kMaxDepth || path.size() > kNameLimit)
            throw DataError(name_ + ": '" + path.substr(0, 80) + "' is nested too deeply or in circles");
        const PickleNode& node = pickle_[index];
        const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
        switch (node.kind) {
            case Kind::kTensor:
                expect_tensor(node, path, to);
                break;
            case Kind::kBool:
            case Kind::kInteger:
                put(to, path, HostTensor::scalar(node.integer));
                break;
            case Kind::kReal:
                put(to, path, HostTensor::scalar(node.real));
                break;
            case Kind::kDict:
                for (size_t i = 0; i + 1 < node.items.size(); i += 2)
                    flatten(node.items[i + 1], below(key_text(node.items[i])), depth + 1, to);
                break;
            case Kind::kTuple:
            case Kind::kList:
                if (all_integers(node)) {
                    budget_.spend(static_cast<int64_t>(node.items.size()) * 16, "lists of numbers");
                    std::vector<int64_t> values;
                    values.reserve(node.items.size());
                    for (const int item : node.items) values.push_back(pickle_[item].integer);
                    put(to, path, HostTensor::from<int64_t>({static_cast<int64_t>(values.size())}, values));
                    break;
                }
                for (size_t i = 0; i < node.items.size(); ++i)
                    flatten(node.items[i], below(std::to_string(i)), depth + 1, to);
                break;
            case Kind::kObject:
                if (node.text.starts_with("torch._utils _rebuild") || node.text.starts_with("torch._tensor"))
                    throw DataError(name_ + ": tensor '" + path + "' is of a kind that is not read here (" + node.text +
                                    ")");
                break;
            case Kind::kNone:
            case Kind::kText:
            case Kind::kGlobal:
            case Kind::kStorage:
                break;
        }
    }

    bool all_integers(const PickleNode& node) {
        budget_.spend(static_cast<int64_t>(node.items.size()), "lists");
        return !node.items.empty() && std::all_of(node.items.begin(), node.items.end(),
                                                  [&](int item) { return pickle_[item].kind == Kind::kInteger; });
    }

    void expect_tensor(const PickleNode& node, const std::string& path, TensorMap& to) {
        const std::string what = name_ + ": tensor '" + path + "'";
        const PickleNode& storage = pickle_[node.items[0]];
        TensorView view;
        view.dtype = dtype_of_storage(pickle_[storage.items[0]].text, what);
        for (const int size : pickle_[node.items[2]].items) view.shape.push_back(pickle_[size].integer);
        for (const int stride : pickle_[node.items[3]].items) view.strides.push_back(pickle_[stride].integer);
        view.offset = pickle_[node.items[1]].integer;
        view.storage_elements = storage.integer;
        view.check(what);
        HostTensor& tensor = put(to, path, HostTensor());
        waiting_[storage.text].push_back({std::move(view), &tensor, what});
    }

    void read_storages() {
        for (auto& [key, tensors] : waiting_) {
            int64_t needed = 0;
            for (const Waiting& each : tensors) {
                const auto size = static_cast<int64_t>(dtype_size(each.view.dtype));
                if (each.view.storage_elements > INT64_MAX / size)
                    throw DataError(each.what + ": a storage of " + std::to_string(each.view.storage_elements) +
                                    " elements");
                needed = std::max(needed, each.view.storage_elements * size);
            }
            std::vector<std::byte> bytes = container_->storage(key, needed, tensors.front().what);
            const Waiting& first = tensors.front();
            if (tensors.size() == 1 && first.view.is_whole_storage()) {
                bytes.resize(static_cast<size_t>(needed));
                first.tensor->dtype = first.view.dtype;
                first.tensor->shape = first.view.shape;
                first.tensor->bytes = std::move(bytes);
                continue;
            }
            for (const Waiting& each : tensors) {
                budget_.spend(each.view.size_bytes(), each.what);
                *each.tensor = each.view.copy_from(bytes);
            }
        }
    }

    const std::string& name_;
    const PthParts parts_;
    MemoryBudget budget_;
    std::unique_ptr<PthContainer> container_;
    const Pickle& pickle_;
    std::map<std::string, std::vector<Waiting>> waiting_;
};

}  // namespace

PthCheckpoint read_pth(const std::string& path, PthParts parts) {
    FileSource source(path);
    return Reader(source, parts).read();
}

PthCheckpoint parse_pth(const void* data, size_t size_bytes, const std::string& name, PthParts parts) {
    MemorySource source(data, size_bytes, name);
    return Reader(source, parts).read();
}

}  // namespace f8net
