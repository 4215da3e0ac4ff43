// SPDX-License-Identifier: Apache-2.0
#include "core/report/report_style.h"

#include <fmt/format.h>

#include "core/figure/palette.h"

namespace f8net {
namespace {

using palette::Color;
using palette::Palette;

std::string variables(const Palette& p) {
    return fmt::format(
        "--window:{};--base:{};--card:{};--text:{};--dim:{};--border:{};--grid:{};--accent:{};--gain:{};--warning:{};"
        "--trouble:{};--neutral:{};",
        p.window, p.base, p.alternate, p.text, p.dim, p.border, p.grid, p.accent, p.gain, p.warning, p.trouble,
        p.neutral);
}

/// What is drawn in the one colour is shown in the other.
void replace(std::string& rules, Color light, Color dark) {
    rules += fmt::format("svg [fill=\"{0}\"]{{fill:{1}}}svg [stroke=\"{0}\"]{{stroke:{1}}}\n", light, dark);
}

template <size_t Count>
void replace(std::string& rules, const std::array<Color, Count>& light, const std::array<Color, Count>& dark) {
    for (size_t i = 0; i < Count; ++i) replace(rules, light[i], dark[i]);
}

std::string dark_pictures() {
    const Palette &light = palette::kLight, &dark = palette::kDark;
    std::string rules;
    replace(rules, light.base, dark.base);
    replace(rules, light.text, dark.text);
    replace(rules, light.dim, dark.dim);
    replace(rules, light.grid, dark.grid);
    replace(rules, light.outline, dark.outline);
    replace(rules, light.border, dark.border);
    replace(rules, light.inputs, dark.inputs);
    replace(rules, light.weights, dark.weights);
    replace(rules, light.trouble, dark.trouble);
    replace(rules, light.neutral, dark.neutral);
    replace(rules, light.zeroed, dark.zeroed);
    replace(rules, light.series, dark.series);
    replace(rules, light.fractional_lengths, dark.fractional_lengths);
    return rules;
}

constexpr const char* kRules = R"(
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--window);color:var(--text);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",Arial,sans-serif;
 font-variant-numeric:tabular-nums}
main,header,footer,nav{max-width:1120px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:20px;margin:0 0 4px}
h3{font-size:15px;margin:20px 0 8px}
p{margin:4px 0 12px;max-width:76ch}
.dim,figcaption,caption{color:var(--dim)}
nav{margin-top:16px;font-size:14px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0;padding:0}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
section{background:var(--base);border:1px solid var(--border);border-radius:8px;padding:20px 24px;margin:20px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;margin:20px 0 0}
.card{background:var(--base);border:1px solid var(--border);border-radius:8px;padding:12px 16px}
.card .name{color:var(--dim);font-size:13px}
.card .value{font-size:26px;font-weight:600;line-height:1.3}
.card .note{font-size:13px;color:var(--dim)}
.state{font-weight:600}
.gain{color:var(--gain)}.warning{color:var(--warning)}.trouble{color:var(--trouble)}.neutral{color:var(--neutral)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:8px 0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:13.5px}
caption{text-align:left;padding-bottom:6px}
th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--grid);vertical-align:baseline;white-space:nowrap}
thead th{color:var(--dim);font-weight:600;border-bottom-color:var(--border)}
tbody th{font-weight:400}
.number{text-align:right}
td.number,th.number{padding:5px 0 5px 18px}
.number+td:not(.number),.number+th:not(.number){padding-left:24px}
.wrap{white-space:normal;overflow-wrap:anywhere}
figure{margin:12px 0}
svg{display:block;max-width:100%;height:auto}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(500px,100%),1fr));gap:14px 22px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 8px;break-inside:avoid}
.pair h3{grid-column:1/-1;font-size:13px;margin:0;overflow-wrap:anywhere}
.pair figure{margin:0}
code,pre{font:12.5px/1.45 ui-monospace,"DejaVu Sans Mono",Consolas,monospace}
pre{background:var(--card);border:1px solid var(--grid);border-radius:6px;padding:10px 14px;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer;margin:8px 0}
footer{color:var(--dim);font-size:13px;padding-top:4px;padding-bottom:32px}
.fl{display:inline-block;min-width:3.4em;text-align:center;border-radius:4px;padding:0 6px}
ul.missing{margin:8px 0;padding-left:20px}
@media (max-width:640px){main,header,footer,nav{padding:0 14px}section{padding:16px 14px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}}
)";

constexpr const char* kPaper = R"(
@media print{body{background:#fff;font-size:11px}main,header,footer{max-width:none;padding:0}nav{display:none}
section{border:0;padding:8px 0;margin:8px 0}h2{break-after:avoid}figure,tr,.card{break-inside:avoid}
.wide{overflow:visible}table{font-size:9px}th,td{padding:2px 6px 2px 0;white-space:normal}}
@page{margin:14mm}
)";

}  // namespace

std::string report_style() {
    std::string cells;
    const auto add_cells = [&](const Palette& p) {
        std::string rules;
        for (size_t i = 0; i < p.fractional_lengths.size(); ++i) {
            rules += fmt::format(".fl{}{{background:{};color:{}}}", i, p.fractional_lengths[i],
                                 palette::text_on(p.fractional_lengths[i]));
        }
        return rules;
    };
    return ":root{" + variables(palette::kLight) + "}" + kRules + add_cells(palette::kLight) +
           "\n@media screen and (prefers-color-scheme:dark){:root{" + variables(palette::kDark) + "}\n" +
           add_cells(palette::kDark) + "\n" + dark_pictures() + "}" + kPaper;
}

}  // namespace f8net
