// SPDX-License-Identifier: Apache-2.0
// One table and what its rows mean together; see method.md 6 and 7.
#include "core/config/authors_vocabulary.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

enum class ValueType { kBool, kInt, kDouble, kText, kIntList, kAny };

struct AuthorsKey {
    const char* key;
    ValueType type;
    AuthorsKeyEffect effect;
    const char* ours;  ///< kDirect and kCombined: our key; else the reason that the note gives
};

using enum AuthorsKeyEffect;
constexpr AuthorsKey kKeys[] = {
    {"num_gpus_per_job", ValueType::kInt, kCombined, "training.micro_batch"},
    {"dataset", ValueType::kText, kCombined, "data.dataset"},
    {"data_transforms", ValueType::kText, kCombined, "data.random_resized_crop"},
    {"data_loader", ValueType::kText, kNone, "there is one loader"},
    {"dataset_dir", ValueType::kText, kDirect, "data.folder"},
    {"data_loader_workers", ValueType::kInt, kDirect, "data.loader_threads"},
    {"num_classes", ValueType::kInt, kDirect, "network.num_classes"},
    {"image_size", ValueType::kInt, kDirect, "network.image_size"},
    {"topk", ValueType::kIntList, kDirect, "evaluation.topk"},
    {"num_epochs", ValueType::kInt, kDirect, "training.epochs"},
    {"optimizer", ValueType::kText, kCombined, "optimizer.lr"},
    {"momentum", ValueType::kDouble, kDirect, "optimizer.momentum"},
    {"weight_decay", ValueType::kDouble, kDirect, "optimizer.weight_decay"},
    {"nesterov", ValueType::kBool, kDirect, "optimizer.nesterov"},
    {"lr", ValueType::kDouble, kDirect, "optimizer.lr"},
    {"lr_scheduler", ValueType::kText, kDirect, "schedule.kind"},
    {"multistep_lr_milestones", ValueType::kIntList, kDirect, "schedule.milestones"},
    {"multistep_lr_gamma", ValueType::kDouble, kCombined, "schedule.gamma"},
    {"exp_decaying_lr_gamma", ValueType::kDouble, kCombined, "schedule.gamma"},
    {"exp_decaying_period", ValueType::kInt, kDirect, "schedule.period"},
    {"warmup_epochs", ValueType::kInt, kDirect, "schedule.warmup_epochs"},
    {"pretrained_dir", ValueType::kText, kNone, "without effect in the original"},
    {"pretrained_file", ValueType::kText, kCombined, "network.pretrained_file"},
    {"fp_pretrained_file", ValueType::kText, kCombined, "network.pretrained_file"},
    {"ptcv_pretrained", ValueType::kBool, kCombined, "network.pretrained_origin"},
    {"hawq_pretrained", ValueType::kBool, kCombined, "network.pretrained_origin"},
    {"hawq_pretrained_file", ValueType::kText, kCombined, "network.pretrained_file"},
    {"nvidia_pretrained", ValueType::kBool, kCombined, "network.pretrained_origin"},
    {"nvidia_pretrained_file", ValueType::kText, kCombined, "network.pretrained_file"},
    {"pretrained_model_remap_keys", ValueType::kAny, kCombined, "network.pretrained_remap"},
    {"resume", ValueType::kText, kNone, "without effect in the original; use train --resume"},
    {"test_only", ValueType::kBool, kDirect, "training.test_only"},
    {"random_seed", ValueType::kInt, kDirect, "training.seed"},
    {"model", ValueType::kText, kCombined, "network.architecture"},
    {"depth", ValueType::kInt, kCombined, "network.architecture"},
    {"reset_parameters", ValueType::kBool, kDirect, "network.reset_parameters"},
    {"distributed", ValueType::kBool, kCombined, "training.micro_batch"},
    {"distributed_all_reduce", ValueType::kBool, kKept, "ranks come from f8net launch, torchrun or Slurm"},
    {"use_diff_seed", ValueType::kBool, kDirect, "training.seed_per_rank"},
    {"width_divisor", ValueType::kInt, kNone, "without effect in the original"},
    {"min_width", ValueType::kInt, kNone, "without effect in the original"},
    {"width_multiplier", ValueType::kDouble, kDirect, "network.width_multiplier"},
    {"rescale_forward", ValueType::kBool, kDirect, "quantization.rescale_forward"},
    {"rescale_forward_conv", ValueType::kBool, kDirect, "quantization.rescale_forward_conv"},
    {"rescale_type", ValueType::kText, kDirect, "quantization.rescale_type"},
    {"normalize", ValueType::kBool, kDirect, "data.normalize"},
    {"floating_model", ValueType::kBool, kCombined, "quantization.mode"},
    {"floating_wo_clip", ValueType::kBool, kCombined, "quantization.mode"},
    {"weight_format", ValueType::kIntList, kDirect, "quantization.weight_format"},
    {"input_format", ValueType::kIntList, kDirect, "quantization.input_format"},
    {"format_type", ValueType::kText, kCombined, "quantization.granularity"},
    {"format_from_metric", ValueType::kBool, kCombined, "quantization.format_policy"},
    {"format_grid_search", ValueType::kBool, kCombined, "quantization.format_policy"},
    {"metric", ValueType::kText, kDirect, "quantization.statistic"},
    {"momentum_for_metric", ValueType::kDouble, kDirect, "quantization.momentum"},
    {"no_clipping", ValueType::kBool, kCombined, "quantization.clipping"},
    {"input_fraclen_sharing", ValueType::kBool, kCombined, "quantization.fractional_length_sharing"},
    {"weight_decay_scheme", ValueType::kText, kDirect, "optimizer.weight_decay_scheme"},
    {"quant_bias", ValueType::kBool, kDirect, "quantization.quantize_bias"},
    {"quant_avgpool", ValueType::kBool, kDirect, "quantization.quantize_average_pool"},
    {"quant_maxpool", ValueType::kBool, kNone, "max pooling is exact either way"},
    {"pool_fusing", ValueType::kBool, kNone, "the pool's factor has one rule here, quantization.pool_scale"},
    {"int_infer", ValueType::kBool, kCombined, "evaluation.modes"},
    {"integize", ValueType::kBool, kCombined, "evaluation.modes"},
    {"int_op_only", ValueType::kBool, kCombined, "evaluation.modes"},
    {"integize_file_path", ValueType::kText, kDirect, "evaluation.integer_float_export"},
    {"int_op_only_file_path", ValueType::kText, kDirect, "evaluation.integer_only_export"},
    {"finetune_iters", ValueType::kInt, kDirect, "training.max_steps"},
    {"bn_calib_before_test", ValueType::kBool, kCombined, "evaluation.recalibrate_batch_norm"},
    {"bn_calib_batch_num", ValueType::kInt, kCombined, "evaluation.recalibrate_batch_norm"},
    {"bn_momentum", ValueType::kDouble, kNone, "always 0.1 in the original"},
    {"bn_eps", ValueType::kDouble, kNone, "always 1e-5 in the original"},
    {"batch_size", ValueType::kInt, kDirect, "training.batch_size"},
    {"batch_size_per_gpu", ValueType::kInt, kCombined, "training.micro_batch"},
    {"drop_last", ValueType::kBool, kDirect, "training.drop_last"},
    {"print_each_iter", ValueType::kBool, kCombined, "training.log_every_steps"},
    {"log_dir", ValueType::kText, kKept, "runs are kept in the store"},
    {"start_epoch", ValueType::kInt, kKept, "train --resume knows the epoch"},
};

const AuthorsKey* find_key(const std::string& key) {
    const auto* found =
        std::find_if(std::begin(kKeys), std::end(kKeys), [&](const AuthorsKey& k) { return key == k.key; });
    return found == std::end(kKeys) ? nullptr : found;
}

bool parse_authors_bool(const std::string& text, bool* value) {
    for (const auto& [word, meaning] : {std::pair{"true", true},
                                        {"True", true},
                                        {"yes", true},
                                        {"on", true},
                                        {"TRUE", true},
                                        {"false", false},
                                        {"False", false},
                                        {"no", false},
                                        {"off", false},
                                        {"FALSE", false}}) {
        if (text == word) {
            *value = meaning;
            return true;
        }
    }
    return false;
}

class Translator {
public:
    Translator(const YamlNode& root, ExperimentDocument& document) : root_(root), document_(document) {}

    void translate() {
        for (const auto& entry : root_.entries) read_entry(entry);
        combine_data();
        combine_network();
        combine_pretrained();
        combine_quantization();
        combine_training();
        combine_evaluation();
    }

private:
    void read_entry(const YamlNode::Entry& entry) {
        const AuthorsKey* row = find_key(entry.key);
        if (row == nullptr) refuse_unknown(entry);
        const YamlNode& value = entry.value;
        check_type(*row, value);
        if (value.kind == YamlNode::Kind::kNull) return;
        switch (row->effect) {
            case kDirect:
                set(row->ours, value);
                break;
            case kCombined:
                break;
            case kNone:
                note(entry.place, entry.key + " has no effect: " + row->ours);
                break;
            case kKept:
                document_.authors_only[entry.key] = value.text;
                note(entry.place, entry.key + " is not used: " + row->ours);
                break;
        }
    }
    [[noreturn]] static void refuse_unknown(const YamlNode::Entry& entry) {
        std::vector<std::string> names;
        for (const auto& row : kKeys) names.emplace_back(row.key);
        const std::string near = nearest_name(entry.key.substr(0, 80), names);
        refuse_yaml(entry.place,
                    "unknown key " + shown_text(entry.key) + (near.empty() ? "" : ", did you mean '" + near + "'?"));
    }
    static void check_type(const AuthorsKey& row, const YamlNode& value) {
        if (value.kind == YamlNode::Kind::kNull || row.type == ValueType::kAny) return;
        bool fits = row.type == ValueType::kIntList ? value.kind == YamlNode::Kind::kList
                                                    : value.kind == YamlNode::Kind::kScalar;
        const char* expected = "text";
        bool ignored = false;
        switch (row.type) {
            case ValueType::kBool:
                expected = "true or false";
                fits = fits && !value.quoted && parse_authors_bool(value.text, &ignored);
                break;
            case ValueType::kInt:
                expected = "a whole number";
                fits = fits && !value.quoted && is_number(value.text, "0123456789-");
                break;
            case ValueType::kDouble:
                expected = "a number";
                fits = fits && !value.quoted && is_number(value.text, "0123456789-+.eE");
                break;
            case ValueType::kIntList:
                expected = "a list of whole numbers";
                break;
            default:
                break;
        }
        if (!fits) refuse_yaml(value.place, std::string(row.key) + " is " + value.shown() + ", expected " + expected);
    }
    static bool is_number(const std::string& text, const char* characters) {
        return !text.empty() && text.size() < 32 && text.find_first_not_of(characters) == std::string::npos;
    }

    const YamlNode* node(const char* key) const {
        const YamlNode* found = root_.find(key);
        return found == nullptr || found->kind == YamlNode::Kind::kNull ? nullptr : found;
    }
    bool on(const char* key) const {
        bool value = false;
        const YamlNode* found = node(key);
        return found != nullptr && parse_authors_bool(found->text, &value) && value;
    }
    std::string text(const char* key) const { return node(key) == nullptr ? "" : node(key)->text; }
    int64_t integer(const char* key, int64_t otherwise) const {
        const YamlNode* found = node(key);
        return found == nullptr ? otherwise : std::strtoll(found->text.c_str(), nullptr, 10);
    }
    void note(const YamlPlace& place, const std::string& message) {
        document_.notes.push_back({origin(place), message});
    }
    static Origin origin(const YamlPlace& place) {
        return {Origin::Kind::kFile, *place.file, place.line, place.column};
    }

    void set(const std::string& ours, const YamlNode& value) {
        std::string as_text = value.text;
        if (value.kind == YamlNode::Kind::kList) {
            as_text = "[";
            for (const YamlNode& item : value.items) as_text += (as_text.size() == 1 ? "" : ",") + item.text;
            as_text += "]";
        }
        set_text(ours, as_text, value.place);
    }
    void set_text(const std::string& ours, const std::string& as_text, const YamlPlace& place) {
        try {
            set_option(document_.experiment, ours, as_text);
        } catch (const ConfigError& error) {
            refuse_yaml(place, error.what());
        }
        document_.origins[ours] = origin(place);
    }
    /// What the original takes where a file does not say; no origin, because nobody wrote it.
    void assume(const std::string& ours, const std::string& as_text) {
        if (!document_.origins.contains(ours)) set_option(document_.experiment, ours, as_text);
    }

    void combine_data() {
        if (const YamlNode* dataset = node("dataset")) {
            if (dataset->text != "imagenet1k" && dataset->text != "imagenet") {
                refuse_yaml(dataset->place, "dataset is " + dataset->shown() + ", expected imagenet1k");
            }
            set_text("data.dataset", "image-folder", dataset->place);
        }
        assume("network.image_size", "224");
        assume("network.num_classes", "1000");
        if (const YamlNode* transforms = node("data_transforms")) {
            if (transforms->text != "imagenet1k") {
                refuse_yaml(transforms->place, "data_transforms is " + transforms->shown() + ", expected imagenet1k");
            }
            set_text("data.random_resized_crop", "true", transforms->place);
            set_text("data.flip", "true", transforms->place);
            // 256 for 224 pixels (method.md 6), the same margin for other sizes
            const int size = document_.experiment.network.image_size;
            set_text("data.test_resize", std::to_string(size * 256 / 224), transforms->place);
        }
    }

    void combine_network() {
        const YamlNode* model = node("model");
        if (model == nullptr)
            refuse_yaml(
                root_.place,
                "model is missing, expected models.fix_resnet, models.fix_mobilenet_v1 or models.fix_mobilenet_v2");
        std::string architecture;
        if (model->text == "models.fix_resnet")
            architecture = "resnet" + (node("depth") == nullptr ? "50" : text("depth"));
        if (model->text == "models.fix_mobilenet_v1") architecture = "mobilenet_v1";
        if (model->text == "models.fix_mobilenet_v2") architecture = "mobilenet_v2";
        if (architecture.empty()) {
            refuse_yaml(model->place,
                        "model is " + model->shown() +
                            ", expected models.fix_resnet, models.fix_mobilenet_v1 or models.fix_mobilenet_v2");
        }
        const bool depth_decides = architecture.starts_with("resnet") && node("depth") != nullptr;
        set_text("network.architecture", architecture, depth_decides ? node("depth")->place : model->place);
        set_text("network.stem", "imagenet", model->place);
        set_text("network.input_channels", "3", model->place);
    }

    void combine_pretrained() {
        struct Source {
            const char* file;
            const char* flag;  ///< nullptr: the file alone decides
            const char* origin;
            const char* strict;
        };
        static constexpr Source kSources[] = {{"pretrained_file", nullptr, "f8net", "true"},
                                              {"fp_pretrained_file", nullptr, "f8net", "false"},
                                              {"nvidia_pretrained_file", "nvidia_pretrained", "nvidia", "false"},
                                              {"hawq_pretrained_file", "hawq_pretrained", "hawq", "false"}};
        for (const Source& source : kSources) {
            const YamlNode* file = node(source.file);
            if (file == nullptr || file->text.empty()) continue;
            if (source.flag != nullptr && !on(source.flag)) {
                note(file->place, std::string(source.file) + " has no effect without " + source.flag);
            } else if (document_.origins.contains("network.pretrained_file")) {
                note(file->place, std::string(source.file) + " has no effect beside the file above it in precedence, " +
                                      document_.experiment.network.pretrained_file);
            } else {
                set_text("network.pretrained_file", file->text, file->place);
                set_text("network.pretrained_origin", source.origin, file->place);
                set_text("network.pretrained_strict", source.strict, file->place);
            }
        }
        if (on("ptcv_pretrained") && !document_.origins.contains("network.pretrained_file")) {
            set_text("network.pretrained_origin", "pytorchcv", node("ptcv_pretrained")->place);
            set_text("network.pretrained_strict", "false", node("ptcv_pretrained")->place);
            note(node("ptcv_pretrained")->place,
                 "ptcv_pretrained downloads weights in the original; here save pytorchcv's weights of " +
                     document_.experiment.network.architecture + " in a file and give it as network.pretrained_file");
        }
        combine_remap();
    }
    void combine_remap() {
        const YamlNode* remap = node("pretrained_model_remap_keys");
        if (remap == nullptr) return;
        bool ignored = false;
        if (remap->kind == YamlNode::Kind::kScalar &&
            (remap->text.empty() || parse_authors_bool(remap->text, &ignored))) {
            document_.authors_only["pretrained_model_remap_keys"] = remap->text;
            return;
        }
        std::vector<std::string> pairs;
        for (const auto& entry : remap->entries) {
            if (entry.value.kind != YamlNode::Kind::kScalar)
                refuse_yaml(entry.value.place, "expected our layer's name");
            pairs.push_back(entry.key + "=" + entry.value.text);
        }
        if (pairs.empty())
            refuse_yaml(remap->place,
                        "pretrained_model_remap_keys is " + remap->shown() + ", expected a map of their names to ours");
        set_text("network.pretrained_remap", format_value(pairs), remap->place);
    }

    void combine_quantization() {
        const auto choose = [&](const char* key, const std::string& ours, const std::string& value) {
            if (on(key)) set_text(ours, value, node(key)->place);
            return on(key);
        };
        choose("floating_model", "quantization.mode", "float");
        choose("floating_wo_clip", "quantization.mode", "float-unclipped");
        if (const YamlNode* type = node("format_type")) {
            const bool known = type->text == "per_layer" || type->text == "per_channel";
            if (!known)
                refuse_yaml(type->place, "format_type is " + type->shown() + ", expected ~, per_layer or per_channel");
            set_text("quantization.granularity", type->text == "per_layer" ? "per-tensor" : "per-channel", type->place);
        }
        // Where several are asked for: floating, then grid search, then statistic (method.md 2.2).
        if (!choose("format_grid_search", "quantization.format_policy", "grid-search") &&
            !choose("format_from_metric", "quantization.format_policy", "statistics")) {
            assume("quantization.format_policy", "fixed");
        }
        if (const YamlNode* no_clipping = node("no_clipping")) {
            set_text("quantization.clipping", on("no_clipping") ? "false" : "true", no_clipping->place);
        }
        if (const YamlNode* sharing = node("input_fraclen_sharing")) {
            set_text("quantization.fractional_length_sharing", on("input_fraclen_sharing") ? "shared" : "private",
                     sharing->place);
        }
        assume("quantization.quantize_average_pool", "false");
        assume("quantization.quantize_bias", "false");
        // The published ResNet50 tiny finetuning trained with the uncorrected sum, and so does whoever trains a ResNet
        // or MobileNetV1 with quant_avgpool: what training saw decides (method.md 3.7).
        const auto& e = document_.experiment;
        const bool scaled_away = e.network.architecture == "mobilenet_v2";
        const bool tiny50 = e.network.architecture == "resnet50" && !e.quantization.clipping;
        if (e.quantization.quantize_average_pool && !scaled_away && (tiny50 || !e.training.test_only)) {
            set_text("quantization.pool_scale", "none", node("quant_avgpool")->place);
        }
    }

    void combine_training() {
        if (const YamlNode* optimizer = node("optimizer"); optimizer != nullptr && optimizer->text != "sgd") {
            refuse_yaml(optimizer->place, "optimizer is " + optimizer->shown() + ", expected sgd");
        }
        const bool exponential = text("lr_scheduler").starts_with("exp_decaying");
        if (const YamlNode* gamma = node(exponential ? "exp_decaying_lr_gamma" : "multistep_lr_gamma"))
            set("schedule.gamma", *gamma);
        assume("schedule.warmup_epochs", "5");
        assume("training.seed_per_rank", "false");
        const int64_t ranks = std::clamp<int64_t>(integer("num_gpus_per_job", 1), 1, 1024);
        if (const YamlNode* per_gpu = node("batch_size_per_gpu")) {
            const int64_t share = integer("batch_size_per_gpu", 1);
            if (share < 1 || share > 65536)
                refuse_yaml(per_gpu->place, "batch_size_per_gpu is " + per_gpu->shown() + ", expected 1 to 65536");
            if (!document_.origins.contains("training.batch_size")) {
                set_text("training.batch_size", std::to_string(share * (on("distributed") ? ranks : 1)),
                         per_gpu->place);
            }
        }
        // The batch size came from the original's command line: 2048, and 128 for tiny finetuning (method.md 6).
        assume("training.batch_size", node("finetune_iters") != nullptr || on("no_clipping") ? "128" : "2048");
        // Batch statistics are those of one rank's share of the batch, and so they stay on one device.
        const int batch = document_.experiment.training.batch_size;
        const int64_t share = node("batch_size_per_gpu") != nullptr ? integer("batch_size_per_gpu", 0)
                              : on("distributed")                   ? batch / ranks
                                                                    : 0;
        if (share > 0 && share < batch && batch % share == 0) assume("training.micro_batch", std::to_string(share));
        if (on("print_each_iter")) set_text("training.log_every_steps", "1", node("print_each_iter")->place);
    }

    void combine_evaluation() {
        std::string modes;
        const auto add = [&](const char* key, const char* mode) {
            if (on(key)) modes += (modes.empty() ? "" : ", ") + std::string(mode);
        };
        add("int_infer", "simulated-integer");
        // The original needs int_infer to build its integer networks; the run it asks for is the last one named.
        if (on("integize")) modes = "integer-float";
        if (on("int_op_only")) modes = "integer-only";
        if (modes.empty()) modes = to_string(document_.experiment.quantization.mode);
        const char* decider = on("int_op_only") ? "int_op_only" : on("integize") ? "integize" : "int_infer";
        if (on(decider)) {
            set_text("evaluation.modes", modes, node(decider)->place);
        } else {
            assume("evaluation.modes", modes);
        }
        if (on("bn_calib_before_test")) {
            const int64_t batches = integer("bn_calib_batch_num", 100);
            set_text("evaluation.recalibrate_batch_norm", std::to_string(batches), node("bn_calib_before_test")->place);
        }
    }

    const YamlNode& root_;
    ExperimentDocument& document_;
};

}  // namespace

std::vector<AuthorsKeySummary> authors_keys() {
    std::vector<AuthorsKeySummary> keys;
    for (const AuthorsKey& row : kKeys) keys.push_back({row.key, row.effect, row.ours});
    return keys;
}

bool is_authors_vocabulary(const YamlNode& root) {
    bool theirs = false;
    for (const auto& entry : root.entries) {
        const bool map_or_list_section =
            entry.value.kind == YamlNode::Kind::kMap && entry.key != "pretrained_model_remap_keys";
        if (map_or_list_section || entry.key == "stages") return false;
        theirs =
            theirs || (find_key(entry.key) != nullptr && find_option(entry.key) == nullptr && entry.key != "optimizer");
    }
    return theirs;
}

void translate_authors(const YamlNode& root, ExperimentDocument& document) {
    Translator(root, document).translate();
}

}  // namespace f8net
