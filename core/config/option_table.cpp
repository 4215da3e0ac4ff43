// SPDX-License-Identifier: Apache-2.0
// The rows. This file is a table: it stays whole, and a new option is one row here and one field in experiment.h.
#include "core/config/option_table.h"

#include <algorithm>
#include <map>
#include <type_traits>
#include <utility>

#include "core/base/error.h"
#include "core/config/choice_names.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

constexpr double kBillion = 1e9;

/// How a field's type appears in the table.
template <typename Field>
struct Binding {  // enums
    static constexpr OptionType kType = OptionType::kChoice;
    static OptionValue get(const Field& field) { return choice_name(field); }
    static void set(Field& field, const OptionValue& value) {
        field = choice_from_name<Field>(std::get<std::string>(value)).value();
    }
};
template <typename Field, OptionType Type, typename Stored>
struct PlainBinding {
    static constexpr OptionType kType = Type;
    static OptionValue get(const Field& field) { return static_cast<Stored>(field); }
    static void set(Field& field, const OptionValue& value) { field = static_cast<Field>(std::get<Stored>(value)); }
};
template <>
struct Binding<bool> : PlainBinding<bool, OptionType::kBool, bool> {};
template <>
struct Binding<int> : PlainBinding<int, OptionType::kInt, int64_t> {};
template <>
struct Binding<int64_t> : PlainBinding<int64_t, OptionType::kInt, int64_t> {};
template <>
struct Binding<double> : PlainBinding<double, OptionType::kDouble, double> {};
template <>
struct Binding<std::string> : PlainBinding<std::string, OptionType::kString, std::string> {};
template <>
struct Binding<std::vector<int64_t>> : PlainBinding<std::vector<int64_t>, OptionType::kIntList, std::vector<int64_t>> {
};
template <>
struct Binding<std::vector<double>> : PlainBinding<std::vector<double>, OptionType::kDoubleList, std::vector<double>> {
};
template <>
struct Binding<std::vector<std::string>>
    : PlainBinding<std::vector<std::string>, OptionType::kStringList, std::vector<std::string>> {};
template <>
struct Binding<InitialFormat> {
    static constexpr OptionType kType = OptionType::kIntList;
    static OptionValue get(const InitialFormat& format) {
        return std::vector<int64_t>{format.word_length, format.fractional_length};
    }
    static void set(InitialFormat& format, const OptionValue& value) {
        const auto& bits = std::get<std::vector<int64_t>>(value);
        format = {static_cast<int>(bits.at(0)), static_cast<int>(bits.at(1))};
    }
};
template <>
struct Binding<std::vector<NumericMode>> {
    static constexpr OptionType kType = OptionType::kChoiceList;
    static OptionValue get(const std::vector<NumericMode>& modes) {
        std::vector<std::string> names;
        for (const NumericMode mode : modes) names.push_back(choice_name(mode));
        return names;
    }
    static void set(std::vector<NumericMode>& modes, const OptionValue& value) {
        modes.clear();
        for (const auto& name : std::get<std::vector<std::string>>(value)) {
            modes.push_back(choice_from_name<NumericMode>(name).value());
        }
    }
};

template <typename Field>
void add_choices(OptionRow& row) {
    if constexpr (std::is_enum_v<Field>) {
        for (const auto name : ChoiceNames<Field>::kNames) row.choices.emplace_back(name);
    } else if constexpr (std::is_same_v<Field, std::vector<NumericMode>>) {
        for (const auto name : ChoiceNames<NumericMode>::kNames) row.choices.emplace_back(name);
    }
}

/// Fluent, so that a row reads as one sentence.
class Row {
public:
    explicit Row(OptionRow row) : row_(std::move(row)) {}
    Row range(double minimum, double maximum) && {
        row_.minimum = minimum;
        row_.maximum = maximum;
        return std::move(*this);
    }
    Row length(size_t minimum, size_t maximum) && {
        row_.minimum_length = minimum;
        row_.maximum_length = maximum;
        return std::move(*this);
    }
    Row unit(std::string unit) && {
        row_.unit = std::move(unit);
        return std::move(*this);
    }
    Row choices(std::vector<std::string> choices) && {
        row_.choices = std::move(choices);
        if (row_.type == OptionType::kString) row_.type = OptionType::kChoice;
        return std::move(*this);
    }
    Row path() && {
        row_.type = OptionType::kPath;
        return std::move(*this);
    }
    Row whole_run() && {
        row_.stage_may_override = false;
        return std::move(*this);
    }
    Row flag(std::string flag) && {
        row_.flag = std::move(flag);
        return std::move(*this);
    }
    OptionRow take() && { return std::move(row_); }

private:
    OptionRow row_;
};

class TableBuilder {
public:
    TableBuilder(std::vector<OptionRow>& table) : table_(table) {}
    void add(Row row) { table_.push_back(std::move(row).take()); }

private:
    std::vector<OptionRow>& table_;
};

template <typename Section, typename Field>
Row row(const char* section, Section Experiment::*part, const char* name, Field Section::*field, const char* help) {
    OptionRow out;
    out.section = section;
    out.name = name;
    out.key = out.section + "." + name;
    out.help = help;
    out.type = Binding<Field>::kType;
    out.get = [=](const Experiment& experiment) { return Binding<Field>::get(experiment.*part.*field); };
    out.set = [=](Experiment& experiment, const OptionValue& value) {
        Binding<Field>::set(experiment.*part.*field, value);
    };
    add_choices<Field>(out);
    return Row(std::move(out));
}

Row top_row(const char* name, std::string Experiment::*field, const char* help) {
    OptionRow out;
    out.name = out.key = name;
    out.help = help;
    out.stage_may_override = false;
    out.get = [=](const Experiment& experiment) { return OptionValue(experiment.*field); };
    out.set = [=](Experiment& experiment, const OptionValue& value) {
        experiment.*field = std::get<std::string>(value);
    };
    return Row(std::move(out));
}

void add_data(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("data", &Experiment::data, name, field, help);
    };
    using D = DataConfig;
    t.add(r("dataset", &D::dataset,
            "Which images; cifar-10 and cifar-100 in their binary form, image-folder JPEG and PNG files in a folder "
            "per class.")
              .choices({"fashion-mnist", "image-folder", "cifar-10", "cifar-100"})
              .whole_run());
    t.add(r("folder", &D::folder, "Where the images lie; empty: where the dataset's package puts them.")
              .path()
              .whole_run()
              .flag("--data"));
    t.add(r("train_folder", &D::train_folder, "Image folders: the folder of training images, below data.folder.")
              .whole_run());
    t.add(r("test_folder", &D::test_folder,
            "Image folders: the folder of test images, below data.folder; where val is not there, validation or test.")
              .whole_run());
    t.add(r("validation", &D::validation,
            "Images split off the training set to choose the best epoch on: 0 none, below 1 a share, from 1 a number "
            "of images.")
              .range(0, kBillion)
              .whole_run());
    t.add(r("train_limit", &D::train_limit, "Use only the first images of the training set; 0: all.")
              .range(0, kBillion)
              .unit("images")
              .flag("--limit"));
    t.add(r("test_limit", &D::test_limit, "Use only the first images of the test set; 0: all.")
              .range(0, kBillion)
              .unit("images"));
    t.add(r("random_crop_padding", &D::random_crop_padding,
            "Training: pad each side by so much, then crop at random; 0: no random crop.")
              .range(0, 256)
              .unit("pixels"));
    t.add(r("flip", &D::flip, "Training: mirror left and right half of the time."));
    t.add(r("random_resized_crop", &D::random_resized_crop,
            "Training: a random part of the picture, resized to the image size."));
    t.add(r("crop_scale", &D::crop_scale, "Random resized crop: smallest and largest share of the picture's area.")
              .range(0.001, 1)
              .length(2, 2));
    t.add(r("crop_ratio", &D::crop_ratio, "Random resized crop: smallest and largest width over height.")
              .range(0.1, 10)
              .length(2, 2));
    t.add(
        r("test_resize", &D::test_resize,
          "Testing: resize the shorter side to so much before the centre crop; 0: 256/224 of the image size for image "
          "folders, the image size for others.")
            .range(0, 4096)
            .unit("pixels"));
    t.add(r("normalize", &D::normalize,
            "Subtract the mean and divide by the deviation (signed input); off: raw pixel bytes.")
              .whole_run());
    t.add(
        r("mean", &D::mean, "Normalize: mean per channel of pixels in 0 to 1.").range(0, 1).length(1, 16).whole_run());
    t.add(r("std", &D::std, "Normalize: standard deviation per channel.").range(1e-3, 10).length(1, 16).whole_run());
    t.add(r("loader_threads", &D::loader_threads, "Threads that read and augment images; 0 counts as 1.")
              .range(0, 256)
              .unit("threads"));
    t.add(r("prefetch_batches", &D::prefetch_batches, "Batches that are made ready ahead.")
              .range(1, 1024)
              .unit("batches"));
    t.add(r("cache", &D::cache,
            "Image folders: keep decoded pictures, in memory or as raw pixels in a file that later runs use, too; the "
            "pixels are the same."));
    t.add(r("cache_folder", &D::cache_folder, "Where the files of raw pixels lie; empty: the user's cache.").path());
    t.add(r("cache_limit", &D::cache_limit, "Keep at most so much for training and for test images each.")
              .range(0, 1e6)
              .unit("GiB"));
}

void add_network(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("network", &Experiment::network, name, field, help).whole_run();
    };
    using N = NetworkConfig;
    t.add(r("architecture", &N::architecture, "Which network.")
              .choices({"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "mobilenet_v1", "mobilenet_v2"}));
    t.add(r("width_multiplier", &N::width_multiplier,
            "Channel counts times this, rounded to multiples of 8; 1: as published.")
              .range(0.01, 8));
    t.add(r("stem", &N::stem,
            "First layers: imagenet as published, small (stride 1, no pool) for images up to 64 pixels."));
    t.add(r("image_size", &N::image_size, "Height and width of the images the network sees.")
              .range(8, 1024)
              .unit("pixels"));
    t.add(r("input_channels", &N::input_channels, "1 for grey images, 3 for colour.").range(1, 16).unit("channels"));
    t.add(r("num_classes", &N::num_classes, "Number of classes.").range(2, 100000).unit("classes"));
    t.add(r("reset_parameters", &N::reset_parameters,
            "Initialize weights as the method says; off: PyTorch's own, uniform within 1/sqrt(fan_in). Both from "
            "training.seed."));
    t.add(r("pretrained_file", &N::pretrained_file,
            "Weights to start from (.safetensors, .pt, .pth), ours or another program's; empty: none.")
              .path());
    t.add(r("pretrained_origin", &N::pretrained_origin,
            "Whose layer names the weights carry; auto: recognised by their keys.")
              .choices({"auto", "f8net", "torchvision", "timm", "pytorchcv", "nvidia", "hawq"}));
    t.add(r("pretrained_strict", &N::pretrained_strict,
            "Every tensor must be there and known; off: unknown ones are dropped, missing ones keep their initial "
            "values."));
    t.add(r("pretrained_remap", &N::pretrained_remap,
            "Layer names to translate before the rest is recognised, as theirs=ours; theirs= leaves a layer out.")
              .length(0, 10000));
}

void add_quantization(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("quantization", &Experiment::quantization, name, field, help);
    };
    using Q = QuantizationConfig;
    t.add(r("mode", &Q::mode,
            "Numbers that training computes with: float (clipped, not rounded), float-unclipped, or fake-quant (8-bit "
            "fixed point held in floats).")
              .choices({"float", "float-unclipped", "fake-quant"}));
    t.add(r("weight_format", &Q::weight_format, "Word length and initial fractional length of weights.")
              .range(0, 32)
              .length(2, 2)
              .unit("bits"));
    t.add(r("input_format", &Q::input_format, "Word length and initial fractional length of each layer's input.")
              .range(0, 32)
              .length(2, 2)
              .unit("bits"));
    t.add(r("format_policy", &Q::format_policy,
            "How fractional lengths are chosen: from a statistic, by trying all, or fixed as configured."));
    t.add(r("statistic", &Q::statistic, "Statistic that the fractional length comes from."));
    t.add(r("momentum", &Q::momentum, "Weight of the newest batch in the running fractional length.").range(0, 1));
    t.add(r("granularity", &Q::granularity,
            "One format per tensor, or one per channel (training only: it has no integer form for inputs)."));
    t.add(r("clipping", &Q::clipping, "Learn a clipping level per layer; off for finetuning published float weights."));
    t.add(r("initial_clip_level", &Q::initial_clip_level, "Clipping level that each layer starts with.")
              .range(1e-3, 1e6));
    t.add(r("fractional_length_sharing", &Q::fractional_length_sharing,
            "Layers that read one stream have private fractional lengths or a shared one."));
    t.add(
        r("compensate_streams", &Q::compensate_streams,
          "Bring a residual stream to the scale of what is added to it, by the nearest power of two, where its readers "
          "differ in fractional length or clipping level (off: as published)."));
    t.add(r("rescale_forward", &Q::rescale_forward,
            "Rescale the classifier's weights; off for few classes, where it makes training noisy."));
    t.add(r("rescale_forward_conv", &Q::rescale_forward_conv, "Rescale the convolutions' weights."));
    t.add(r("rescale_type", &Q::rescale_type,
            "Target of the rescale: constant (1 / sqrt of the fan-out) or stddev (that of the raw weight)."));
    t.add(r("quantize_bias", &Q::quantize_bias,
            "Round biases to 32 bits in fake-quantized evaluation too; integer modes always do."));
    t.add(r("quantize_average_pool", &Q::quantize_average_pool,
            "Average pool as an integer sum and a shift; off: one exact division."));
    t.add(r("pool_scale", &Q::pool_scale,
            "Factor between sum pool and mean: folded into the classifier, or none where training used the uncorrected "
            "sum."));
}

void add_optimizer(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("optimizer", &Experiment::optimizer, name, field, help);
    };
    using O = OptimizerConfig;
    t.add(r("lr", &O::lr, "Base learning rate.").range(0, 1000));
    t.add(r("momentum", &O::momentum, "Momentum of the gradient.").range(0, 0.9999));
    t.add(r("nesterov", &O::nesterov, "Nesterov's form of momentum."));
    t.add(r("weight_decay", &O::weight_decay, "Decay of the weights per step, as a part of the gradient.").range(0, 1));
    t.add(r("weight_decay_scheme", &O::weight_decay_scheme, "Which parameters decay."));
    t.add(r("scale_lr_with_batch", &O::scale_lr_with_batch,
            "Multiply the learning rate by batch / 256 when the batch is above 256."));
}

void add_schedule(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("schedule", &Experiment::schedule, name, field, help);
    };
    using S = ScheduleConfig;
    t.add(r("kind", &S::kind,
            "Course of the learning rate; the _iter kinds change it at every step, the others at every epoch."));
    t.add(r("milestones", &S::milestones, "Multistep: epochs after which the rate is multiplied by gamma.")
              .range(0, 1e6)
              .length(0, 1000)
              .unit("epochs"));
    t.add(r("gamma", &S::gamma, "Multistep and exp_decaying: factor of each decay.").range(0, 1));
    t.add(r("period", &S::period, "Exp_decaying: epochs between two decays.").range(1, 1e6).unit("epochs"));
    t.add(r("warmup_epochs", &S::warmup_epochs,
            "Epochs in which the rate rises to its base; used when the batch is above 256.")
              .range(0, 1e6)
              .unit("epochs"));
}

void add_training(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("training", &Experiment::training, name, field, help);
    };
    using T = TrainingConfig;
    t.add(r("epochs", &T::epochs, "Epochs of the stage.").range(0, 1e6).unit("epochs").flag("--epochs"));
    t.add(r("batch_size", &T::batch_size, "Images per optimizer step, those of all ranks together.")
              .range(1, 1048576)
              .unit("images")
              .flag("--batch-size"));
    t.add(r("micro_batch", &T::micro_batch,
            "Images per forward pass (of one rank), gradients are summed up to the batch; 0: the whole batch.")
              .range(0, 1048576)
              .unit("images"));
    t.add(r("max_steps", &T::max_steps, "End the stage after so many optimizer steps; 0: when its epochs are done.")
              .range(0, kBillion)
              .unit("steps"));
    t.add(r("images_per_epoch", &T::images_per_epoch, "Images that make an epoch; 0: the whole training set.")
              .range(0, kBillion)
              .unit("images"));
    t.add(r("drop_last", &T::drop_last, "Leave out the last batch of an epoch where it is not full."));
    t.add(r("seed", &T::seed, "Seed of initial weights, order and augmentation.")
              .range(0, 9007199254740992.0)
              .whole_run());
    t.add(r("seed_per_rank", &T::seed_per_rank, "Distributed: rank r augments with seed + r.").whole_run());
    t.add(r("rank_timeout_s", &T::rank_timeout_s, "Distributed: a rank that is silent for so long is given up.")
              .range(1, 86400)
              .unit("s")
              .whole_run());
    t.add(r("threads", &T::threads,
            "Threads of computation; 0: one per processor. The last digits of a result depend on it.")
              .range(0, 1024)
              .unit("threads")
              .whole_run()
              .flag("--threads"));
    t.add(r("device", &T::device, "Where to compute: cpu, cuda, cuda:N, or auto (a GPU where one is).")
              .whole_run()
              .flag("--device"));
    t.add(r("precision", &T::precision, "Floating-point type of training; float64 is for checking."));
    t.add(
        r("float32_matmul", &T::float32_matmul,
          "How a GPU multiplies float32 in training: tf32 (rounded to 11 bits, fast) or ieee. Codes are exact in both; "
          "CPUs and integer modes always compute as ieee."));
    t.add(r("cuda_graph", &T::cuda_graph,
            "Have a GPU replay a training step as one CUDA graph where it can be captured; the log says where not, and "
            "why."));
    t.add(r("channels_last", &T::channels_last, "Keep channels innermost in memory (faster on most machines)."));
    t.add(r("log_every_steps", &T::log_every_steps, "Steps between two rows of the loss in the store.")
              .range(1, 1e6)
              .unit("steps"));
    t.add(r("probe_images", &T::probe_images,
            "Images of the fixed set that each epoch's statistics come from; 0: no statistics.")
              .range(0, 1e6)
              .unit("images"));
    t.add(r("checkpoint_every_steps", &T::checkpoint_every_steps,
            "Steps between two checkpoints inside an epoch; 0: only at its end.")
              .range(0, kBillion)
              .unit("steps"));
    t.add(r("keep_checkpoints", &T::keep_checkpoints,
            "How many of the last checkpoints are kept besides the best one and the stages' ends.")
              .range(1, 1000));
    t.add(r("disk_reserve_mb", &T::disk_reserve_mb, "Warn before a run that would leave less free disk than this.")
              .range(0, kBillion)
              .unit("MB")
              .whole_run());
    t.add(r("memory_warn_mb", &T::memory_warn_mb, "Warn when the resident memory passes this; 0: never.")
              .range(0, kBillion)
              .unit("MB")
              .whole_run());
    t.add(r("from", &T::from, "Run or checkpoint whose state the first stage starts from; empty: none.")
              .whole_run()
              .flag("--from"));
    t.add(r("test_only", &T::test_only, "Evaluate, do not train.").whole_run());
}

void add_evaluation(TableBuilder& t) {
    const auto r = [](const char* name, auto field, const char* help) {
        return row("evaluation", &Experiment::evaluation, name, field, help);
    };
    using E = EvaluationConfig;
    t.add(
        r("modes", &E::modes, "Modes in which the finished network is evaluated.").length(0, kNumericModeNames.size()));
    t.add(r("batch_size", &E::batch_size, "Images per forward pass in evaluation.").range(1, 65536).unit("images"));
    t.add(r("limit", &E::limit, "Evaluate on the first images only; 0: all.").range(0, kBillion).unit("images"));
    t.add(r("agreement_images", &E::agreement_images,
            "Images on which all integer modes are compared code by code; 0: all.")
              .range(0, kBillion)
              .unit("images"));
    t.add(r("every_epochs", &E::every_epochs, "Epochs between two evaluations in training; 0: only after the last.")
              .range(0, 1e6)
              .unit("epochs"));
    t.add(r("recalibrate_batch_norm", &E::recalibrate_batch_norm,
            "Re-estimate batch-norm statistics over so many training batches before each evaluation in training, and "
            "before the test of a test_only run; 0: no.")
              .range(0, 1e6)
              .unit("batches"));
    t.add(r("topk", &E::topk, "Accuracies that are counted: the right class is among the k best.")
              .range(1, 1000)
              .length(1, 10));
    t.add(
        r("integer_float_export", &E::integer_float_export,
          "Folder or file (.onnx) for the network of integer-float mode, as ONNX with QLinear operators; empty: none.")
            .path());
    t.add(r("integer_only_export", &E::integer_only_export,
            "Folder or file (.onnx) for the integer-only network, as ONNX with QLinear operators; empty: none.")
              .path());
}

std::vector<OptionRow> make_table() {
    std::vector<OptionRow> table;
    TableBuilder t(table);
    t.add(
        top_row("name", &Experiment::name, "Name of runs of this experiment; empty: the file's name.").flag("--name"));
    t.add(top_row("description", &Experiment::description, "What the experiment is for."));
    t.add(top_row("duration", &Experiment::duration, "About how long it takes, and on what."));
    add_data(t);
    add_network(t);
    add_quantization(t);
    add_optimizer(t);
    add_schedule(t);
    add_training(t);
    add_evaluation(t);
    return table;
}

std::string upper(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '.' || c == '-')
            out += '_';
        else
            out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

}  // namespace

std::string OptionRow::environment_name() const {
    return "F8NET_" + upper(key);
}

std::string OptionRow::flag_environment_name() const {
    return flag.empty() ? "" : "F8NET_" + upper(flag.substr(2));
}

std::span<const OptionRow> option_table() {
    static const std::vector<OptionRow> table = make_table();
    return table;
}

std::span<const OptionSection> option_sections() {
    static const std::vector<OptionSection> sections = {
        {"data", "Images: which, from where, and what is done to them."},
        {"network", "The network and the weights it starts from."},
        {"quantization", "Fixed-point formats and how they are chosen."},
        {"optimizer", "Stochastic gradient descent."},
        {"schedule", "Course of the learning rate."},
        {"training", "How long, how large the steps, on what device, what is recorded."},
        {"evaluation", "How the result is measured."},
    };
    return sections;
}

const OptionRow* find_option(std::string_view key) {
    static const auto by_key = [] {
        std::map<std::string, const OptionRow*, std::less<>> map;
        for (const OptionRow& row : option_table()) map.emplace(row.key, &row);
        return map;
    }();
    const auto found = by_key.find(key);
    return found == by_key.end() ? nullptr : found->second;
}

std::string unknown_key_message(std::string_view key) {
    std::vector<std::string> keys = {"stages"};
    for (const OptionRow& row : option_table()) keys.push_back(row.key);
    for (const OptionSection& section : option_sections()) keys.push_back(section.name);
    const std::string text(key.substr(0, 80));
    std::string near = nearest_name(text, keys);
    if (near.empty()) {  // "lr" alone, or under the wrong section: the last word decides
        const std::string last = text.substr(text.rfind('.') + 1);
        for (const OptionRow& row : option_table()) {
            if (near.empty() && row.name == last) near = row.key;
        }
    }
    return "unknown key " + shown_text(key) + (near.empty() ? "" : ", did you mean '" + near + "'?");
}

const OptionRow& option(std::string_view key) {
    const OptionRow* found = find_option(key);
    if (found == nullptr) throw ConfigError(unknown_key_message(key));
    return *found;
}

void set_option(Experiment& experiment, std::string_view key, std::string_view text) {
    const OptionRow& found = option(key);
    found.set(experiment, parse_value(found, text));
}

std::string get_option(const Experiment& experiment, std::string_view key) {
    return format_value(option(key).get(experiment));
}

}  // namespace f8net
