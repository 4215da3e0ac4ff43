// SPDX-License-Identifier: Apache-2.0
/// The keys of the flat YAML files of the method's authors: what their values are, and which of our options they set.
/// Drives the translation (authors_vocabulary.h), `f8net config keys` and the table of docs/published-experiments.md.
/// Source   method.md 7.   Threads  a constant table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace f8net {

enum class AuthorsKeyType { kBool, kInt, kDouble, kText, kIntList, kAny };

enum class AuthorsKeyEffect {
    kDirect,    ///< sets one option of ours to the same value
    kCombined,  ///< another value of ours, or decides together with other keys
    kNone,      ///< without effect in the original, or here, where another rule covers it
    kKept,      ///< not used, but kept for others to read: ExperimentDocument::authors_only
};

struct AuthorsKey {
    const char* key;
    AuthorsKeyType type;
    AuthorsKeyEffect effect;
    const char* ours;  ///< the options that it sets, with ", " between them; empty for kNone and kKept
    const char* how;   ///< kDirect: empty; kCombined: what becomes of the value; else why it does nothing

    std::vector<std::string> options() const;  ///< `ours`, taken apart
};

std::span<const AuthorsKey> authors_keys();
const AuthorsKey* find_authors_key(std::string_view key);  ///< nullptr where there is none

/// The authors' keys that have a say in an option of ours; empty where it is new here.
std::vector<std::string> authors_keys_of(std::string_view option_key);

}  // namespace f8net
