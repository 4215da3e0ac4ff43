// SPDX-License-Identifier: Apache-2.0
#include "core/pretrained/recognition.h"

#include <algorithm>

namespace f8net {

namespace {

bool is_of(const NamingScheme& scheme, const std::string& origin) {
    return origin == "auto" || std::find(scheme.origins.begin(), scheme.origins.end(), origin) != scheme.origins.end();
}

bool is_of_family(const NamingScheme& scheme, const std::string& architecture) {
    return scheme.family.empty() || scheme.family == family_of(architecture);
}

/// Weights of modules below one of the blocks that are none of `known`. A batch norm has a running mean.
std::vector<std::string> find_strange(const std::vector<std::string>& blocks, const std::set<std::string>& known,
                                      const std::set<std::string>& keys) {
    constexpr const char* kWeight = ".weight";
    std::vector<std::string> strange;
    for (const std::string& block : blocks) {
        const std::string prefix = block + ".";
        for (auto key = keys.lower_bound(prefix); key != keys.end() && key->starts_with(prefix); ++key) {
            if (!key->ends_with(kWeight) || known.contains(*key)) continue;
            const std::string module = key->substr(0, key->size() - std::string(kWeight).size());
            if (!keys.contains(module + ".running_mean")) strange.push_back(*key);
        }
    }
    return strange;
}

}  // namespace

bool SchemeFit::is_whole(const LayerGraph& graph) const {
    return found == static_cast<int>(modules.size()) && static_cast<int>(blocks.size()) == count_blocks(graph) &&
           strange.empty();
}

SchemeFit fit_scheme(const NamingScheme& scheme, const LayerGraph& graph, const std::set<std::string>& keys) {
    SchemeFit fit;
    fit.scheme = &scheme;
    fit.blocks = find_blocks(scheme, keys);
    fit.modules = modules_of(scheme, graph, fit.blocks);
    std::set<std::string> known;
    for (const ModulePair& module : fit.modules) {
        if (module.conv.empty()) continue;
        const std::string weight = module.conv + ".weight";
        fit.found += keys.contains(weight) ? 1 : 0;
        known.insert(weight);
    }
    fit.strange = find_strange(fit.blocks, known, keys);
    return fit;
}

SchemeFit best_fit(const LayerGraph& graph, const std::set<std::string>& keys, const std::string& origin) {
    SchemeFit best;
    for (const NamingScheme& scheme : naming_schemes()) {
        if (!is_of(scheme, origin) || !is_of_family(scheme, graph.architecture)) continue;
        SchemeFit fit = fit_scheme(scheme, graph, keys);
        if (best.scheme == nullptr || fit.found > best.found) best = std::move(fit);
    }
    return best;
}

std::string architecture_by_keys(const std::set<std::string>& keys) {
    for (const std::string& architecture : known_architectures()) {
        ArchitectureOptions options;
        options.architecture = architecture;
        const LayerGraph graph = make_layer_graph(options);
        const SchemeFit fit = best_fit(graph, keys, "auto");
        if (fit.is_whole(graph)) return architecture + " as " + fit.scheme->origins.front() + " names it";
    }
    return {};
}

std::string origin_text(const NamingScheme& scheme) {
    std::string text = scheme.origins.front();
    for (size_t i = 1; i < scheme.origins.size(); ++i) text += (i == 1 ? " (also " : ", ") + scheme.origins[i];
    return text + (scheme.origins.size() > 1 ? ")" : "");
}

}  // namespace f8net
