// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_measurement.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <map>

#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {

namespace {

Ratio ratio_of(const Timing& before, const Timing& after) {
    Ratio ratio{before.least, after.least};
    ratio.ratio = after.least / before.least;
    ratio.noise = (1 + before.noise()) * (1 + after.noise()) - 1;
    ratio.exceeds_noise = std::abs(std::log(ratio.ratio)) > std::log1p(ratio.noise);
    return ratio;
}

Json to_json(const std::optional<Ratio>& ratio) {
    if (!ratio) return nullptr;
    return {{"before_ms", ratio->before},
            {"after_ms", ratio->after},
            {"ratio", ratio->ratio},
            {"noise", ratio->noise},
            {"exceeds_noise", ratio->exceeds_noise}};
}

std::string verdict(const Ratio& ratio) {
    if (!ratio.exceeds_noise) return "within the noise";
    return ratio.ratio < 1 ? fmt::format("{:.2f}x faster", 1 / ratio.ratio)
                           : fmt::format("{:.2f}x slower", ratio.ratio);
}

Timing timing_from(const Json& value) {
    return {value.at("min").get<double>(), value.at("median").get<double>()};
}

}  // namespace

Timing timing_of(std::vector<double> rounds) {
    std::sort(rounds.begin(), rounds.end());
    return {rounds.front(), rounds[rounds.size() / 2]};
}

BenchMeasurement bench_measurement(const Json& document, const std::string& source) {
    try {
        BenchMeasurement measurement;
        measurement.subject = document.at("subject").get<std::string>();
        measurement.network = document.at("network").get<std::string>();
        measurement.path = document.at("path").get<std::string>();
        measurement.processor = document.at("machine").at("processor").get<std::string>();
        const Json& versions = document.at("versions");
        measurement.versions = versions.at("f8net").get<std::string>() + " " + versions.at("commit").get<std::string>();
        measurement.batch = document.at("batch").get<int>();
        measurement.threads = document.at("threads").get<int>();
        measurement.rounds = document.at("rounds").get<int>();
        measurement.macs = document.at("macs").get<int64_t>();
        measurement.ms = timing_from(document.at("ms"));
        if (!(measurement.ms.least > 0)) throw DataError(source + ": it took no time");
        for (const Json& layer : document.at("layers")) {
            measurement.layers.push_back({layer.at("name").get<std::string>(),
                                          {layer.at("ms").get<double>(), layer.at("median_ms").get<double>()}});
        }
        return measurement;
    } catch (const Json::exception& error) {
        throw DataError(source + " is no measurement of 'f8net bench --json': " + error.what());
    }
}

Json read_bench_document(const std::string& path) {
    try {
        return Json::parse(read_text_file(path));
    } catch (const Json::exception& error) {
        throw DataError(path + " is no measurement of 'f8net bench --json': " + error.what());
    }
}

BenchComparison compare_measurements(const BenchMeasurement& before, const BenchMeasurement& after) {
    BenchComparison comparison;
    comparison.total = ratio_of(before.ms, after.ms);
    std::map<std::string, Timing> old_layers;
    for (const BenchLayer& layer : before.layers) old_layers[layer.name] = layer.ms;
    const auto add = [&](const std::string& name, const Timing& then, const Timing& now) {
        std::optional<Ratio> ratio;
        if (then.least > 0 && now.least > 0) ratio = ratio_of(then, now);
        comparison.layers.push_back({name, ratio});
    };
    for (const BenchLayer& layer : after.layers) {
        const auto found = old_layers.find(layer.name);
        add(layer.name, found == old_layers.end() ? Timing() : found->second, layer.ms);
        if (found != old_layers.end()) old_layers.erase(found);
    }
    for (const BenchLayer& layer : before.layers) {
        if (old_layers.contains(layer.name)) add(layer.name, layer.ms, {});
    }
    const auto compare = [&](const char* what, const auto& then, const auto& now) {
        if (then != now) comparison.differences.push_back(fmt::format("{}: {}, now {}", what, then, now));
    };
    compare("network", before.network, after.network);
    compare("multiplications", before.macs, after.macs);
    compare("processor", before.processor, after.processor);
    compare("path", before.path, after.path);
    compare("threads", before.threads, after.threads);
    compare("batch", before.batch, after.batch);
    compare("version", before.versions, after.versions);
    return comparison;
}

Json to_json(const BenchComparison& comparison) {
    Json layers = Json::array();
    for (const auto& [name, ratio] : comparison.layers) {
        Json layer = to_json(ratio);
        if (layer.is_null())
            layer = {{"before_ms", nullptr},
                     {"after_ms", nullptr},
                     {"ratio", nullptr},
                     {"noise", nullptr},
                     {"exceeds_noise", nullptr}};
        layer["name"] = name;
        layers.push_back(std::move(layer));
    }
    return {{"total", to_json(std::optional(comparison.total))},
            {"layers", layers},
            {"differences", comparison.differences}};
}

std::string comparison_text(const BenchComparison& comparison) {
    std::string text;
    for (const std::string& difference : comparison.differences) text += "not the same, " + difference + "\n";
    TextTable table{"layer", ">before ms", ">ms", ">ratio", ">noise", "result"};
    const auto add = [&](const std::string& name, const Ratio& ratio) {
        table.add_row({name, format_number(ratio.before, 3), format_number(ratio.after, 3),
                       fmt::format("{:.3f}", ratio.ratio), fmt::format("{:.1f} %", 100 * ratio.noise), verdict(ratio)});
    };
    for (const auto& [name, ratio] : comparison.layers) {
        if (ratio) add(name, *ratio);
    }
    add("total", comparison.total);
    return text + table.text();
}

}  // namespace f8net
