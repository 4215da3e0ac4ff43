// SPDX-License-Identifier: Apache-2.0
#include "core/figure/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/core/figure/xml_check.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;

Chart small_chart() {
    Chart chart;
    chart.title = "Title";
    chart.x = {"sigma", AxisScale::kLogarithmic, 0.1, 10, {}, 1};
    chart.y = {"error", AxisScale::kLinear, 0, 1, {}, 1};
    Series line;
    line.name = "a line";
    line.x = {0.1, 1, 10};
    line.y = {0, 0.5, 1};
    line.line_width = 2;
    chart.series.push_back(line);
    return chart;
}

std::vector<double> all(const std::string& text, const std::string& pattern) {
    std::vector<double> values;
    const std::regex regex(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
        values.push_back(std::stod(at->str(1)));
    }
    return values;
}

TEST(Chart, IsWellFormedAndHasItsLabels) {
    const std::string svg = render_svg({"Figure", "below", 600, {small_chart()}});
    EXPECT_EQ(why_not_xml(svg), "");
    for (const char* text : {"Figure", "below", "Title", "sigma", "error", "a line", "0.1", "0.4"}) {
        EXPECT_THAT(svg, HasSubstr(std::string(">") + text + "<"));
    }
}

TEST(Chart, DrawsPointsWhereTheAxesSay) {
    Chart chart = small_chart();
    chart.series[0].mark = Mark::kDisc;
    chart.series[0].name.clear();  // no sample in a legend
    const std::string svg = render_svg({"", "", 600, {chart}});
    const std::vector<double> x = all(svg, "<circle cx=\"([-0-9.]+)\""), y = all(svg, "cy=\"([-0-9.]+)\"");
    ASSERT_EQ(x.size(), 3u);
    EXPECT_NEAR(x[1], (x[0] + x[2]) / 2, 0.02);  // 1 is half way from 0.1 to 10
    EXPECT_NEAR(y[1], (y[0] + y[2]) / 2, 0.02);
    EXPECT_NEAR(y[0] - y[2], chart.height, 0.02);
    EXPECT_LT(y[2], y[0]);
}

TEST(Chart, KeepsEverythingInsideThePicture) {
    Chart chart = small_chart();
    chart.series[0].x = {1e-300, 1, 1e300};
    chart.series[0].y = {-1e300, 0.5, 1e300};
    chart.x.title.clear();
    chart.x.categories = {"stage_0_layer_0.body.0", "stage_0_layer_1.body.1"};
    chart.x.scale = AxisScale::kLinear;
    chart.x.low = -0.5;
    chart.x.high = 1.5;
    chart.boxes = {{0, -5, 0.1, 0.2, 0.3, 0.4, 0.5, 7, 0.9}};
    const std::string svg = render_svg({"", "", 600, {chart, small_chart()}});
    EXPECT_EQ(why_not_xml(svg), "");
    const double height = all(svg, "<svg [^>]* height=\"([0-9.]+)\"").at(0);
    for (const double y : all(svg, "<text x=\"[-0-9.]+\" y=\"([-0-9.]+)\"")) {
        EXPECT_GT(y, 0);
        EXPECT_LT(y, height);
    }
    for (const double value : all(svg, "=\"([-0-9.]+)\"")) EXPECT_LT(std::abs(value), 10'000);
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(Chart, BreaksALongLegend) {
    Chart chart = small_chart();
    for (int i = 0; i < 12; ++i) {
        Series more = chart.series[0];
        more.name = "a rather long name " + std::to_string(i);
        chart.series.push_back(more);
    }
    const std::string svg = render_svg({"", "", 600, {chart}});
    for (const double x : all(svg, "<text x=\"([0-9.]+)\"[^>]*>a rather long")) EXPECT_LT(x, 450);
}

TEST(Chart, LabelsAStripWhereThereIsRoom) {
    Chart chart = small_chart();
    chart.strip = {{0.1, 1, palette::kFractionalLengths[0], "wide"},
                   {1, 1.001, palette::kFractionalLengths[4], "narrow"},
                   {2, 10, palette::kFractionalLengths[4], "pale"}};
    const std::string svg = render_svg({"", "", 600, {chart}});
    EXPECT_THAT(svg, HasSubstr(">wide<"));
    EXPECT_THAT(svg, Not(HasSubstr(">narrow<")));
    // White on dark, dark on pale.
    EXPECT_TRUE(std::regex_search(svg, std::regex("fill=\"#FFFFFF\"[^>]*>wide<")));
    EXPECT_TRUE(std::regex_search(svg, std::regex("fill=\"#1C2127\"[^>]*>pale<")));
}

}  // namespace
}  // namespace f8net
