// SPDX-License-Identifier: Apache-2.0
#include "core/figure/svg_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/figure/xml_check.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SvgDocument, IsWellFormedWhateverTheTextSays) {
    SvgDocument svg(100, 50, "a < b & \"c\"", "#FFFFFF");
    svg.line({0, 0}, {1, 1}, {"#000000", 1, true, 0.5});
    svg.polyline({{0, 0}, {1, 2}, {3, 4}}, {});
    svg.frame({0, 0}, 5, 5, {});
    svg.begin_clip({0, 0}, 10, 10);
    svg.disc({1, 1}, 2, "#FF0000", {}, "tip <>");
    svg.square({1, 1}, 2, "#FF0000", {});
    svg.end_clip();
    svg.text({3, 4}, "</svg> & <script> \x01\u03c3", {12, "#000000", SvgAnchor::kEnd, true, -55});
    const std::string text = svg.finish();
    EXPECT_EQ(why_not_xml(text), "");
    EXPECT_THAT(text, HasSubstr("&lt;/svg&gt; &amp; &lt;script&gt; \u03c3</text>"));
    EXPECT_THAT(text, Not(HasSubstr("\x01")));
    EXPECT_THAT(text, HasSubstr("<title>a &lt; b &amp; &quot;c&quot;</title>"));
    EXPECT_THAT(text, HasSubstr("points=\"0,0 1,2 3,4\""));
    EXPECT_THAT(text, HasSubstr("<title>tip &lt;&gt;</title></circle>"));
    EXPECT_THAT(text, HasSubstr("rotate(-55 3 4)"));
}

TEST(SvgDocument, WritesShortNumbers) {
    SvgDocument svg(10, 10, "", "#FFFFFF");
    svg.line({1.0 / 3, -0.0001}, {2.5, 100}, {});
    EXPECT_THAT(svg.finish(), HasSubstr("<line x1=\"0.33\" y1=\"0\" x2=\"2.5\" y2=\"100\""));
}

TEST(SvgDocument, ALineOfOnePointIsNone) {
    SvgDocument svg(10, 10, "", "#FFFFFF");
    svg.polyline({{1, 1}}, {});
    EXPECT_THAT(svg.finish(), Not(HasSubstr("polyline")));
}

TEST(SvgDocument, CountsCharactersNotBytes) {
    EXPECT_EQ(SvgDocument::text_width("\u22123", 10), SvgDocument::text_width("-3", 10));
}

}  // namespace
}  // namespace f8net
