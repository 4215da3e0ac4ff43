// SPDX-License-Identifier: Apache-2.0
// One layer against the recorded numbers of the authors' program: forward, gradients, running state, evaluation,
// integers; in both precisions and both memory layouts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/modules/conv_batch_norm.h"
#include "core/modules/convolution.h"
#include "core/modules/quantized_linear.h"
#include "tests/core/modules/golden.h"

namespace f8net {
namespace {

using golden::expect_close;
using golden::expect_equal;
using nlohmann::json;
using torch::Tensor;

struct Variant {
    std::string name, file;
    json options;
    torch::ScalarType type;
    bool channels_last;
};

void PrintTo(const Variant& variant, std::ostream* out) {
    *out << variant.name;
}

std::string variant_name(const testing::TestParamInfo<Variant>& info) {
    return info.param.name + (info.param.type == torch::kDouble ? "_float64" : "_float32") +
           (info.param.channels_last ? "_nhwc" : "");
}

std::vector<Variant> variants(const std::string& file, bool has_planes) {
    std::vector<Variant> all;
    const SafetensorsHeader header = read_safetensors_header(golden::folder() + file);
    const json cases = json::parse(header.metadata.at("cases"));
    for (const auto& [name, options] : cases.items()) {
        for (const auto type : {torch::kFloat, torch::kDouble}) {
            all.push_back({name, file, options, type, false});
            if (has_planes) all.push_back({name, file, options, type, true});
        }
    }
    return all;
}

QuantizationConfig settings_of(const json& options, bool is_linear) {
    QuantizationConfig settings;
    const std::string metric = options.value("metric", "std");
    settings.statistic = metric == "mae" ? Statistic::kMae : metric == "rms" ? Statistic::kRms : Statistic::kStd;
    if (options.value("format_grid_search", false)) settings.format_policy = FormatPolicy::kGridSearch;
    if (options.contains("format_type") && options["format_type"] == "per_channel")
        settings.granularity = Granularity::kPerChannel;
    settings.clipping = !options.value("no_clipping", false);
    settings.rescale_forward = is_linear && options.value("rescale_forward", true);
    settings.rescale_forward_conv = options.value("rescale_forward_conv", false);
    settings.rescale_type =
        options.value("rescale_type", "constant") == "stddev" ? RescaleType::kStddev : RescaleType::kConstant;
    return settings;
}

NumericMode mode_of(const json& options) {
    if (options.value("floating_wo_clip", false)) return NumericMode::kFloatUnclipped;
    return options.value("floating", false) ? NumericMode::kFloat : NumericMode::kFakeQuant;
}

class LayerGolden : public testing::TestWithParam<Variant> {
protected:
    static const golden::File& file(const std::string& name) {
        static std::map<std::string, golden::File> files;
        return files.try_emplace(name, name).first->second;
    }
    bool is_double() const { return GetParam().type == torch::kDouble; }
    bool has(const std::string& what) const { return file(GetParam().file).has(GetParam().name + "." + what); }
    Tensor raw(const std::string& what) const { return file(GetParam().file).get(GetParam().name + "." + what); }
    Tensor input(const std::string& what) const { return raw(what).to(GetParam().type); }
    Tensor parameter(const std::string& what) const { return input(what).clone().requires_grad_(); }
    Tensor planes(const std::string& what) const {
        const Tensor x = input(what);
        return GetParam().channels_last ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
    }
    std::shared_ptr<RunningLengths> lengths(const std::string& what, int otherwise) const {
        auto running =
            std::make_shared<RunningLengths>(has(what) ? static_cast<size_t>(raw(what).numel()) : 1, otherwise);
        running->to(torch::kCPU, GetParam().type);
        if (has(what)) {
            const Tensor values = raw(what).to(torch::kDouble).flatten();
            running->set({values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()}, what);
        }
        return running;
    }
    /// Float tensors of training: float32 at 1e-5, float64 at 1e-9 against its own recording.
    void check_training(const std::string& what, const Tensor& actual, double scale = -1) const {
        const std::string name = is_double() ? "f64." + what : what;
        if (has(name)) expect_close(actual, raw(name), is_double() ? 1e-9 : 1e-5, what, scale);
    }
    void check_gradient(const std::string& what, const Tensor& parameter_tensor, double factor = 1) const {
        const std::string name = (is_double() ? "f64.train.grad_" : "train.grad_") + what;
        if (!has(name)) {
            EXPECT_FALSE(parameter_tensor.grad().defined() && parameter_tensor.grad().abs().max().item<double>() > 0)
                << what;
            return;
        }
        ASSERT_TRUE(parameter_tensor.grad().defined()) << what;
        // A layer's own clipping level cancels in the batch norm: what is left in float32 is noise (golden/README.md).
        double scale = raw(name).abs().max().item<double>();
        if (what == "alpha" && has("train.grad_alpha_next")) {
            scale = std::max(scale, (is_double() ? 1e-4 : 1.0) * raw("train.grad_alpha_next").abs().item<double>());
        }
        // The consumer's level is a sum over all weights whose terms cancel: float32 keeps their size, not the sum's.
        if (what == "alpha_next" && !is_double()) {
            scale = std::max(scale, 0.01 * (raw("train.grad_weight") * raw("weight")).abs().sum().item<double>());
        }
        check_training("train.grad_" + what, parameter_tensor.grad() * factor, scale);
    }
    void check_exact(const std::string& what, const Tensor& actual) const {
        if (!is_double() && has(what) && actual.defined()) expect_equal(actual, raw(what), what);
    }
    void check_float(const std::string& what, const Tensor& actual) const {
        if (!is_double() && has(what) && actual.defined()) expect_close(actual, raw(what), 1e-5, what);
    }
    void check_integers(const IntegerWeights& form, bool bias_too) const {
        check_exact("int.weight", form.weight);
        if (bias_too) check_exact("int.bias", form.bias);
        if (has("int.fl_input")) {
            EXPECT_EQ(form.input_fractional_length, raw("int.fl_input").flatten()[0].item<int>());
            EXPECT_EQ(form.weight_fractional_length, raw("int.fl_weight").flatten()[0].item<int>());
        }
    }
    void check_seen(const std::string& stage, const golden::Capture& seen, bool is_rounded) const {
        check_float(stage + ".effective_weight", seen.effective_weight);
        if (is_rounded) {
            check_exact(stage + ".xq", seen.quantized_input);
            check_exact(stage + ".weight_q", seen.quantized_weight);
        } else {
            check_float(stage + ".xq", seen.quantized_input);
            check_float(stage + ".weight_q", seen.quantized_weight);
        }
        check_exact(stage + ".fl_input", golden::as_tensor(seen.input_lengths));
        if (!seen.weight_lengths.empty()) check_exact(stage + ".fl_weight", golden::as_tensor(seen.weight_lengths));
    }
};

/// conv(eta * xq, W): what the batch statistics are taken from, with eta as it is after the batch.
Tensor first_convolution(const ConvBatchNorm& conv, const Tensor& quantized_input, NumericMode mode) {
    const torch::NoGradGuard no_grad;
    ConvBatchNorm copy = conv;
    Tensor weight = conv.weight;
    const LayerQuantization& quantization = copy.quantization();
    if (quantization.settings().rescale_forward_conv) weight = weight * quantization.weight_rescale(weight, weight);
    if (const Tensor eta = quantization.input_scale(mode, weight); eta.defined()) weight = weight * eta;
    return convolution(quantized_input, weight, {}, conv.layer().window, conv.layer().groups);
}

class ConvGolden : public LayerGolden {};

TEST_P(ConvGolden, AgreesInTrainingEvaluationAndIntegers) {
    const json& options = GetParam().options;
    const NumericMode mode = mode_of(options);
    QuantizationConfig settings = settings_of(options, false);
    Layer layer;
    layer.name = GetParam().name;
    layer.kind = LayerKind::kConv;
    layer.in_channels = options["ci"];
    layer.out_channels = options["co"];
    layer.groups = options.value("groups", 1);
    layer.window = {options["k"], options.value("stride", 1), options.value("pad", 0)};
    layer.input_is_signed = options.value("double_side", false);
    layer.reads_pixels = options.value("weight_only", false);

    const auto clip_level = std::make_shared<ClipLevel>(ClipLevel{parameter("alpha")});
    const auto next_clip_level = std::make_shared<ClipLevel>(ClipLevel{parameter("alpha_next")});
    const auto own = lengths("input_fraclen", 6), next = lengths("next_input_fraclen", 6),
               master = lengths("master_input_fraclen", 6);
    ActivationQuantizer::Options quantizer;
    quantizer.layer = layer.name;
    quantizer.is_signed = layer.input_is_signed;
    quantizer.reads_pixels = layer.reads_pixels;
    ActivationQuantizer::Options following;
    following.layer = "next";
    following.is_signed = options.value("next_layer_signed", false);
    const auto make = [&](const QuantizationConfig& with) {
        const bool shared = options.value("input_fraclen_sharing", false);
        return LayerQuantization(
            layer.name, with, std::make_shared<ActivationQuantizer>(quantizer, with, clip_level, shared ? master : own),
            std::make_shared<ActivationQuantizer>(following, with, next_clip_level, next));
    };
    ConvBatchNorm conv(layer, make(settings), GetParam().type);
    // The authors' pool scale on a convolution is a factor on its weight; ours goes into the classifier, so it is put
    // into the raw weight here.
    const double pool_scale_factor = options.value("pool_scale", 1.0);
    conv.weight = (input("weight") * pool_scale_factor).requires_grad_();
    conv.gamma = parameter("gamma");
    conv.beta = parameter("beta");
    conv.running_mean = input("running_mean").clone();
    conv.running_var = input("running_var").clone();

    // Recorded pixels are bytes / 256, what the layer multiplies; ours arrive as bytes / 255.
    Tensor x = planes("x").clone();
    if (layer.reads_pixels) x = x * (256.0 / 255.0);
    x.requires_grad_();
    golden::Capture seen;
    const Tensor y = conv.forward(x, mode, true, &seen);
    (y * input("r")).sum().backward();
    check_training("train.y", y);
    check_seen("train", seen, mode == NumericMode::kFakeQuant);
    check_float("train.y0", first_convolution(conv, seen.quantized_input, mode));
    if (!layer.reads_pixels) check_gradient("x", x);  // nobody asks for the gradient of pixels
    check_gradient("weight", conv.weight, pool_scale_factor);
    check_gradient("gamma", conv.gamma);
    check_gradient("beta", conv.beta);
    check_gradient("alpha", clip_level->alpha);
    check_gradient("alpha_next", next_clip_level->alpha);
    check_training("after.running_mean", conv.running_mean);
    check_training("after.running_var", conv.running_var);
    for (const auto& [what, running] :
         {std::pair{"after.input_fraclen", own}, std::pair{"after.next_input_fraclen", next},
          std::pair{"after.master_input_fraclen", master}}) {
        if (has(what))
            expect_close(torch::tensor(running->values(), torch::kDouble), raw(what), is_double() ? 1e-6 : 1e-7, what);
    }

    torch::NoGradGuard no_grad;
    check_float("eval.y", conv.forward(x, mode, false, &seen));
    check_seen("eval", seen, mode == NumericMode::kFakeQuant);
    if (!has("int.weight") || is_double()) return;
    settings.quantize_bias = true;
    ConvBatchNorm rounded(layer, make(settings), GetParam().type);
    rounded.weight = conv.weight;
    rounded.gamma = conv.gamma;
    rounded.beta = conv.beta;
    rounded.running_mean = conv.running_mean;
    rounded.running_var = conv.running_var;
    check_float("eval_quant_bias.y", rounded.forward(x, mode, false, nullptr));

    const IntegerWeights form = conv.integer_weights();
    const bool has_pool_scale = options.contains("pool_scale");
    check_exact("int.x_code", seen.quantized_input * std::ldexp(1.0, form.input_fractional_length));
    if (layer.reads_pixels) check_exact("pixels", seen.quantized_input * 256);
    check_integers(form, !has_pool_scale);
    const StoredTensor arriving{raw("int.x_code").to(torch::kFloat), form.input_fractional_length, 255};
    const StoredTensor accumulator = conv.forward_integer(arriving, &seen);
    check_exact("int.x_code", seen.codes);
    if (!has_pool_scale) check_exact("int.accumulator", accumulator.stored);
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvGolden, testing::ValuesIn(variants("conv_block.safetensors", true)), variant_name);

class LinearGolden : public LayerGolden {};

TEST_P(LinearGolden, AgreesInTrainingEvaluationAndIntegers) {
    const json& options = GetParam().options;
    const NumericMode mode = mode_of(options);
    QuantizationConfig settings = settings_of(options, true);
    Layer layer;
    layer.name = GetParam().name;
    layer.kind = LayerKind::kLinear;
    layer.out_channels = static_cast<int>(raw("weight").size(0));
    layer.in_channels = static_cast<int>(raw("weight").size(1));
    layer.input_is_signed = options.value("double_side", false);
    const auto clip_level = std::make_shared<ClipLevel>(ClipLevel{parameter("alpha")});
    const auto own = lengths("input_fraclen", 6);
    ActivationQuantizer::Options quantizer;
    quantizer.layer = layer.name;
    quantizer.is_signed = layer.input_is_signed;
    quantizer.may_be_per_channel = false;
    const auto make = [&](const QuantizationConfig& with) {
        return LayerQuantization(layer.name, with,
                                 std::make_shared<ActivationQuantizer>(quantizer, with, clip_level, own), nullptr);
    };
    QuantizedLinear linear(layer, make(settings), 1.0, GetParam().type);
    linear.weight = parameter("weight");
    linear.bias = parameter("bias");

    const Tensor x = input("x").clone().requires_grad_();
    golden::Capture seen;
    const Tensor y = linear.forward(x, mode, true, &seen);
    (y * input("r")).sum().backward();
    check_training("train.y", y);
    check_seen("train", seen, mode == NumericMode::kFakeQuant);
    check_gradient("x", x);
    check_gradient("weight", linear.weight);
    check_gradient("bias", linear.bias);
    check_gradient("alpha", clip_level->alpha);
    if (has("after.input_fraclen")) {
        expect_close(torch::tensor(own->values(), torch::kDouble), raw("after.input_fraclen"), 1e-6,
                     "after.input_fraclen");
    }

    torch::NoGradGuard no_grad;
    check_float("eval.y", linear.forward(input("x"), mode, false, &seen));
    if (!has("int.weight") || is_double()) return;
    settings.quantize_bias = true;
    QuantizedLinear rounded(layer, make(settings), 1.0, GetParam().type);
    rounded.weight = linear.weight;
    rounded.bias = linear.bias;
    check_float("eval_quant_bias.y", rounded.forward(input("x"), mode, false, nullptr));
    const IntegerWeights form = linear.integer_weights();
    check_integers(form, true);
    const StoredTensor logits =
        linear.forward_integer({raw("int.x_code").to(torch::kFloat), form.input_fractional_length, 255}, &seen);
    check_exact("int.accumulator", logits.stored);
}

INSTANTIATE_TEST_SUITE_P(Cases, LinearGolden, testing::ValuesIn(variants("linear.safetensors", false)), variant_name);

}  // namespace
}  // namespace f8net
