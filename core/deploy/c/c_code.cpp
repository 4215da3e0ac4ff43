// SPDX-License-Identifier: Apache-2.0
// net.c: constants, kernels, one function per step, f8net_infer.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/deploy/c/c_kernels.h"
#include "core/deploy/c/c_source.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/inference/law_node.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

constexpr const char* kInt32Lowest = "-INT32_C(2147483647)";

const char* c_type(CType type) {
    return type == CType::kInt32 ? "int32_t" : type == CType::kUint8 ? "uint8_t" : "int8_t";
}
const char* suffix(CType type) {
    return type == CType::kUint8 ? "u8" : "s8";
}
std::string shape_text(const Shape& shape) {
    return fmt::format("{} x {} x {}", shape.channels, shape.height, shape.width);
}

class CodeWriter {
public:
    CodeWriter(const IntegerNetwork& network, const CProgram& program, CConstants constants, CText& text)
        : network_(network), program_(program), constants_(constants), text_(text), bounds_(output_bounds(network)) {}

    void write() {
        std::string layers;
        for (size_t i = 0; i < program_.steps.size(); ++i) layers += layer(i);
        const std::string infer = infer_function();  // before the kernels are known
        preamble();
        for (const CStep& step : program_.steps) constants_of(step.node);
        text_ << scratch() << c_kernels(kernels_) << layers << infer;
        text_.flush();
    }

private:
    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    const std::string& name(int index) const { return program_.identifiers[static_cast<size_t>(index)]; }
    int64_t bound(int index) const { return bounds_[static_cast<size_t>(index)]; }
    static bool fits_int32(int64_t bound) { return bound <= std::numeric_limits<int32_t>::max(); }

    /// Notes that the kernel is used, and gives its name back.
    std::string use(const std::string& kernel) {
        kernels_.insert(kernel);
        return kernel;
    }

    CType type_of(const CPlace& place) const {
        if (place.kind == CPlace::Kind::kPixels) return CType::kUint8;
        return place.kind == CPlace::Kind::kBuffer ? program_.buffers[place.buffer].type : CType::kInt32;
    }
    std::string argument(const CPlace& place) const {
        return place.kind == CPlace::Kind::kPixels   ? "pixels"
               : place.kind == CPlace::Kind::kLogits ? "logits"
                                                     : program_.buffers[place.buffer].name;
    }

    void preamble() {
        text_
            << "/* " << c_printable(network_.architecture)
            << " in 8-bit fixed point: integers only, written by F8Net Workbench. What it is and how to check it:\n"
               " * README.md. Every value is H W C; a format u8.6 is an unsigned code of 8 bits, 6 of them behind the\n"
               " * binary point. Rounding is half to even everywhere. */\n"
               "#include \"net.h\"\n\n"
               "/* Where constants live: \"const __flash\" for avr-gcc, or an attribute in F8NET_SECTION. */\n"
               "#ifndef F8NET_CONST\n#define F8NET_CONST const\n#endif\n"
               "#ifndef F8NET_SECTION\n#define F8NET_SECTION\n#endif\n\n"
               "/* Kernels are shared by all layers: a copy with the constants of each layer costs minutes of compile "
               "time and "
               "much\n"
               " * code for little speed. -DSHARED=static leaves it to the compiler. */\n"
               "#ifndef SHARED\n#ifdef __GNUC__\n#define SHARED static __attribute__((noinline))\n"
               "#else\n#define SHARED static\n#endif\n#endif\n\n"
               "/* With F8NET_TRACE the caller is told every code and every sum (net.h). */\n"
               "#ifdef F8NET_TRACE\n"
               "#define TRACE_SUMS(node, first, sums, count) f8net_trace_sums(node, first, sums, count)\n"
               "#define TRACE_CODES_u8(node, codes, count) f8net_trace_codes_u8(node, codes, count)\n"
               "#define TRACE_CODES_s8(node, codes, count) f8net_trace_codes_s8(node, codes, count)\n"
               "#else\n"
               "#define TRACE_SUMS(node, first, sums, count) ((void)0)\n"
               "#define TRACE_CODES_u8(node, codes, count) ((void)0)\n"
               "#define TRACE_CODES_s8(node, codes, count) ((void)0)\n"
               "#endif\n";
    }

    // Constants.

    template <typename T>
    void array(const std::string& type, const std::string& identifier, const std::vector<T>& values) {
        if (constants_ == CConstants::kDeclared) {
            text_ << fmt::format("extern F8NET_CONST {} {}[{}];\n", type, identifier, values.size());
            return;
        }
        text_ << fmt::format("static F8NET_CONST {} {}[{}] F8NET_SECTION = {{\n", type, identifier, values.size());
        text_.numbers(std::span<const T>(values));
        text_ << "};\n";
    }

    void constants_of(int index) {
        const IntegerNode& it = node(index);
        if (it.kind == NodeKind::kInput && is_looked_up_) {
            text_ << "\n/* Bytes to codes of the normalized image, 256 for each channel. */\n";
            std::vector<int8_t> s8;
            std::vector<uint8_t> u8;
            for (int64_t channel = 0; channel < it.output.channels; ++channel) {
                for (const int16_t code : input_code_table(network_, channel)) {
                    s8.push_back(static_cast<int8_t>(code));
                    u8.push_back(static_cast<uint8_t>(code));
                }
            }
            if (it.input_format.is_signed)
                array("int8_t", "pixel_codes", s8);
            else
                array("uint8_t", "pixel_codes", u8);
        }
        if (!it.has_weights()) return;
        text_ << "\n";
        const bool is_depthwise = it.groups > 1;
        text_ << fmt::format(
            "/* {}: {} */\n", c_printable(it.name),
            is_depthwise ? fmt::format("[{0}][{0}][{1}]", it.window.kernel, it.out_channels)
                         : fmt::format("[{0}][{1}][{1}][{2}]", it.out_channels, it.window.kernel, it.in_channels));
        array("int8_t", "weights_" + name(index), is_depthwise ? channels_last(it) : it.weight_s8);
        array("int32_t", "bias_" + name(index), it.bias_s32);
    }

    /// [out][kh][kw] as [kh][kw][out].
    static std::vector<int8_t> channels_last(const IntegerNode& it) {
        std::vector<int8_t> weights(it.weight_s8.size());
        const auto channels = static_cast<size_t>(it.out_channels), positions = weights.size() / channels;
        for (size_t c = 0; c < channels; ++c) {
            for (size_t i = 0; i < positions; ++i) weights[i * channels + c] = it.weight_s8[c * positions + i];
        }
        return weights;
    }

    // Memory.

    std::string scratch() {
        std::string text = fmt::format(
            "\n/* Values between layers; where each lies is said in f8net_infer. */\n"
            "static int32_t arena[{}];\n",
            std::max<int64_t>(program_.arena_bytes / 4, 1));
        if (uses_sums_)
            text += fmt::format("/* Sums of one pixel. */\nstatic int32_t pixel_sums[{}];\n", program_.sums_elements);
        bool first = true;
        for (const CType type : {CType::kUint8, CType::kInt8}) {
            const std::string kind = suffix(type);
            if (!kernels_.contains("gather_" + kind)) continue;
            if (first)
                text +=
                    "/* Codes of one window: 8 bits, or widened to 16 where compilers then find faster instructions "
                    "(SSE2, AVX2, NEON). */\n";
            first = false;
            // gcc turns products of unsigned and signed bytes into VNNI's instruction, which needs no wider codes.
            const std::string narrow = type == CType::kUint8
                                           ? "defined F8NET_PORTABLE || (defined __AVX512VNNI__ && !defined __clang__)"
                                           : "defined F8NET_PORTABLE";
            text += fmt::format(
                "#if {0}\ntypedef {1} window_{2};\n#else\ntypedef int16_t window_{2};\n#endif\n"
                "static window_{2} {2}_window[{3}];\n",
                narrow, c_type(type), kind, window_elements(type));
        }
        return text;
    }
    int64_t window_elements(CType type) const {
        int64_t largest = 0;
        for (const CStep& step : program_.steps) {
            const IntegerNode& it = node(step.node);
            if (step.kind == CStepKind::kDense && type_of(step.input) == type)
                largest = std::max(largest, int64_t{it.window.kernel} * it.window.kernel * it.in_channels);
        }
        return largest;
    }

    // Layers.

    std::string layer_name(size_t index) const {
        const CStep& step = program_.steps[index];
        std::string result = "layer_" + name(step.node);
        if (step.kind == CStepKind::kCodePool) result += "_" + std::to_string(index);  // one for each form of codes
        return result;
    }

    std::string comment(const CStep& step) const {
        const IntegerNode& it = node(step.node);
        std::string text = fmt::format("\n/* {}: ", c_printable(it.name));
        const Shape& from = it.kind == NodeKind::kInput ? it.output : node(it.inputs[0]).output;
        switch (step.kind) {
            case CStepKind::kPixels:
                text += "bytes of the picture";
                break;
            case CStepKind::kDense:
                text +=
                    it.kind == NodeKind::kLinear ? "linear" : fmt::format("convolution {0} x {0}", it.window.kernel);
                break;
            case CStepKind::kDepthwise:
                text += fmt::format("depthwise convolution {0} x {0}", it.window.kernel);
                break;
            case CStepKind::kCopy:
                text += it.kind == NodeKind::kAdd ? "residual sum" : "ReLU";
                break;
            case CStepKind::kMaxPool:
            case CStepKind::kCodePool:
                text += fmt::format("max pool {0} x {0}", it.window.kernel);
                break;
            case CStepKind::kSumPool:
                text += "sum over the plane";
                break;
            case CStepKind::kAveragePool:
                text += "mean of the plane";
                break;
        }
        text += fmt::format(", {} to {}", shape_text(from), shape_text(it.output));
        if (it.has_weights())
            text += fmt::format(";\n * codes {} times weights {} give sums of {} fractional bits",
                                it.input_format.to_string(), it.weight_format.to_string(), it.fractional_length);
        if (step.add >= 0 && step.add != step.node)
            text += fmt::format(";\n * then {}: residual sum of {} fractional bits", c_printable(node(step.add).name),
                                node(step.add).fractional_length);
        if (step.has_relu && it.kind != NodeKind::kRelu) text += "; then ReLU";
        for (const CCodes& codes : step.codes) text += fmt::format(";\n * kept as {}", codes.format.to_string());
        if (step.result.exists()) text += ";\n * kept as 32-bit sums";
        return text + " */\n";
    }

    std::string layer(size_t index) {
        const CStep& step = program_.steps[index];
        const IntegerNode& it = node(step.node);
        const Shape& out = it.output;
        const bool is_direct = step.kind != CStepKind::kCodePool && writes_directly(step);
        std::string text = comment(step) + "static void " + layer_name(index) + "(" + parameters(step) + ")\n{\n";
        text += constants_enum(step);
        if (it.has_weights()) {
            const Shape& in = node(it.inputs[0]).output;
            text += fmt::format("    TRACE_CODES_{}({}, in, INT32_C({}));\n", suffix(type_of(step.input)), step.node,
                                in.size());
        }
        const bool has_rows = out.height > 1, has_columns = out.width > 1;
        std::string indent = "    ";
        text += indent + "int32_t at = 0;\n";
        if (has_rows) {
            text += indent + "for (int32_t y = 0; y < OUT_HEIGHT; ++y) {\n";
            indent += "    ";
        }
        if (has_columns) {
            text += indent + "for (int32_t x = 0; x < OUT_WIDTH; ++x) {\n";
            indent += "    ";
        }
        std::string body;
        if (step.kind == CStepKind::kCodePool) {
            body += code_pool(step);
        } else {
            body += std::string("int32_t *const sums = ") + (is_direct ? "result + at" : "pixel_sums") + ";\n";
            uses_sums_ = uses_sums_ || !is_direct;
            body += fill(step);
            if (is_traced(it)) body += fmt::format("TRACE_SUMS({}, at, sums, OUT_CHANNELS);\n", step.node);
            body += epilogue(step, is_direct);
        }
        body += "at += OUT_CHANNELS;\n";
        for (size_t begin = 0; begin < body.size();) {
            const size_t end = body.find('\n', begin) + 1;
            text += indent + body.substr(begin, end - begin);
            begin = end;
        }
        if (has_columns) text += std::string(has_rows ? "        " : "    ") + "}\n";
        if (has_rows) text += "    }\n";
        if (!has_rows && !has_columns) {
            // One pixel: nothing moves on.
            const std::string last = "    at += OUT_CHANNELS;\n";
            text.erase(text.size() - last.size());
        }
        return text + "}\n";
    }

    static bool is_traced(const IntegerNode& it) {
        return it.kind != NodeKind::kInput && it.kind != NodeKind::kRelu && it.kind != NodeKind::kAdd;
    }

    /// Into the result's own place, unless that is where the operand or input still lies.
    bool writes_directly(const CStep& step) const {
        if (!step.result.exists()) return false;
        const auto lies_there = [&](const CPlace& place) {
            return place.kind == CPlace::Kind::kBuffer && step.result.kind == CPlace::Kind::kBuffer &&
                   program_.buffers[place.buffer].offset == program_.buffers[step.result.buffer].offset;
        };
        return !lies_there(step.operand) && !lies_there(step.input);
    }

    std::string parameters(const CStep& step) const {
        std::string text = fmt::format("const {} *in", c_type(type_of(step.input)));
        if (step.operand.exists()) text += ", const int32_t *operand";
        if (step.result.exists()) text += ", int32_t *result";
        for (size_t i = 0; i < step.codes.size(); ++i)
            text += fmt::format(", {} *{}", c_type(type_of(step.codes[i].to)), codes_parameter(step, i));
        return text;
    }
    static std::string codes_parameter(const CStep& step, size_t i) {
        return step.codes.size() == 1 ? "codes" : "codes_" + std::to_string(i + 1);
    }

    std::string constants_enum(const CStep& step) const {
        const IntegerNode& it = node(step.node);
        std::string text = "    enum { ";
        const auto add = [&](const char* what, int64_t value) { text += fmt::format("{} = {}, ", what, value); };
        if (it.kind != NodeKind::kInput && step.kind != CStepKind::kCopy) {
            const Shape& in = node(it.inputs[0]).output;
            const bool is_window = it.has_weights() || it.kind == NodeKind::kMaxPool;
            if (is_window) {
                add("HEIGHT", in.height);
                add("WIDTH", in.width);
            } else {
                add("PIXELS", in.height * in.width);
            }
            add("CHANNELS", in.channels);
            if (is_window) {
                add("KERNEL", it.window.kernel);
                add("STRIDE", it.window.stride);
                add("PADDING", it.window.padding);
            }
        }
        if (it.output.height > 1) add("OUT_HEIGHT", it.output.height);
        if (it.output.width > 1) add("OUT_WIDTH", it.output.width);
        add("OUT_CHANNELS", it.output.channels);
        text.resize(text.size() - 2);
        return text + " };\n";
    }

    /// "HEIGHT, WIDTH, CHANNELS, KERNEL, top, left" of the window of this pixel.
    static std::string window(const IntegerNode& it, const std::string& between = {}) {
        return "HEIGHT, WIDTH, CHANNELS, " + between + "KERNEL, " +
               (it.output.height > 1 ? "y * STRIDE - PADDING, " : "-PADDING, ") +
               (it.output.width > 1 ? "x * STRIDE - PADDING" : "-PADDING");
    }

    std::string fill(const CStep& step) {
        const IntegerNode& it = node(step.node);
        const std::string kind = suffix(type_of(step.input)), id = name(step.node);
        switch (step.kind) {
            case CStepKind::kPixels:
                if (network_.normalization.empty()) return use("widen_u8") + "(in + at, OUT_CHANNELS, sums);\n";
                is_looked_up_ = true;
                return use(it.input_format.is_signed ? "look_up_s8" : "look_up_u8") +
                       "(in + at, pixel_codes, OUT_CHANNELS, sums);\n";
            case CStepKind::kDense:
                return use("gather_" + kind) + "(in, " + window(it) + ", " + kind + "_window);\n" +
                       use("dense_" + kind) +
                       fmt::format(
                           "({0}_window, KERNEL * KERNEL * CHANNELS, weights_{1}, bias_{1}, OUT_CHANNELS, "
                           "sums);\n",
                           kind, id);
            case CStepKind::kDepthwise:
                if (it.out_channels == it.in_channels)
                    return use("depthwise_" + kind) + "(in, " + window(it) +
                           fmt::format(", weights_{0}, bias_{0}, sums);\n", id);
                return use("depthwise_many_" + kind) + "(in, " +
                       window(it, fmt::format("{}, ", it.out_channels / it.in_channels)) +
                       fmt::format(", weights_{0}, bias_{0}, sums);\n", id);
            case CStepKind::kCopy:
                return use("copy") + "(in + at, OUT_CHANNELS, sums);\n";
            case CStepKind::kMaxPool:
                return use("max_pool") + "(in, " + window(it) + ", " + (it.window.padding > 0 ? "0" : kInt32Lowest) +
                       ", sums);\n";
            case CStepKind::kSumPool:
                return use(fits_int32(bound(step.node)) ? "sum_pool_32" : "sum_pool_64") +
                       "(in, PIXELS, CHANNELS, sums);\n";
            case CStepKind::kAveragePool: {
                const int shift = input_shift(network_, it);
                const Shape& in = node(it.inputs[0]).output;
                return use("average_pool") +
                       fmt::format("(in, PIXELS, CHANNELS, INT64_C({}), INT64_C({}), {}, {}, sums);\n",
                                   int64_t{1} << std::max(-shift, 0), (in.height * in.width) << std::max(shift, 0),
                                   it.input_format.min_stored(), it.input_format.max_stored());
            }
            case CStepKind::kCodePool:
                break;
        }
        return {};
    }

    std::string code_pool(const CStep& step) {
        const IntegerNode& it = node(step.node);
        const FixedPointFormat& format = step.codes[0].format;
        return use(std::string("max_pool_") + suffix(code_type(format))) + "(in, " + window(it) +
               fmt::format(", {}, codes + at);\n", it.window.padding > 0 ? 0 : format.min_stored());
    }

    std::string epilogue(const CStep& step, bool is_direct) {
        std::string text;
        if (step.add >= 0) {
            const IntegerNode& add = node(step.add);
            const int own = operand_shift(network_, add, step.own_operand);
            const int other = operand_shift(network_, add, 1 - step.own_operand);
            constexpr int kLargestFactorShift = 30;  // 2^30 is an int32
            const bool is_narrow = fits_int32(bound(step.add)) && std::max(own, other) <= kLargestFactorShift;
            text += use(is_narrow ? "add_32" : "add_64") +
                    fmt::format("(sums, {0}({1}), operand + at, {0}({2}), OUT_CHANNELS);\n",
                                is_narrow ? "INT32_C" : "INT64_C", int64_t{1} << own, int64_t{1} << other);
            text += fmt::format("TRACE_SUMS({}, at, sums, OUT_CHANNELS);\n", step.add);
        }
        if (step.has_relu) text += use("relu") + "(sums, OUT_CHANNELS);\n";
        for (size_t i = 0; i < step.codes.size(); ++i) text += round(step.codes[i], codes_parameter(step, i) + " + at");
        if (step.result.exists() && !is_direct) text += use("copy") + "(sums, OUT_CHANNELS, result + at);\n";
        return text;
    }

    std::string round(const CCodes& codes, const std::string& to) {
        constexpr int kLargestShift = 31;    // beyond it every int32 is at most half a code
        constexpr int kSaturatingShift = 8;  // 1 * 2^8 is beyond every code
        const std::string kind = suffix(code_type(codes.format));
        const std::string range = fmt::format("{}, {}", codes.format.min_stored(), codes.format.max_stored());
        if (codes.shift > kLargestShift) return use("zero_" + kind) + "(OUT_CHANNELS, " + to + ");\n";
        if (codes.shift > 0)
            return use("round_" + kind) + fmt::format("(sums, OUT_CHANNELS, {}, {}, {});\n", codes.shift, range, to);
        if (codes.shift == 0) return use("clamp_" + kind) + fmt::format("(sums, OUT_CHANNELS, {}, {});\n", range, to);
        return use("scale_" + kind) + fmt::format("(sums, OUT_CHANNELS, {}, {}, {});\n",
                                                  1 << std::min(-codes.shift, kSaturatingShift), range, to);
    }

    // The function.

    std::string infer_function() const {
        std::string text = "\nvoid f8net_infer(const uint8_t *pixels, int32_t *logits)\n{\n";
        if (!program_.buffers.empty())
            text += "    /* A value lies where others were that are no longer read: bytes from to, steps from to. */\n";
        for (const CBuffer& buffer : program_.buffers) {
            const std::string place = fmt::format("arena + {}", buffer.offset / 4);
            text += fmt::format(
                "    {0} *const {1} = {2}; /* {3} to {4}, {5} to {6} */\n", c_type(buffer.type), buffer.name,
                buffer.type == CType::kInt32 ? place : fmt::format("({} *)({})", c_type(buffer.type), place),
                buffer.offset, buffer.offset + buffer.elements * bytes_of(buffer.type) - 1, buffer.first + 1,
                buffer.last + 1);
        }
        text += "\n";
        for (size_t i = 0; i < program_.steps.size(); ++i) {
            const CStep& step = program_.steps[i];
            text += "    " + layer_name(i) + "(" + argument(step.input);
            if (step.operand.exists()) text += ", " + argument(step.operand);
            if (step.result.exists()) text += ", " + argument(step.result);
            for (const CCodes& codes : step.codes) text += ", " + argument(codes.to);
            text += ");\n";
        }
        return text + "}\n";
    }

    const IntegerNetwork& network_;
    const CProgram& program_;
    const CConstants constants_;
    CText& text_;
    const std::vector<int64_t> bounds_;
    std::set<std::string> kernels_;
    bool is_looked_up_ = false, uses_sums_ = false;
};

}  // namespace

void write_c_code(const IntegerNetwork& network, const CProgram& program, CConstants constants, CText& text) {
    CodeWriter(network, program, constants, text).write();
}

}  // namespace f8net
