// SPDX-License-Identifier: Apache-2.0
/// The flat YAML vocabulary of the method's authors, translated: one table row per key says what its value must be and
/// which of our options it sets; what several keys decide together (numeric mode, format policy, weights to start from)
/// is combined after. Source   method.md 6 and 7.
#pragma once

#include <string>
#include <vector>

#include "core/config/experiment_document.h"
#include "core/config/yaml_tree.h"

namespace f8net {

enum class AuthorsKeyEffect {
    kDirect,    ///< sets one option of ours
    kCombined,  ///< decides together with others
    kNone,      ///< without effect in the original, or here, where another rule covers it
    kKept,      ///< for others to read: ExperimentDocument::authors_only
};

/// A row, for documentation and tests.
struct AuthorsKeySummary {
    std::string key;
    AuthorsKeyEffect effect;
    std::string ours;  ///< our key, or why there is none
};
std::vector<AuthorsKeySummary> authors_keys();

/// A map with at least one key that only the authors have, and no section of ours.
bool is_authors_vocabulary(const YamlNode& root);

/// Fills experiment, origins, notes and authors_only of `document`. Errors: ConfigError with place, key and nearest
/// known key.
void translate_authors(const YamlNode& root, ExperimentDocument& document);

}  // namespace f8net
