// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pth_container.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "core/base/error.h"
#include "core/tensorfile/zip_archive.h"

namespace f8net {

namespace {

using Kind = PickleNode::Kind;

constexpr std::string_view kZipMark = "PK\x03\x04";
/// Protocol 2, the number 0x1950a86a20f9469cfc6c, stop.
constexpr std::string_view kLegacyMark = "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

class ZipContainer final : public PthContainer {
public:
    ZipContainer(ByteSource& source, MemoryBudget& budget) : name_(source.name()), archive_(source, budget) {
        const std::string data = find_data();
        prefix_ = data.substr(0, data.size() - kDataName.size());
        if (archive_.contains(prefix_ + "constants.pkl"))
            throw DataError(name_ + ": a TorchScript program, which is not run here: save its state_dict() instead");
        check_byte_order();
        const std::vector<std::byte> bytes = archive_.read(data);
        MemorySource pickle(bytes.data(), bytes.size(), name_ + ": " + data);
        pickle_ = parse_pickle(pickle, 0, budget);
    }

    std::vector<std::byte> storage(const std::string& key, int64_t size_bytes, const std::string& what) override {
        const std::string entry = prefix_ + "data/" + key;
        if (!archive_.contains(entry)) throw DataError(what + ": its storage '" + entry + "' is missing");
        std::vector<std::byte> bytes = archive_.read(entry);
        if (static_cast<int64_t>(bytes.size()) < size_bytes)
            throw DataError(what + ": its storage '" + entry + "' has " + std::to_string(bytes.size()) +
                            " bytes, expected " + std::to_string(size_bytes));
        return bytes;
    }

private:
    static constexpr std::string_view kDataName = "data.pkl";

    std::string find_data() const {
        std::string found;
        for (const auto& [entry, info] : archive_.entries()) {
            if (entry != kDataName && !entry.ends_with("/" + std::string(kDataName))) continue;
            if (!found.empty()) throw DataError(name_ + ": holds both '" + found + "' and '" + entry + "'");
            found = entry;
        }
        if (found.empty()) throw DataError(name_ + ": a zip file without data.pkl: no PyTorch checkpoint");
        return found;
    }
    void check_byte_order() const {
        if (!archive_.contains(prefix_ + "byteorder")) return;
        const auto bytes = archive_.read(prefix_ + "byteorder");
        if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) != "little")
            throw DataError(name_ + ": tensors are not in little-endian byte order");
    }

    const std::string& name_;
    ZipArchive archive_;
    std::string prefix_;
};

class LegacyContainer final : public PthContainer {
public:
    LegacyContainer(ByteSource& source, MemoryBudget& budget) : source_(source), budget_(budget) {
        int64_t at = static_cast<int64_t>(kLegacyMark.size());
        const Pickle protocol = next(at);
        if (protocol[protocol.root].kind != Kind::kInteger || protocol[protocol.root].integer != kProtocol)
            throw DataError(source.name() + ": not of protocol 1001, the only one before PyTorch 1.6");
        check_byte_order(next(at));
        pickle_ = next(at);
        const Pickle keys = next(at);
        find_storages(keys, at);
    }

    std::vector<std::byte> storage(const std::string& key, int64_t size_bytes, const std::string& what) override {
        const auto found = places_.find(key);
        if (found == places_.end()) throw DataError(what + ": its storage '" + key + "' is missing");
        const Place& place = found->second;
        if (place.size_bytes < size_bytes)
            throw DataError(what + ": its storage '" + key + "' has " + std::to_string(place.size_bytes) +
                            " bytes, expected " + std::to_string(size_bytes));
        budget_.spend(place.size_bytes, what);
        std::vector<std::byte> bytes(static_cast<size_t>(place.size_bytes));
        source_.read(place.offset, bytes.data(), bytes.size());
        return bytes;
    }

private:
    static constexpr int64_t kProtocol = 1001;
    struct Place {
        int64_t offset = 0, size_bytes = 0;
    };

    Pickle next(int64_t& at) {
        Pickle pickle = parse_pickle(source_, at, budget_);
        at = pickle.end;
        return pickle;
    }
    void check_byte_order(const Pickle& machine) const {
        const std::vector<int>& items = machine[machine.root].items;
        for (size_t i = 0; i + 1 < items.size(); i += 2) {
            if (machine[items[i]].text == "little_endian" && machine[items[i + 1]].integer == 0)
                throw DataError(source_.name() + ": tensors are not in little-endian byte order");
        }
    }
    /// Each storage is its number of elements and their bytes, in the order of the keys.
    void find_storages(const Pickle& keys, int64_t at) {
        std::map<std::string, std::string> types;
        for (const PickleNode& node : pickle_.nodes) {
            if (node.kind == Kind::kStorage) types[node.text] = pickle_[node.items[0]].text;
        }
        if (keys[keys.root].kind != Kind::kList) throw DataError(source_.name() + ": no list of storages");
        for (const int item : keys[keys.root].items) {
            const std::string& key = keys[item].text;
            const std::string what = source_.name() + ": storage '" + key.substr(0, 80) + "'";
            const auto type = types.find(key);
            if (type == types.end()) throw DataError(what + " belongs to no tensor");
            const auto size = static_cast<int64_t>(dtype_size(dtype_of_storage(type->second, what)));
            int64_t elements = 0;
            source_.read(at, &elements, sizeof elements);
            at += static_cast<int64_t>(sizeof elements);
            if (elements < 0 || elements > (source_.size() - at) / size)
                throw DataError(what + " of " + std::to_string(elements) +
                                " elements is outside the file (truncated?)");
            if (!places_.emplace(key, Place{at, elements * size}).second) throw DataError(what + " is there twice");
            at += elements * size;
        }
    }

    ByteSource& source_;
    MemoryBudget& budget_;
    std::map<std::string, Place> places_;
};

}  // namespace

DType dtype_of_storage(const std::string& type, const std::string& what) {
    static const std::map<std::string_view, DType> kTypes = {
        {"DoubleStorage", DType::kF64},   {"FloatStorage", DType::kF32}, {"HalfStorage", DType::kF16},
        {"LongStorage", DType::kI64},     {"IntStorage", DType::kI32},   {"ShortStorage", DType::kI16},
        {"CharStorage", DType::kI8},      {"ByteStorage", DType::kU8},   {"BoolStorage", DType::kBool},
        {"BFloat16Storage", DType::kBF16}};
    std::string_view name = type;
    for (const std::string_view module : {"torch ", "torch.cuda "}) {
        if (name.starts_with(module)) name.remove_prefix(module.size());
    }
    const auto found = kTypes.find(name);
    if (found == kTypes.end()) throw DataError(what + ": elements of type '" + type + "' are not known");
    return found->second;
}

bool begins_as_pth(const unsigned char* head, size_t size_bytes) {
    const std::string_view text(reinterpret_cast<const char*>(head), size_bytes);
    // Any pickle: what is not of the two forms gets a better message than "no checkpoint".
    return text.starts_with(kZipMark) || (size_bytes > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5);
}

std::unique_ptr<PthContainer> open_pth_container(ByteSource& source, MemoryBudget& budget) {
    char head[kLegacyMark.size()] = {};
    const auto size = static_cast<size_t>(std::min<int64_t>(source.size(), sizeof head));
    source.read(0, head, size);
    const std::string_view text(head, size);
    if (text == kLegacyMark) return std::make_unique<LegacyContainer>(source, budget);
    if (size > 0 && text.front() == '\x80')
        throw DataError(source.name() + ": a pickle that torch.save has not written: no PyTorch checkpoint");
    return std::make_unique<ZipContainer>(source, budget);
}

}  // namespace f8net
