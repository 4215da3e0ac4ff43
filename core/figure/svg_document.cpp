// SPDX-License-Identifier: Apache-2.0
#include "core/figure/svg_document.h"

#include <fmt/format.h>
#include <cmath>

namespace f8net {
namespace {

/// Two decimals, without those that are zero.
std::string number(double value) {
    std::string text = fmt::format("{:.2f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string attributes(const SvgStroke& stroke) {
    std::string text = fmt::format(R"(stroke="{}" stroke-width="{}")", stroke.color, number(stroke.width));
    if (stroke.is_dashed) text += R"( stroke-dasharray="4 3")";
    if (stroke.opacity < 1) text += fmt::format(R"( stroke-opacity="{}")", number(stroke.opacity));
    return text;
}

/// Ends an element: with the tooltip inside, or empty.
std::string end_of(std::string_view element, std::string_view tooltip) {
    if (tooltip.empty()) return "/>";
    return fmt::format("><title>{}</title></{}>", escape_markup(tooltip), element);
}

const char* name_of(SvgAnchor anchor) {
    return anchor == SvgAnchor::kStart ? "start" : anchor == SvgAnchor::kMiddle ? "middle" : "end";
}

}  // namespace

std::string escape_markup(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                // Control characters are not allowed in XML at all.
                if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') result += c;
        }
    }
    return result;
}

SvgDocument::SvgDocument(double width, double height, std::string_view title, std::string_view background,
                         const SvgPlace& place)
    : id_prefix_(place.id_prefix) {
    if (place.is_file) body_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    body_ += fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"'DejaVu Sans', Verdana, Arial, sans-serif\" role=\"img\">\n<title>{2}</title>\n",
        number(width), number(height), escape_markup(title));
    rectangle({0, 0}, width, height, background);
}

void SvgDocument::line(SvgPoint from, SvgPoint to, const SvgStroke& stroke) {
    body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", number(from.x), number(from.y),
                         number(to.x), number(to.y), attributes(stroke));
}

void SvgDocument::polyline(const std::vector<SvgPoint>& points, const SvgStroke& stroke) {
    if (points.size() < 2) return;
    body_ += "<polyline fill=\"none\" stroke-linejoin=\"round\" " + attributes(stroke) + " points=\"";
    for (const SvgPoint& point : points) body_ += number(point.x) + "," + number(point.y) + " ";
    body_.back() = '"';
    body_ += "/>\n";
}

void SvgDocument::polygon(const std::vector<SvgPoint>& points, std::string_view fill, double opacity) {
    if (points.size() < 3) return;
    body_ += fmt::format("<polygon fill=\"{}\"", fill);
    if (opacity < 1) body_ += " fill-opacity=\"" + number(opacity) + "\"";
    body_ += " points=\"";
    for (const SvgPoint& point : points) body_ += number(point.x) + "," + number(point.y) + " ";
    body_.back() = '"';
    body_ += "/>\n";
}

void SvgDocument::rectangle(SvgPoint corner, double width, double height, std::string_view fill, double opacity) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"{}/>\n", number(corner.x),
                         number(corner.y), number(width), number(height), fill,
                         opacity < 1 ? " fill-opacity=\"" + number(opacity) + "\"" : "");
}

void SvgDocument::frame(SvgPoint corner, double width, double height, const SvgStroke& stroke) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" {}/>\n", number(corner.x),
                         number(corner.y), number(width), number(height), attributes(stroke));
}

void SvgDocument::disc(SvgPoint center, double radius, std::string_view fill, const SvgStroke& outline,
                       std::string_view tooltip) {
    body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" {}{}\n", number(center.x), number(center.y),
                         number(radius), fill, attributes(outline), end_of("circle", tooltip));
}

void SvgDocument::square(SvgPoint center, double radius, std::string_view fill, const SvgStroke& outline,
                         std::string_view tooltip) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" {}{}\n",
                         number(center.x - radius), number(center.y - radius), number(2 * radius), number(2 * radius),
                         fill, attributes(outline), end_of("rect", tooltip));
}

void SvgDocument::text(SvgPoint at, std::string_view text, const SvgText& style) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"", number(at.x),
                         number(at.y), number(style.size), style.color, name_of(style.anchor));
    if (style.is_bold) body_ += " font-weight=\"bold\"";
    if (style.angle != 0) {
        body_ += fmt::format(" transform=\"rotate({} {} {})\"", number(style.angle), number(at.x), number(at.y));
    }
    body_ += ">" + escape_markup(text) + "</text>\n";
}

void SvgDocument::begin_clip(SvgPoint corner, double width, double height) {
    ++num_clips_;
    body_ += fmt::format(
        "<clipPath id=\"{5}clip{0}\"><rect x=\"{1}\" y=\"{2}\" width=\"{3}\" height=\"{4}\"/></clipPath>\n"
        "<g clip-path=\"url(#{5}clip{0})\">\n",
        num_clips_, number(corner.x), number(corner.y), number(width), number(height), id_prefix_);
}

void SvgDocument::end_clip() {
    body_ += "</g>\n";
}

std::string SvgDocument::finish() const {
    return body_ + "</svg>\n";
}

double SvgDocument::text_width(std::string_view text, double size) {
    double characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return 0.6 * size * characters;
}

}  // namespace f8net
