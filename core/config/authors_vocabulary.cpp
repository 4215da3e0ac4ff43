// SPDX-License-Identifier: Apache-2.0
// What the rows mean together; see method.md 6 and 7.
#include "core/config/authors_vocabulary.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/config/authors_keys.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

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
        const AuthorsKey* row = find_authors_key(entry.key);
        if (row == nullptr) refuse_unknown(entry);
        const YamlNode& value = entry.value;
        check_type(*row, value);
        if (value.kind == YamlNode::Kind::kNull) return;
        switch (row->effect) {
            case AuthorsKeyEffect::kDirect:
                set(row->ours, row->key);
                break;
            case AuthorsKeyEffect::kCombined:
                break;
            case AuthorsKeyEffect::kNone:
                if (asks_for_something(*row, value)) note(entry.place, entry.key + " has no effect: " + row->how);
                break;
            case AuthorsKeyEffect::kKept:
                document_.authors_only[entry.key] = value.text;
                if (asks_for_something(*row, value)) note(entry.place, entry.key + " is not used: " + row->how);
                break;
        }
    }
    /// Whoever writes `resume: ""` or `pool_fusing: false` need not hear that it does nothing.
    static bool asks_for_something(const AuthorsKey& row, const YamlNode& value) {
        bool is_on = true;
        if (row.type == AuthorsKeyType::kBool) parse_authors_bool(value.text, &is_on);
        return is_on && !(value.kind == YamlNode::Kind::kScalar && value.text.empty()) && !(value.text == "imagenet1k");
    }
    [[noreturn]] static void refuse_unknown(const YamlNode::Entry& entry) {
        std::vector<std::string> names;
        for (const auto& row : authors_keys()) names.emplace_back(row.key);
        const std::string near = nearest_name(entry.key.substr(0, 80), names);
        refuse_yaml(entry.place,
                    "unknown key " + shown_text(entry.key) + (near.empty() ? "" : ", did you mean '" + near + "'?"));
    }
    static void check_type(const AuthorsKey& row, const YamlNode& value) {
        if (value.kind == YamlNode::Kind::kNull || row.type == AuthorsKeyType::kAny) return;
        bool fits = row.type == AuthorsKeyType::kIntList ? value.kind == YamlNode::Kind::kList
                                                         : value.kind == YamlNode::Kind::kScalar;
        const char* expected = "text";
        bool ignored = false;
        switch (row.type) {
            case AuthorsKeyType::kBool:
                expected = "true or false";
                fits = fits && !value.quoted && parse_authors_bool(value.text, &ignored);
                break;
            case AuthorsKeyType::kInt:
                expected = "a whole number";
                fits = fits && !value.quoted && is_number(value.text, "0123456789-");
                break;
            case AuthorsKeyType::kDouble:
                expected = "a number";
                fits = fits && !value.quoted && is_number(value.text, "0123456789-+.eE");
                break;
            case AuthorsKeyType::kIntList:
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

    /// Our option gets the value of their key.
    void set(const std::string& ours, const char* key) {
        const YamlNode& value = *node(key);
        std::string text = value.text;
        if (value.kind == YamlNode::Kind::kList) {
            text = "[";
            for (const YamlNode& item : value.items) text += (text.size() == 1 ? "" : ",") + item.text;
            text += "]";
        }
        try {
            set_text(ours, text, key);
        } catch (const ConfigError&) {
            refuse_yaml(value.place, std::string(key) + " is " + (value.items.empty() ? value.shown() : text) +
                                         ", expected " + option(ours).allowed());
        }
    }
    /// Our option gets a value because of their key.
    void set_text(const std::string& ours, const std::string& text, const char* key) {
        Origin from = origin(node(key)->place);
        from.key = key;
        try {
            set_option(document_.experiment, ours, text);
        } catch (const ConfigError& error) {
            refuse_yaml(node(key)->place, std::string(key) + ": " + error.what());
        }
        document_.origins[ours] = from;
    }
    /// What the original takes where a file does not say.
    void assume(const std::string& ours, const std::string& text) {
        if (document_.origins.contains(ours)) return;
        set_option(document_.experiment, ours, text);
        document_.origins[ours] = {Origin::Kind::kDefault, "default of the authors' program", 0, 0, {}};
    }

    void combine_data() {
        if (const YamlNode* dataset = node("dataset")) {
            if (dataset->text != "imagenet1k" && dataset->text != "imagenet") {
                refuse_yaml(dataset->place, "dataset is " + dataset->shown() + ", expected imagenet1k");
            }
            set_text("data.dataset", "image-folder", "dataset");
        }
        assume("network.image_size", "224");
        assume("network.num_classes", "1000");
        if (const YamlNode* transforms = node("data_transforms")) {
            if (transforms->text != "imagenet1k") {
                refuse_yaml(transforms->place, "data_transforms is " + transforms->shown() + ", expected imagenet1k");
            }
            set_text("data.random_resized_crop", "true", "data_transforms");
            set_text("data.flip", "true", "data_transforms");
            // 256 for 224 pixels (method.md 6), the same margin for other sizes
            const int size = document_.experiment.network.image_size;
            set_text("data.test_resize", std::to_string(size * 256 / 224), "data_transforms");
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
        set_text("network.architecture", architecture, depth_decides ? "depth" : "model");
        set_text("network.stem", "imagenet", "model");
        set_text("network.input_channels", "3", "model");
    }

    void combine_pretrained() {
        struct Source {
            const char* file;  ///< nullptr: a flag without a file of its own
            const char* flag;  ///< nullptr: the file alone decides
            const char* origin;
            const char* strict;
        };
        static constexpr Source kSources[] = {{"pretrained_file", nullptr, "f8net", "true"},
                                              {"fp_pretrained_file", nullptr, "f8net", "false"},
                                              {"nvidia_pretrained_file", "nvidia_pretrained", "nvidia", "false"},
                                              {"hawq_pretrained_file", "hawq_pretrained", "hawq", "false"},
                                              {nullptr, "ptcv_pretrained", "pytorchcv", "false"}};
        const char* chosen = nullptr;
        for (const Source& source : kSources) {
            const YamlNode* file = source.file == nullptr ? nullptr : node(source.file);
            const bool has_file = file != nullptr && !file->text.empty();
            if (source.flag != nullptr ? !on(source.flag) : !has_file) {
                if (has_file) note(file->place, std::string(source.file) + " has no effect without " + source.flag);
                continue;
            }
            const char* key = has_file ? source.file : source.flag;
            if (chosen != nullptr) {
                note(node(key)->place, std::string(key) + " has no effect beside " + chosen);
                continue;
            }
            chosen = key;
            // Without a file the origin says which one to look for (published_weights.h).
            if (has_file) set("network.pretrained_file", key);
            const char* decider = source.flag != nullptr ? source.flag : source.file;
            set_text("network.pretrained_origin", source.origin, decider);
            set_text("network.pretrained_strict", source.strict, decider);
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
        set_text("network.pretrained_remap", format_value(pairs), "pretrained_model_remap_keys");
    }

    void combine_quantization() {
        const auto choose = [&](const char* key, const std::string& ours, const std::string& value) {
            if (on(key)) set_text(ours, value, key);
            return on(key);
        };
        choose("floating_model", "quantization.mode", "float");
        choose("floating_wo_clip", "quantization.mode", "float-unclipped");
        if (const YamlNode* type = node("format_type")) {
            const bool known = type->text == "per_layer" || type->text == "per_channel";
            if (!known)
                refuse_yaml(type->place, "format_type is " + type->shown() + ", expected ~, per_layer or per_channel");
            set_text("quantization.granularity", type->text == "per_layer" ? "per-tensor" : "per-channel",
                     "format_type");
        }
        // Where several are asked for: floating, then grid search, then statistic (method.md 2.2).
        if (!choose("format_grid_search", "quantization.format_policy", "grid-search") &&
            !choose("format_from_metric", "quantization.format_policy", "statistics")) {
            assume("quantization.format_policy", "fixed");
        }
        if (node("no_clipping") != nullptr) {
            set_text("quantization.clipping", on("no_clipping") ? "false" : "true", "no_clipping");
        }
        if (node("input_fraclen_sharing") != nullptr) {
            set_text("quantization.fractional_length_sharing", on("input_fraclen_sharing") ? "shared" : "private",
                     "input_fraclen_sharing");
        }
        if (node("quant_avgpool") != nullptr) set("quantization.quantize_average_pool", "quant_avgpool");
        assume("quantization.quantize_average_pool", "false");
        assume("quantization.quantize_bias", "false");
        // The published ResNet50 tiny finetuning trained with the uncorrected sum, and so does whoever trains a ResNet
        // or MobileNetV1 with quant_avgpool: what training saw decides (method.md 3.7).
        const auto& e = document_.experiment;
        const bool scaled_away = e.network.architecture == "mobilenet_v2";
        const bool tiny50 = e.network.architecture == "resnet50" && !e.quantization.clipping;
        if (e.quantization.quantize_average_pool && !scaled_away && (tiny50 || !e.training.test_only)) {
            set_text("quantization.pool_scale", "none", "quant_avgpool");
        }
    }

    void combine_training() {
        if (const YamlNode* optimizer = node("optimizer"); optimizer != nullptr && optimizer->text != "sgd") {
            refuse_yaml(optimizer->place, "optimizer is " + optimizer->shown() + ", expected sgd");
        }
        const bool exponential = text("lr_scheduler").starts_with("exp_decaying");
        const char* gamma = exponential ? "exp_decaying_lr_gamma" : "multistep_lr_gamma";
        if (node(gamma) != nullptr) set("schedule.gamma", gamma);
        assume("schedule.warmup_epochs", "5");
        assume("training.seed_per_rank", "false");
        const int64_t ranks = std::clamp<int64_t>(integer("num_gpus_per_job", 1), 1, 1024);
        if (const YamlNode* per_gpu = node("batch_size_per_gpu")) {
            const int64_t share = integer("batch_size_per_gpu", 1);
            if (share < 1 || share > 65536)
                refuse_yaml(per_gpu->place, "batch_size_per_gpu is " + per_gpu->shown() + ", expected 1 to 65536");
            if (!document_.origins.contains("training.batch_size")) {
                set_text("training.batch_size", std::to_string(share * (on("distributed") ? ranks : 1)),
                         "batch_size_per_gpu");
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
        if (on("print_each_iter")) set_text("training.log_every_steps", "1", "print_each_iter");
        // The original computes on GPUs, only its integer-only network on the CPU.
        assume("training.device", on("int_op_only") ? "cpu" : "auto");
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
            set_text("evaluation.modes", modes, decider);
        } else if (document_.origins.contains("quantization.mode")) {
            set_text("evaluation.modes", modes, document_.origins.at("quantization.mode").key.c_str());
        } else {
            assume("evaluation.modes", modes);
        }
        if (on("bn_calib_before_test")) {
            const int64_t batches = integer("bn_calib_batch_num", 100);
            set_text("evaluation.recalibrate_batch_norm", std::to_string(batches), "bn_calib_before_test");
        }
    }

    const YamlNode& root_;
    ExperimentDocument& document_;
};

}  // namespace

bool is_authors_vocabulary(const YamlNode& root) {
    bool theirs = false;
    for (const auto& entry : root.entries) {
        const bool map_or_list_section =
            entry.value.kind == YamlNode::Kind::kMap && entry.key != "pretrained_model_remap_keys";
        if (map_or_list_section || entry.key == "stages") return false;
        theirs = theirs || (find_authors_key(entry.key) != nullptr && find_option(entry.key) == nullptr &&
                            entry.key != "optimizer");
    }
    return theirs;
}

void translate_authors(const YamlNode& root, ExperimentDocument& document) {
    Translator(root, document).translate();
}

}  // namespace f8net
