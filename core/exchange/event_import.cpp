// SPDX-License-Identifier: Apache-2.0
// Scalars of TensorBoard's event files: plain ones, and the tensors that newer programs write.
#include <cmath>
#include <cstring>
#include <optional>
#include <protozero/pbf_reader.hpp>

#include "core/base/error.h"
#include "core/exchange/event_fields.h"
#include "core/exchange/record_file.h"
#include "core/exchange/run_readers.h"

namespace f8net {

namespace {

// A field of another wire type than its own is skipped, as protocol buffers demand.
using namespace event_fields;
using protozero::pbf_reader;
using protozero::tag_and_type;
constexpr auto kBytes = protozero::pbf_wire_type::length_delimited;
constexpr auto kFixed32 = protozero::pbf_wire_type::fixed32;
constexpr auto kFixed64 = protozero::pbf_wire_type::fixed64;
constexpr auto kVarint = protozero::pbf_wire_type::varint;

/// One number as a tensor; empty: anything else.
std::optional<double> read_tensor(pbf_reader tensor) {
    int32_t type = 0;
    std::optional<double> number;
    int numbers = 0;
    std::string_view content;
    while (tensor.next()) {
        switch (tensor.tag_and_type()) {
            case tag_and_type(tensor::kType, kVarint):
                type = tensor.get_enum();
                break;
            case tag_and_type(tensor::kContent, kBytes): {
                const auto view = tensor.get_view();
                content = {view.data(), view.size()};
                break;
            }
            case tag_and_type(tensor::kFloats, kBytes):
                for (const float each : tensor.get_packed_float()) number = each, ++numbers;
                break;
            case tag_and_type(tensor::kFloats, kFixed32):
                number = tensor.get_float(), ++numbers;
                break;
            case tag_and_type(tensor::kDoubles, kBytes):
                for (const double each : tensor.get_packed_double()) number = each, ++numbers;
                break;
            case tag_and_type(tensor::kDoubles, kFixed64):
                number = tensor.get_double(), ++numbers;
                break;
            default:
                tensor.skip();
        }
    }
    if (type == tensor::kFloat && content.size() == sizeof(float)) {
        float value = 0;
        std::memcpy(&value, content.data(), sizeof value);
        return value;
    }
    if (type == tensor::kDouble && content.size() == sizeof(double)) {
        double value = 0;
        std::memcpy(&value, content.data(), sizeof value);
        return value;
    }
    return (type == tensor::kFloat || type == tensor::kDouble) && numbers == 1 ? number : std::nullopt;
}

std::string read_plugin_name(pbf_reader metadata) {
    std::string name;
    while (metadata.next(metadata::kPlugin, kBytes)) {
        pbf_reader plugin = metadata.get_message();
        while (plugin.next(plugin::kName, kBytes)) name = plugin.get_string();
    }
    return name;
}

}  // namespace

void EventReader::read(std::istream& stream, const std::string& path) {
    RecordReader records(stream, path);
    for (std::string bytes; records.next(bytes);) {
        try {
            read_event(bytes, records.place());
        } catch (const protozero::exception& error) {
            throw DataError(records.place() + " is no event of TensorBoard: " + error.what());
        }
    }
}

void EventReader::read_event(const std::string& bytes, const std::string& place) {
    MetricPoint point;
    std::vector<std::string_view> summaries;
    pbf_reader event(bytes);
    while (event.next()) {
        switch (event.tag_and_type()) {
            case tag_and_type(event::kWallTime, kFixed64):
                point.wall_time = event.get_double();
                break;
            case tag_and_type(event::kStep, kVarint):
                point.step = event.get_int64();
                break;
            case tag_and_type(event::kSummary, kBytes): {
                const auto view = event.get_view();
                summaries.emplace_back(view.data(), view.size());
                break;
            }
            default:
                event.skip();
        }
    }
    if (summaries.empty()) return;
    constexpr int64_t kLargestStep = int64_t{1} << 53;
    if (point.step < 0 || point.step > kLargestStep)
        throw DataError(place + ": its step is " + std::to_string(point.step) + ", expected 0 or more");
    constexpr double kYear10000 = 253'402'300'800;
    if (!(point.wall_time >= 0 && point.wall_time <= kYear10000))
        throw DataError(place + ": its time is " + std::to_string(point.wall_time) + ", expected seconds since 1970");
    for (const std::string_view& view : summaries) {
        pbf_reader summary(view.data(), view.size());
        while (summary.next(summary::kValue, kBytes)) {
            const auto value = summary.get_view();
            read_value({value.data(), value.size()}, point, place);
        }
    }
}

void EventReader::read_value(std::string_view bytes, MetricPoint point, const std::string& place) {
    std::string tag;
    bool is_other = false;
    std::optional<double> number, of_tensor;
    pbf_reader value(bytes.data(), bytes.size());
    while (value.next()) {
        switch (value.tag_and_type()) {
            case tag_and_type(value::kTag, kBytes):
                tag = value.get_string();
                break;
            case tag_and_type(value::kSimpleValue, kFixed32):
                number = value.get_float();
                break;
            case tag_and_type(value::kTensor, kBytes):
                of_tensor = read_tensor(value.get_message());
                break;
            case tag_and_type(value::kMetadata, kBytes): {
                // Only the first value of a tag says what it is.
                const std::string plugin = read_plugin_name(value.get_message());
                is_other = !plugin.empty() && plugin != "scalars";
                break;
            }
            default:
                value.skip();
        }
    }
    if (is_other) other_tags_.insert(tag);
    if (!number && !other_tags_.contains(tag)) number = of_tensor;
    if (!number) return;  // a histogram, a picture...
    if (tag.empty()) throw DataError(place + ": a value without a tag");
    point.value = *number;
    collector_.add(run_, tag, point);
}

}  // namespace f8net
