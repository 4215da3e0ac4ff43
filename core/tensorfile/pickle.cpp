// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pickle.h"

#include <bit>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/tensorfile/byte_cursor.h"
#include "core/tensorfile/pickle_opcodes.h"

namespace f8net {

namespace {

using Kind = PickleNode::Kind;
using namespace pickle_opcode;

constexpr size_t kDimensionLimit = 64;
constexpr size_t kNameLimit = 256;  // of a class, a module, a storage's key
// What one more value, reference and mark cost in memory, growth of their tables included.
constexpr int64_t kNodeBytes = sizeof(PickleNode) + 16, kReferenceBytes = 8, kMarkBytes = 16;

class Parser {
public:
    Parser(ByteSource& source, int64_t offset, MemoryBudget& budget)
        : cursor_(source, offset), name_(source.name()), budget_(budget), memo_limit_(source.size()) {}

    Pickle parse() {
        while (true) {
            start_ = cursor_.at();
            const auto opcode = number<uint8_t>();
            if (opcode == kStop) break;
            if (!scalar(opcode) && !container(opcode) && !memo(opcode) && !object(opcode))
                fail("opcode " + std::to_string(opcode) + " is not one of a tensor file");
        }
        result_.root = pop();
        result_.end = cursor_.at();
        return std::move(result_);
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(name_ + ": byte " + std::to_string(start_) + ": " + what);
    }
    void spend(int64_t bytes) { budget_.spend(bytes, "the pickle's values"); }
    void need(uint64_t count) const {
        if (cursor_.left() < 0 || count > static_cast<uint64_t>(cursor_.left())) fail("the pickle ends early");
    }
    template <typename T>
    T number() {
        need(sizeof(T));
        T value;
        cursor_.copy(&value, sizeof value);
        return value;
    }
    std::string text(uint64_t count) {
        need(count);
        spend(static_cast<int64_t>(count));
        std::string result(count, '\0');
        cursor_.copy(result.data(), count);
        return result;
    }
    std::string line() {
        std::string result;
        for (char c = number<char>(); c != '\n'; c = number<char>()) {
            if (result.size() == kNameLimit) fail("a name of more than " + std::to_string(kNameLimit) + " bytes");
            result += c;
        }
        return result;
    }

    PickleNode& node(int index) { return result_.nodes[static_cast<size_t>(index)]; }
    int make(Kind kind) {
        spend(kNodeBytes);
        if (result_.nodes.size() >= INT32_MAX) fail("too many values");
        result_.nodes.emplace_back().kind = kind;
        return static_cast<int>(result_.nodes.size()) - 1;
    }
    void push(int index) {
        spend(kReferenceBytes);
        stack_.push_back(index);
    }
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
    const std::string& short_text(int index, const char* what) {
        const std::string& found = expect(index, Kind::kText, what).text;
        if (found.size() > kNameLimit)
            fail(std::string(what) + " of more than " + std::to_string(kNameLimit) + " bytes");
        return found;
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
                spend(kMarkBytes);
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
        spend(static_cast<int64_t>(items.size()) * kReferenceBytes);
        to.items.insert(to.items.end(), items.begin(), items.end());
    }

    bool memo(uint8_t opcode) {
        switch (opcode) {
            case kBinPut:
                remember(number<uint8_t>());
                return true;
            case kLongBinPut:
                remember(number<uint32_t>());
                return true;
            case kMemoize:
                remember(static_cast<uint32_t>(memo_.size()));
                return true;
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
    void remember(uint32_t index) {
        // Numbered from 0 on by those who write pickles, so never beyond the number of bytes.
        if (index >= memo_limit_) fail("memo entry " + std::to_string(index) + " in so short a file");
        if (index >= memo_.size()) {
            spend((index + 1 - static_cast<int64_t>(memo_.size())) * kReferenceBytes);
            memo_.resize(index + 1, -1);
        }
        memo_[index] = top();
    }
    void recall(uint32_t index) {
        if (index >= memo_.size() || memo_[index] < 0) fail("no memo entry " + std::to_string(index));
        push(memo_[index]);
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
                number<uint64_t>();
                return true;
            case kGlobal: {
                const std::string module = line();
                const std::string name = line();
                push_new(Kind::kGlobal).text = module + " " + name;
                return true;
            }
            case kStackGlobal: {
                const std::string name = short_text(pop(), "a name");
                const std::string module = short_text(pop(), "a module's name");
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
                const int type_node = pop();
                const std::string type = node(type_node).kind == Kind::kGlobal ? node(type_node).text : std::string();
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
        const std::vector<int>& given = expect(arguments, Kind::kTuple, "a tuple of arguments").items;
        if (name == "collections OrderedDict") {
            ordered_dictionary(given);
        } else if (name == "torch._utils _rebuild_tensor_v2" || name == "torch._utils _rebuild_tensor") {
            tensor(given);
        } else if (name == "torch._utils _rebuild_parameter" && !given.empty()) {
            push(given[0]);
        } else if (name == "torch._tensor _rebuild_from_type_v2" && given.size() >= 3 &&
                   node(given[2]).kind == Kind::kTuple && node(given[0]).text != name) {
            reduce(given[0], given[2]);  // a tensor with attributes, which are left behind
        } else {
            push_new(Kind::kObject).text = name;
        }
    }
    void ordered_dictionary(const std::vector<int>& given) {
        push_new(Kind::kDict);
        if (given.empty()) return;
        const std::vector<int>& pairs = expect(given[0], Kind::kList, "a list of pairs").items;
        for (size_t i = 0; i < pairs.size(); ++i) {
            const PickleNode& pair = node(pairs[i]);
            if (pair.items.size() != 2 || (pair.kind != Kind::kTuple && pair.kind != Kind::kList))
                fail("expected a pair");
            add({pair.items[0], pair.items[1]}, true);
        }
    }
    void tensor(const std::vector<int>& given) {
        if (given.size() < 4) fail("a tensor needs storage, offset, sizes and strides");
        expect(given[0], Kind::kStorage, "a tensor's storage");
        expect(given[1], Kind::kInteger, "a tensor's offset");
        for (const size_t i : {size_t{2}, size_t{3}}) {
            const std::vector<int>& sizes = expect(given[i], Kind::kTuple, "a tensor's sizes").items;
            if (sizes.size() > kDimensionLimit) fail("a tensor of " + std::to_string(sizes.size()) + " dimensions");
            for (const int size : sizes) expect(size, Kind::kInteger, "a tensor's size");
        }
        push_new(Kind::kTensor).items.assign(given.begin(), given.begin() + 4);
    }

    /// ("storage", type, key, location, elements), in old files also None for "not a view of another storage". The
    /// location (cpu, cuda:0) does not matter here.
    void storage(int id) {
        const std::vector<int>& parts = expect(id, Kind::kTuple, "a storage's description").items;
        if (parts.size() < 5 || parts.size() > 6 || node(parts[0]).text != "storage")
            fail("expected a storage's description");
        if (parts.size() == 6 && node(parts[5]).kind != Kind::kNone)
            fail("a storage that is a view of another one: save the file again with a newer PyTorch");
        expect(parts[1], Kind::kGlobal, "a storage's type");
        const std::string key = short_text(parts[2], "a storage's key");
        const int64_t count = expect(parts[4], Kind::kInteger, "a storage's size").integer;
        if (count < 0) fail("a storage of " + std::to_string(count) + " elements");
        const int type = parts[1];
        PickleNode& made = push_new(Kind::kStorage);
        made.text = key;
        made.integer = count;
        made.items = {type};
    }

    ByteCursor cursor_;
    const std::string& name_;
    MemoryBudget& budget_;
    const int64_t memo_limit_;
    int64_t start_ = 0;  // of the opcode at hand
    Pickle result_;
    std::vector<int> stack_;
    std::vector<size_t> marks_;
    std::vector<int> memo_;  // -1: no such entry
};

}  // namespace

Pickle parse_pickle(ByteSource& source, int64_t offset, MemoryBudget& budget) {
    return Parser(source, offset, budget).parse();
}

}  // namespace f8net
