// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/analysis/analysis_figures.h"
#include "core/base/number_text.h"
#include "core/figure/svg_document.h"
#include "core/report/html.h"
#include "core/report/report.h"
#include "core/report/report_charts.h"
#include "core/report/report_style.h"

namespace f8net {
namespace {

const std::string kNone = "–";

std::string percent(double share) {
    return std::isfinite(share) ? share > 0 && share < 1e-4 ? "< 0.01 %"
                                  : share == 0              ? "0"
                                                            : format_percent(share)
                                : kNone;
}
std::string decibels(double db) {
    return std::isfinite(db) ? fmt::format("{:.1f}", db) : std::isinf(db) && db > 0 ? "exact" : kNone;
}
std::string number(double value) {
    return std::isfinite(value) ? format_number(value) : kNone;
}
/// "1 234 567" with thin spaces.
std::string grouped(int64_t value) {
    std::string text = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
        text.insert(static_cast<size_t>(at), "\u2009");
    return text;
}
/// "0.58 M", "1.82 G".
std::string large(int64_t value) {
    const auto number = static_cast<double>(value);
    return value >= 1'000'000'000 ? fmt::format("{:.2f} G", number / 1e9)
           : value >= 1'000'000   ? fmt::format("{:.2f} M", number / 1e6)
           : value >= 10'000      ? fmt::format("{:.1f} k", number / 1e3)
                                  : grouped(value);
}
std::string interval_of(const EvaluationRecord& it) {
    const Interval interval = top1_interval(it);
    return fmt::format("{:.2f} to {:.2f} %", 100 * interval.low, 100 * interval.high);
}

Inline format_cell(const FixedPointFormat& format) {
    return Inline::markup(fmt::format("<span class=\"fl fl{}\" title=\"{:.4g} to {:.4g}, step 2^-{}\">{}</span>",
                                      std::clamp(format.fractional_length, 0, 8), format.min_value(),
                                      format.max_value(), format.fractional_length, format.to_string()));
}
Inline format_cell(const std::optional<FixedPointFormat>& format) {
    return format ? format_cell(*format) : Inline(kNone);
}
Inline state_word(RunState state) {
    const char* color = state == RunState::kFinished                                ? "gain"
                        : state == RunState::kFailed                                ? "trouble"
                        : state == RunState::kCrashed || state == RunState::kPaused ? "warning"
                                                                                    : "neutral";
    return Inline::markup(fmt::format("<span class=\"state {}\">{}</span>", color, to_string(state)));
}

class Page {
public:
    explicit Page(const Report& report) : report_(report) {}

    std::string render() {
        add_accuracy();
        add_curves();
        add_formats();
        add_histograms();
        add_layers();
        add_verification();
        add_configuration();
        add_files();
        add_missing();
        const std::string first = facts(), title = escape_markup(report_.title);
        std::string page =
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            "content=\"width=device-width, initial-scale=1\">\n<meta name=\"generator\" content=\"F8Net "
            "Workbench " F8NET_VERSION "\">\n<title>" +
            title + " - F8Net report</title>\n<style>" + report_style() + "</style>\n</head>\n<body>\n<header>\n<h1>" +
            title + "</h1>\n<p class=\"dim\">" + subtitle() + "</p>\n" + cards() +
            "</header>\n<nav aria-label=\"Sections\"><ul>";
        for (const auto& [id, heading] : headings_)
            page += "<li><a href=\"#" + id + "\">" + escape_markup(heading) + "</a></li>";
        page += "</ul></nav>\n<main>\n" + first + body_ + "</main>\n<footer>Written " +
                escape_markup(format_time(report_.made_at)) +
                " by F8Net Workbench " F8NET_VERSION
                ". This file loads nothing and can be sent as it is.</footer>\n</body>\n</html>\n";
        return page;
    }

private:
    void begin(const std::string& id, const std::string& heading, const std::string& about) {
        headings_.emplace_back(id, heading);
        body_ += "<section id=\"" + id + "\" aria-labelledby=\"" + id + "-heading\">\n<h2 id=\"" + id + "-heading\">" +
                 escape_markup(heading) + "</h2>\n";
        if (!about.empty()) body_ += "<p class=\"dim\">" + escape_markup(about) + "</p>\n";
    }
    void end() { body_ += "</section>\n"; }
    void picture(const std::string& svg) { body_ += "<figure>" + svg + "</figure>\n"; }

    std::string subtitle() const {
        std::string text;
        const auto add = [&](const std::string& markup) { text += (text.empty() ? "" : " &middot; ") + markup; };
        if (report_.run) {
            add(state_word(report_.run->state).str());
            add(escape_markup(report_.run->model + " on " + report_.run->dataset));
            if (report_.run->started_at > 0) add("started " + escape_markup(format_time(report_.run->started_at)));
        } else if (!report_.architecture.empty()) {
            add(escape_markup(report_.architecture));
        }
        if (!report_.checkpoint.empty()) add("checkpoint " + escape_markup(report_.checkpoint));
        return text;
    }

    const EvaluationRecord* evaluation(const std::string& mode) const {
        for (const EvaluationRecord& it : report_.evaluations) {
            if (it.mode == mode) return &it;
        }
        return nullptr;
    }

    static std::string card(const std::string& name, const std::string& value, const std::string& note,
                            const char* color = "") {
        return "<div class=\"card\"><div class=\"name\">" + escape_markup(name) + "</div><div class=\"value " + color +
               "\">" + escape_markup(value) + "</div><div class=\"note\">" + escape_markup(note) + "</div></div>\n";
    }

    std::string cards() const {
        std::string text;
        for (const char* mode : {"float", "float-unclipped", "fake-quant", "integer-only"}) {
            if (const EvaluationRecord* it = evaluation(mode)) {
                text += card(std::string("top-1, ") + mode, percent(it->top1), "95 %: " + interval_of(*it));
            }
        }
        int64_t checked = 0, equal = 0;
        for (const VerifiedPath& path : report_.verified) {
            checked += path.skipped.empty() ? 1 : 0;
            equal += path.skipped.empty() && path.first_difference.empty() ? 1 : 0;
        }
        if (checked > 0) {
            text += card("same codes everywhere", equal == checked ? "verified" : "differs",
                         fmt::format("{} of {} paths equal the law", equal, checked),
                         equal == checked ? "gain" : "trouble");
        }
        if (!report_.layers.empty()) {
            int64_t parameters = 0, macs = 0;
            for (const LayerReport& layer : report_.layers) {
                parameters += layer.parameters;
                macs += layer.macs;
            }
            text += card("parameters", large(parameters), "8 bits each, biases 32");
            text += card("multiplications", large(macs), "8 bit x 8 bit, an image");
        }
        return text.empty() ? text : "<div class=\"cards\">\n" + text + "</div>\n";
    }

    std::string facts() {
        std::string rows;
        const auto add = [&](const char* name, const Inline& value) {
            if (!value.str().empty()) rows += std::string("<dt>") + name + "</dt><dd>" + value.str() + "</dd>\n";
        };
        if (report_.run) {
            const RunRecord& run = *report_.run;
            add("Run", run.id.text());
            add("State", Inline::markup(state_word(run.state).str() +
                                        (run.message.empty() ? "" : ": " + escape_markup(run.message))));
            add("Progress", fmt::format("epoch {} of {}, step {} of {}", run.epoch.value, run.total_epochs.value,
                                        grouped(run.step.value), grouped(run.total_steps.value)));
            add("Best", run.best_top1 ? percent(*run.best_top1) + " at epoch " + std::to_string(run.best_epoch.value)
                                      : std::string());
            add("Time",
                format_duration(run.duration_seconds) +
                    (report_.attempts.size() > 1 ? " in " + std::to_string(report_.attempts.size()) + " attempts"
                                                 : ""));
            add("Device", run.device + (run.owner.host.empty() ? "" : " on " + run.owner.host));
            add("Data",
                run.dataset + (run.dataset_fingerprint.empty() ? "" : ", fingerprint " + run.dataset_fingerprint));
            add("Experiment", run.experiment.empty() ? run.config_path : run.experiment);
            add("Parent", run.parent ? run.parent->text() + " " + run.parent_checkpoint : run.parent_checkpoint);
            std::string tags;
            for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ", ") + tag;
            add("Tags", tags);
            add("Note", run.note);
            add("Versions", versions(run.environment));
            add("Command",
                run.command.empty() ? Inline("") : Inline::markup("<code>" + escape_markup(run.command) + "</code>"));
        } else {
            add("Subject", report_.subject);
            add("Network", report_.architecture);
        }
        add("Checkpoint", report_.checkpoint);
        for (const ArtifactRecord& artifact : report_.artifacts) {
            if (artifact.is_checkpoint && artifact.role == report_.checkpoint)
                add("Checkpoint hash", "XXH3-128 " + artifact.hash);
        }
        headings_.emplace(headings_.begin(), "facts", "Facts");
        return "<section id=\"facts\" aria-labelledby=\"facts-heading\">\n<h2 id=\"facts-heading\">Facts</h2>\n<dl>" +
               rows + "</dl>\n</section>\n";
    }

    /// "f8net 0.1.0, libtorch 2.11.0, ..." of the environment's record.
    static std::string versions(const std::string& environment) {
        const auto json = nlohmann::json::parse(environment, nullptr, false);
        if (!json.is_object() || !json.contains("versions") || !json["versions"].is_object()) return {};
        std::string text;
        const auto add = [&](const std::string& name) {
            const auto found = json["versions"].find(name);
            if (found == json["versions"].end() || !found->is_string()) return;
            text += (text.empty() ? "" : ", ") + name + " " + found->get<std::string>();
        };
        for (const char* name : {"f8net", "commit", "libtorch", "compiler"}) add(name);
        return text;
    }

    void add_accuracy() {
        if (report_.evaluations.empty()) return;
        begin("accuracy", "Accuracy",
              "The same network computed in every way. Bars are 95 % intervals (Wilson) for the number of images; "
              "what lies inside them is not distinguishable.");
        picture(accuracy_picture(report_));
        HtmlTable table("Accuracy per mode", {"mode", ">top-1", ">95 % interval", ">top-5", ">loss", ">images",
                                              ">images/s", "split", "checkpoint"});
        for (const EvaluationRecord& it : report_.evaluations) {
            table.add_row({it.mode, percent(it.top1), interval_of(it), percent(it.top5),
                           it.loss ? number(*it.loss) : kNone, grouped(it.images),
                           it.images_per_second ? grouped(std::llround(*it.images_per_second)) : kNone, it.split,
                           it.checkpoint});
        }
        body_ += table.markup();
        for (const EvaluationRecord& it : report_.evaluations) {
            if (!it.integer_modes_agree) continue;
            body_ += *it.integer_modes_agree
                         ? "<p><span class=\"gain\">The integer modes agree</span> in every code of every layer.</p>\n"
                         : "<p><span class=\"trouble\">The integer modes differ.</span> f8net verify names the layer "
                           "and the element.</p>\n";
            break;
        }
        end();
    }

    void add_curves() {
        const Figure figure = curves_figure(report_);
        if (figure.charts.empty()) return;
        begin("curves", "Curves", {});
        picture(render_svg(figure, {false, "curves-"}));
        end();
    }

    void add_formats() {
        const bool has_profiles = !report_.profiles.empty();
        if (report_.formats.empty() && !has_profiles) return;
        begin(
            "formats", "Formats over the depth",
            "The fractional length is the number of bits right of the binary point: high is a fine step (cool), low a "
            "wide range (warm).");
        if (has_profiles) {
            Figure figure = layers_figure(report_.profiles, report_.title, "effective");
            figure.shows_title = false;
            figure.width = std::max(figure.width, 1020.0);
            const bool boxes = std::any_of(report_.profiles.begin(), report_.profiles.end(),
                                           [](const LayerProfile& it) { return it.weight.has_value(); });
            if (!boxes) {
                figure.subtitle.clear();
                figure.charts.back().title.clear();
                figure.charts.front().x = figure.charts.back().x;  // with the names
                figure.charts.resize(1);
            }
            body_ += "<div class=\"wide\">";
            picture(render_svg(figure, {false, "formats-"}));
            body_ += "</div>\n";
        }
        if (!report_.formats.empty()) add_formats_table();
        end();
    }

    void add_formats_table() {
        const bool by_grid = report_.formats.front().statistic == "grid";
        const std::string statistic =
            report_.formats.front().statistic == "std" ? "sigma" : report_.formats.front().statistic;
        body_ += by_grid ? "<p>By grid search: the fractional length with the smallest rounding error. Inputs use the "
                           "running value, rounded.</p>\n"
                         : "<p>The fractional length is log2(c / " + escape_markup(statistic) +
                               ") rounded down, with a constant c for signed and one for unsigned words; inputs use "
                               "the running value, rounded.</p>\n";
        std::vector<std::string> headings{"layer", "input"};
        const std::vector<std::string> why{">" + statistic, ">log2(c / " + statistic + ")"};
        if (!by_grid) headings.insert(headings.end(), why.begin(), why.end());
        headings.insert(headings.end(), {">running", ">clipped", ">to zero", ">SQNR [dB]", "weights"});
        if (!by_grid) headings.insert(headings.end(), why.begin(), why.end());
        headings.insert(headings.end(), {">SQNR [dB]", ">clip level"});
        HtmlTable table(fmt::format("Formats at the end of epoch {}", report_.formats_epoch.value), headings);
        for (const LayerFormatReport& it : report_.formats) {
            std::vector<Inline> row{it.layer, format_cell(it.input_format)};
            const auto add_reason = [&](double value, double unrounded) {
                if (by_grid) return;
                row.emplace_back(number(value));
                row.emplace_back(value > 0 ? fmt::format("{:.2f}", unrounded) : kNone);
            };
            add_reason(it.input_statistic, it.input_unrounded);
            row.insert(row.end(),
                       {fmt::format("{:.2f}", it.input_running_fractional_length), percent(it.input_clipped_share),
                        percent(it.input_zero_share), decibels(it.input_sqnr_db), format_cell(it.weight_format)});
            add_reason(it.weight_statistic, it.weight_unrounded);
            row.insert(row.end(), {decibels(it.weight_sqnr_db), it.clip_level > 0 ? number(it.clip_level) : kNone});
            table.add_row(std::move(row));
        }
        body_ += table.markup();
    }

    void add_histograms() {
        std::string pairs;
        int count = 0;
        for (const LayerFormatReport& it : report_.formats) {
            std::string pictures;
            for (const HistogramReport& histogram : report_.histograms) {
                if (histogram.layer != it.layer || histogram.counts.empty()) continue;
                const bool is_input = histogram.tensor == "input";
                pictures += "<figure>" +
                            histogram_picture(histogram, is_input ? it.input_format : it.weight_format,
                                              {false, fmt::format("histogram{}-", count++)}) +
                            "</figure>\n";
            }
            if (pictures.empty()) continue;
            pairs += "<div class=\"pair\"><h3>" + escape_markup(it.layer) + "</h3>\n" + pictures + "</div>\n";
        }
        if (pairs.empty()) return;
        begin("histograms", "Distributions",
              fmt::format(
                  "Inputs (blue) and effective weights (orange) of each layer after epoch {}, counts logarithmic. "
                  "Dashed lines are the ends of the format's range: red is clipped, grey is what the ReLU sets "
                  "to zero.",
                  report_.histograms_epoch.value));
        body_ += "<div class=\"pairs\">\n" + pairs + "</div>\n";
        end();
    }

    /// With the kind of a pool, which its name does not tell.
    static std::string name_of(const LayerReport& layer) {
        return layer.kind.ends_with("_pool") && !layer.name.ends_with(layer.kind) ? layer.name + " (" + layer.kind + ")"
                                                                                  : layer.name;
    }

    void add_layers() {
        if (report_.layers.empty()) return;
        const bool measured = std::any_of(report_.layers.begin(), report_.layers.end(),
                                          [](const LayerReport& it) { return it.input.has_value(); });
        begin("layers", "Layers",
              "The integer network, node by node. FL: fractional length of the result; headroom: bits left to 32 "
              "whatever the "
              "image, proven from weights and formats; signal to quantization noise (SQNR) in dB.");
        std::vector<std::string> headings{"layer",   "shape", ">parameters", ">MACs",       "input",
                                          "weights", ">FL",   ">headroom",   ">weight SQNR"};
        if (measured) headings.insert(headings.end(), {">sigma", ">clipped", ">to zero", ">input SQNR"});
        HtmlTable table("Layers of " + report_.architecture, headings);
        for (const LayerReport& it : report_.layers) {
            const auto of_input = [&](auto text) { return it.input ? Inline(text(*it.input)) : Inline(kNone); };
            table.add_row({name_of(it), fmt::format("{} × {} × {}", it.shape.channels, it.shape.height, it.shape.width),
                           it.parameters > 0 ? large(it.parameters) : kNone, it.macs > 0 ? large(it.macs) : kNone,
                           format_cell(it.input_format), format_cell(it.weight_format),
                           it.output_fractional_length ? std::to_string(*it.output_fractional_length) : kNone,
                           it.headroom_bits ? fmt::format("{:.1f}", *it.headroom_bits) : kNone,
                           it.weight ? decibels(it.weight->sqnr_db) : kNone,
                           of_input([](const InputStatistics& input) { return number(input.sigma); }),
                           of_input([](const InputStatistics& input) { return percent(input.clipped_share); }),
                           of_input([](const InputStatistics& input) { return percent(input.zero_share); }),
                           of_input([](const InputStatistics& input) { return decibels(input.sqnr_db); })});
        }
        body_ += table.markup();
        end();
    }

    void add_verification() {
        if (report_.verified.empty()) return;
        begin("verification", "Verification",
              "Every code and accumulator of every layer against the scalar law, element for element, on " +
                  report_.verified_on + ".");
        HtmlTable table("Ways of computing against the law", {"path", "result", ">images"});
        for (const VerifiedPath& it : report_.verified) {
            const Inline result =
                !it.skipped.empty()
                    ? Inline::markup("<span class=\"dim\">not checked: " + escape_markup(it.skipped) + "</span>")
                : it.first_difference.empty()
                    ? Inline::markup("<span class=\"gain\">equal in every code</span>")
                    : Inline::markup("<span class=\"trouble\">differs: " + escape_markup(it.first_difference) +
                                     "</span>");
            table.add_row({it.path, result, it.skipped.empty() ? grouped(it.images) : kNone});
        }
        body_ += table.markup();
        end();
    }

    void add_configuration() {
        if (report_.configuration.empty()) return;
        HtmlTable changed("Options that are not as by default", {"option", "value", "default", "set by"});
        HtmlTable rest("All other options", {"option", "value"});
        for (const ConfigurationEntry& it : report_.configuration) {
            const Inline value = Inline::markup("<span class=\"wrap\">" + escape_markup(it.value) + "</span>");
            if (it.origin == "default") {
                rest.add_row({it.key, value});
            } else {
                changed.add_row({it.key, value, it.default_value.empty() ? kNone : it.default_value, it.origin});
            }
        }
        begin("configuration", "Configuration", {});
        if (!changed.empty()) body_ += changed.markup();
        if (!rest.empty()) body_ += "<details><summary>All other options</summary>" + rest.markup() + "</details>\n";
        if (report_.run && !report_.run->config.empty()) {
            body_ +=
                "<details><summary>As a file</summary><pre>" + escape_lines(report_.run->config) + "</pre></details>\n";
        }
        end();
    }

    /// escape_markup leaves line ends out, as other control characters.
    static std::string escape_lines(const std::string& text) {
        std::string markup;
        for (size_t from = 0; from < text.size();) {
            const size_t to = std::min(text.find('\n', from), text.size());
            markup += escape_markup(std::string_view(text).substr(from, to - from)) + "\n";
            from = to + 1;
        }
        return markup;
    }

    void add_files() {
        if (report_.artifacts.empty()) return;
        begin("files", "Files", {});
        HtmlTable table("Files of the run, newest first", {"role", "file", ">size", ">epoch", ">top-1", "XXH3-128"});
        for (const ArtifactRecord& it : report_.artifacts) {
            table.add_row({it.role, it.path.substr(it.path.rfind('/') + 1), format_bytes(it.size_bytes),
                           it.epoch.value > 0 ? std::to_string(it.epoch.value) : kNone,
                           it.top1 ? percent(*it.top1) : kNone,
                           Inline::markup("<code>" + escape_markup(it.hash) + "</code>")});
        }
        body_ += table.markup();
        end();
    }

    void add_missing() {
        if (report_.missing.empty()) return;
        begin("missing", "What is not here", {});
        body_ += "<ul class=\"missing\">";
        for (const std::string& each : report_.missing) body_ += "<li>" + escape_markup(each) + "</li>\n";
        body_ += "</ul>\n";
        end();
    }

    const Report& report_;
    std::string body_;
    std::vector<std::pair<std::string, std::string>> headings_;  ///< id and text
};

}  // namespace

std::string render_report(const Report& report) {
    return Page(report).render();
}

}  // namespace f8net
