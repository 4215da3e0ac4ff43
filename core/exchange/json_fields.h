// SPDX-License-Identifier: Apache-2.0
/// The fields of a JSON object of strangers, each of the kind and in the range that is expected. A field that is null
/// or missing is "not there".
/// Errors   DataError: place, key, what was expected and what is there.   Lifetime: the object must outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/units.h"
#include "core/exchange/json.h"
#include "core/fixedpoint/format.h"

namespace f8net {

/// A number, null (not a number), "Infinity" or "-Infinity"; empty: something else.
std::optional<double> json_number(const Json& value);

class JsonFields {
public:
    JsonFields(const Json& object, std::string place);  ///< DataError where it is no object

    [[noreturn]] void fail(const char* key, const std::string& what) const;
    bool has(const char* key) const;

    std::string text(const char* key) const;
    std::string text_or_empty(const char* key) const;
    std::string document(const char* key) const;  ///< a text as it is, an object as its JSON
    int64_t integer(const char* key, int64_t least, int64_t most) const;
    bool boolean(const char* key) const;
    double number(const char* key) const;  ///< may be NaN or infinite
    double finite(const char* key) const;
    double time(const char* key) const;  ///< seconds, 0 where not there
    std::optional<double> optional_number(const char* key) const;
    std::vector<int64_t> integers(const char* key, int64_t least, int64_t most, size_t longest) const;
    std::map<std::string, std::string> texts(const char* key) const;  ///< an object of texts
    Json array(const char* key) const;
    void for_each(const char* key, const std::function<void(const JsonFields&)>& action) const;  ///< objects of a list

    Step step(const char* key) const;
    Epoch epoch(const char* key) const;
    RunId run_id(const char* key) const;
    FixedPointFormat format(const char* key) const;  ///< "u8.6"

private:
    const Json& at(const char* key) const;  ///< null where missing

    const Json& object_;
    std::string place_;
};

}  // namespace f8net
