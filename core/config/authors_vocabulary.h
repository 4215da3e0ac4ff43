// SPDX-License-Identifier: Apache-2.0
/// The flat YAML vocabulary of the method's authors, translated: the table (authors_keys.h) says for each key what its
/// value must be and which of our options it sets; what several keys decide together (numeric mode, format policy,
/// weights to start from) is combined here. What a file does not say gets the original's default, not ours.
/// Source   method.md 6 and 7.
#pragma once

#include "core/config/experiment_document.h"
#include "core/config/yaml_tree.h"

namespace f8net {

/// A map with at least one key that only the authors have, and no section of ours.
bool is_authors_vocabulary(const YamlNode& root);

/// Fills experiment, origins, notes and authors_only of `document`. Errors: ConfigError with place, key and nearest
/// known key.
void translate_authors(const YamlNode& root, ExperimentDocument& document);

}  // namespace f8net
