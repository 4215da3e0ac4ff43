// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pickle.h"

#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "core/base/error.h"

namespace f8net {

namespace {

using Kind = PickleNode::Kind;

/// The opcodes that torch.save and plain containers need (Python's pickletools documents all of them).
enum Opcode : uint8_t {
    kMark = '(',
    kStop = '.',
    kPop = '0',
    kPopMark = '1',
    kDup = '2',
    kNone = 'N',
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kBinInt = 'J',
    kBinInt1 = 'K',
    kBinInt2 = 'M',
    kLong1 = 0x8a,
    kLong4 = 0x8b,
    kBinFloat = 'G',
    kBinUnicode = 'X',
    kShortBinUnicode = 0x8c,
    kBinUnicode8 = 0x8d,
    kBinString = 'T',
    kShortBinString = 'U',
    kBinBytes = 'B',
    kShortBinBytes = 'C',
    kBinBytes8 = 0x8e,
    kEmptyTuple = ')',
    kTuple = 't',
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kEmptyList = ']',
    kAppend = 'a',
    kAppends = 'e',
    kEmptyDict = '}',
    kSetItem = 's',
    kSetItems = 'u',
    kEmptySet = 0x8f,
    kAddItems = 0x90,
    kFrozenSet = 0x91,
    kBinGet = 'h',
    kLongBinGet = 'j',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kMemoize = 0x94,
    kGlobal = 'c',
    kStackGlobal = 0x93,
    kReduce = 'R',
    kBuild = 'b',
    kNewObj = 0x81,
    kNewObjEx = 0x92,
    kBinPersId = 'Q',
    kProto = 0x80,
    kFrame = 0x95,
};

class Parser {
public:
    Parser(std::span<const std::byte> data, const std::string& name) : data_(data), name_(name) {}

    Pickle parse() {
        while (true) {
            start_ = at_;
            const auto opcode = static_cast<uint8_t>(take(1)[0]);
            if (opcode == kStop) break;
            if (!scalar(opcode) && !container(opcode) && !memo(opcode) && !object(opcode))
                fail("opcode " + std::to_string(opcode) + " is not one of a tensor file");
        }
        result_.root = pop();
        return std::move(result_);
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(name_ + ": byte " + std::to_string(start_) + ": " + what);
    }
    const std::byte* take(uint64_t count) {
        if (count > data_.size() - at_) fail("the pickle ends early");
        const std::byte* from = data_.data() + at_;
        at_ += count;
        return from;
    }
    template <typename T>
    T number() {
        T value;
        std::memcpy(&value, take(sizeof(T)), sizeof(T));
        return value;
    }
    std::string text(uint64_t count) {
        const std::byte* from = take(count);
        return std::string(reinterpret_cast<const char*>(from), count);
    }
    std::string line() {
        std::string result;
        for (char c = number<char>(); c != '\n'; c = number<char>()) result += c;
        return result;
    }

    PickleNode& node(int index) { return result_.nodes[static_cast<size_t>(index)]; }
    int make(Kind kind) {
        result_.nodes.emplace_back().kind = kind;
        return static_cast<int>(result_.nodes.size()) - 1;
    }
    void push(int index) { stack_.push_back(index); }
    PickleNode& push_new(Kind kind) {
        push(make(kind));
        return result_.nodes.back();
    }
    size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
    int top() const {
        if (stack_.size() <= floor()) fail("nothing on the stack");
        return stack_.back();
    }
    int pop() {
        const int index = top();
        stack_.pop_back();
        return index;
    }
    std::vector<int> pop_to_mark() {
        if (marks_.empty()) fail("no mark on the stack");
        std::vector<int> items(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
        stack_.resize(marks_.back());
        marks_.pop_back();
        return items;
    }
    PickleNode& expect(int index, Kind kind, const char* what) {
        if (node(index).kind != kind) fail(std::string("expected ") + what);
        return node(index);
    }

    bool scalar(uint8_t opcode) {
        switch (opcode) {
            case kNone:
                push_new(Kind::kNone);
                return true;
            case kNewTrue:
                push_new(Kind::kBool).integer = 1;
                return true;
            case kNewFalse:
                push_new(Kind::kBool);
                return true;
            case kBinInt:
                push_integer(number<int32_t>());
                return true;
            case kBinInt1:
                push_integer(number<uint8_t>());
                return true;
            case kBinInt2:
                push_integer(number<uint16_t>());
                return true;
            case kLong1:
                long_integer(number<uint8_t>());
                return true;
            case kLong4:
                long_integer(number<uint32_t>());
                return true;
            case kBinFloat:
                push_new(Kind::kReal).real = std::bit_cast<double>(__builtin_bswap64(number<uint64_t>()));
                return true;
            case kShortBinUnicode:
            case kShortBinString:
            case kShortBinBytes:
                push_text(number<uint8_t>());
                return true;
            case kBinUnicode:
            case kBinString:
            case kBinBytes:
                push_text(number<uint32_t>());
                return true;
            case kBinUnicode8:
            case kBinBytes8:
                push_text(number<uint64_t>());
                return true;
            default:
                return false;
        }
    }
    void push_integer(int64_t value) { push_new(Kind::kInteger).integer = value; }
    void push_text(uint64_t count) {
        std::string value = text(count);
        push_new(Kind::kText).text = std::move(value);
    }
    void long_integer(uint32_t count) {
        const std::string bytes = text(count);
        if (count > 8) {  // torch's magic numbers and the like: nothing that a checkpoint's tensors depend on
            push_new(Kind::kObject).text = "int";
            return;
        }
        uint64_t value = 0;
        for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
        if (count > 0 && count < 8 && (static_cast<uint8_t>(bytes.back()) & 0x80) != 0)
            value |= ~uint64_t{0} << (8 * count);
        push_integer(static_cast<int64_t>(value));
    }

    bool container(uint8_t opcode) {
        switch (opcode) {
            case kMark:
                marks_.push_back(stack_.size());
                return true;
            case kPop:
                pop();
                return true;
            case kPopMark:
                pop_to_mark();
                return true;
            case kDup:
                push(top());
                return true;
            case kEmptyTuple:
                push_new(Kind::kTuple);
                return true;
            case kTuple:
                tuple(pop_to_mark());
                return true;
            case kTuple1:
                last_as_tuple(1);
                return true;
            case kTuple2:
                last_as_tuple(2);
                return true;
            case kTuple3:
                last_as_tuple(3);
                return true;
            case kEmptyList:
            case kEmptySet:
                push_new(Kind::kList);
                return true;
            case kFrozenSet: {
                std::vector<int> items = pop_to_mark();
                push_new(Kind::kList).items = std::move(items);
                return true;
            }
            case kEmptyDict:
                push_new(Kind::kDict);
                return true;
            case kAppend:
                add({pop()}, false);
                return true;
            case kAppends:
            case kAddItems:
                add(pop_to_mark(), false);
                return true;
            case kSetItem: {
                const int value = pop();
                const int key = pop();
                add({key, value}, true);
                return true;
            }
            case kSetItems:
                add(pop_to_mark(), true);
                return true;
            default:
                return false;
        }
    }
    void tuple(std::vector<int> items) { push_new(Kind::kTuple).items = std::move(items); }
    void last_as_tuple(size_t count) {
        std::vector<int> items(count);
        for (size_t i = count; i > 0; --i) items[i - 1] = pop();
        tuple(std::move(items));
    }
    void add(const std::vector<int>& items, bool is_dict) {
        PickleNode& to = node(top());
        if (is_dict && items.size() % 2 != 0) fail("a dictionary's key without a value");
        if (to.kind == Kind::kObject) return;  // entries of an inert object
        if (to.kind != (is_dict ? Kind::kDict : Kind::kList))
            fail(is_dict ? "expected a dictionary" : "expected a list");
        to.items.insert(to.items.end(), items.begin(), items.end());
    }

    bool memo(uint8_t opcode) {
        switch (opcode) {
            case kBinPut:
                memo_[number<uint8_t>()] = top();
                return true;
            case kLongBinPut:
                memo_[number<uint32_t>()] = top();
                return true;
            case kMemoize: {
                const auto index = static_cast<uint32_t>(memo_.size());
                memo_[index] = top();
                return true;
            }
            case kBinGet:
                recall(number<uint8_t>());
                return true;
            case kLongBinGet:
                recall(number<uint32_t>());
                return true;
            default:
                return false;
        }
    }
    void recall(uint32_t index) {
        const auto found = memo_.find(index);
        if (found == memo_.end()) fail("no memo entry " + std::to_string(index));
        push(found->second);
    }

    bool object(uint8_t opcode) {
        switch (opcode) {
            case kProto: {
                const int version = number<uint8_t>();
                if (version < 2 || version > 5)
                    fail("pickle protocol " + std::to_string(version) + ", expected 2 to 5");
                return true;
            }
            case kFrame:
                take(8);
                return true;
            case kGlobal: {
                const std::string module = line();
                const std::string name = line();
                push_new(Kind::kGlobal).text = module + " " + name;
                return true;
            }
            case kStackGlobal: {
                const std::string name = expect(pop(), Kind::kText, "a name").text;
                const std::string module = expect(pop(), Kind::kText, "a module's name").text;
                push_new(Kind::kGlobal).text = module + " " + name;
                return true;
            }
            case kReduce: {
                const int arguments = pop();
                const int function = pop();
                reduce(function, arguments);
                return true;
            }
            case kNewObjEx:
                pop();
                [[fallthrough]];
            case kNewObj: {
                pop();
                const std::string type = node(pop()).text;
                push_new(type == "collections OrderedDict" ? Kind::kDict : Kind::kObject).text = type;
                return true;
            }
            case kBuild: {  // attributes of an object: kept nowhere, but there must be something to have them
                pop();
                top();
                return true;
            }
            case kBinPersId:
                storage(pop());
                return true;
            default:
                return false;
        }
    }

    void reduce(int function, int arguments) {
        const std::string name = node(function).kind == Kind::kGlobal ? node(function).text : std::string();
        const std::vector<int> given = expect(arguments, Kind::kTuple, "a tuple of arguments").items;
        if (name == "collections OrderedDict") {
            push_new(Kind::kDict);
            if (given.empty()) return;
            const std::vector<int> pairs = expect(given[0], Kind::kList, "a list of pairs").items;
            for (const int pair : pairs) {
                const std::vector<int> items = node(pair).items;
                if (items.size() != 2) fail("expected a pair");
                add(items, true);
            }
        } else if (name == "torch._utils _rebuild_tensor_v2" || name == "torch._utils _rebuild_tensor") {
            if (given.size() < 4) fail("a tensor needs storage, offset, sizes and strides");
            expect(given[0], Kind::kStorage, "a tensor's storage");
            expect(given[1], Kind::kInteger, "a tensor's offset");
            for (const size_t i : {size_t{2}, size_t{3}})
                for (const int size : expect(given[i], Kind::kTuple, "a tensor's sizes").items)
                    expect(size, Kind::kInteger, "a tensor's size");
            push_new(Kind::kTensor).items.assign(given.begin(), given.begin() + 4);
        } else if (name == "torch._utils _rebuild_parameter" && !given.empty()) {
            push(given[0]);
        } else {
            push_new(Kind::kObject).text = name;
        }
    }

    /// ("storage", type, key, location, elements); the location (cpu, cuda:0) does not matter here.
    void storage(int id) {
        const std::vector<int> parts = expect(id, Kind::kTuple, "a storage's description").items;
        if (parts.size() != 5 || node(parts[0]).text != "storage") fail("expected a storage's description");
        expect(parts[1], Kind::kGlobal, "a storage's type");
        const std::string key = expect(parts[2], Kind::kText, "a storage's key").text;
        const int64_t count = expect(parts[4], Kind::kInteger, "a storage's size").integer;
        if (count < 0) fail("a storage of " + std::to_string(count) + " elements");
        PickleNode& made = push_new(Kind::kStorage);
        made.text = key;
        made.integer = count;
        made.items = {parts[1]};
    }

    std::span<const std::byte> data_;
    const std::string& name_;
    size_t at_ = 0;
    size_t start_ = 0;  // of the opcode at hand
    Pickle result_;
    std::vector<int> stack_;
    std::vector<size_t> marks_;
    std::unordered_map<uint32_t, int> memo_;
};

}  // namespace

Pickle parse_pickle(std::span<const std::byte> data, const std::string& name) {
    // A value takes about a hundred bytes for each byte of the pickle at worst; nodes are counted in int.
    if (data.size() > (size_t{1} << 28))
        throw DataError(name + ": pickle of " + std::to_string(data.size()) + " bytes");
    return Parser(data, name).parse();
}

}  // namespace f8net
