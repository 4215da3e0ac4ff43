// SPDX-License-Identifier: Apache-2.0
/// An experiment as plain structs with their defaults: what is trained, on what, how, and how it is evaluated.
/// One row of the option table (option_table.h) belongs to each field below and knows its range, unit and help;
/// loading, overriding, printing and the workbench's form go through the table, the rest of the program reads these
/// structs. Threads  plain values.   Source  design.md 7, method.md 6.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fixedpoint/format_choice.h"
#include "core/fixedpoint/numeric_mode.h"

namespace f8net {

/// Images: which, from where, and what is done to them. Files are only looked at by core/data.
enum class DataCache { kNone, kMemory, kDisk };

struct DataConfig {
    std::string dataset = "fashion-mnist";  ///< fashion-mnist, image-folder, cifar-10, cifar-100
    std::string folder;                     ///< empty: where the dataset's package puts it
    std::string train_folder = "train";     ///< image-folder: below `folder`
    std::string test_folder = "val";        ///< where "val" is not there: validation, test
    double validation = 0;                  ///< split off the training images: 0 none, below 1 a share, from 1 a count
    int64_t train_limit = 0;                ///< use only the first N training images (after the split); 0: all
    int64_t test_limit = 0;                 ///< use only the first N test images; 0: all
    int random_crop_padding = 0;  ///< pixels added on each side before a random crop to image_size; 0: no random crop
    bool flip = false;            ///< mirror left-right half of the time
    bool random_resized_crop = false;
    std::vector<double> crop_scale = {0.08, 1.0};                 ///< share of the picture's area
    std::vector<double> crop_ratio = {0.75, 1.3333333333333333};  ///< width over height
    int test_resize =
        0;  ///< test pictures: shorter side before the centre crop; 0: image_size, of folders 256/224 of it
    bool normalize =
        false;  ///< (x - mean) / std: the first layer becomes an ordinary one with signed input; else raw pixels
    std::vector<double> mean = {0.485, 0.456, 0.406};  ///< per channel, of pixels in 0..1
    std::vector<double> std = {0.229, 0.224, 0.225};
    int loader_threads = 2;
    int prefetch_batches = 4;
    DataCache cache = DataCache::kNone;  ///< image-folder: decoded pictures are kept
    std::string cache_folder;            ///< kDisk; empty: the user's cache
    double cache_limit = 16;             ///< GiB, for training and test images each
};

enum class NetworkStem { kImageNet, kSmall };

struct NetworkConfig {
    std::string architecture = "resnet18";  ///< resnet18/34/50/101/152, mobilenet_v1, mobilenet_v2
    double width_multiplier = 1.0;
    NetworkStem stem = NetworkStem::kSmall;
    int image_size = 28;  ///< pixels, square
    int input_channels = 1;
    int num_classes = 10;
    bool reset_parameters = true;            ///< initialize as method.md 4 says
    std::string pretrained_file;             ///< weights to start from; empty: none
    std::string pretrained_origin = "auto";  ///< auto, f8net, torchvision, timm, pytorchcv, nvidia, hawq
    bool pretrained_strict = true;  ///< every tensor must be there and known; else unknown dropped, missing tolerated
    std::vector<std::string> pretrained_remap;  ///< "theirs=ours" module name pairs; "theirs=" leaves out
};

enum class FormatPolicy { kStatistics, kGridSearch, kFixed };
enum class Granularity { kPerTensor, kPerChannel };
enum class FractionalLengthSharing { kPrivate, kShared };
enum class RescaleType { kConstant, kStddev };
enum class PoolScale { kClassifier, kNone };

/// Word length and fractional length in bits, before a statistic chooses better.
struct InitialFormat {
    int word_length = 8;
    int fractional_length = 0;
    bool operator==(const InitialFormat&) const = default;
};

struct QuantizationConfig {
    NumericMode mode = NumericMode::kFakeQuant;  ///< of training: kFloat, kFloatUnclipped or kFakeQuant
    InitialFormat weight_format{8, 7};
    InitialFormat input_format{8, 6};
    FormatPolicy format_policy = FormatPolicy::kStatistics;
    Statistic statistic = Statistic::kStd;
    double momentum = 0.1;  ///< mu of the running fractional length (method.md 2.3)
    Granularity granularity = Granularity::kPerTensor;
    bool clipping = true;  ///< learned clipping levels; off: eta = 1 (tiny finetuning)
    double initial_clip_level = 8.0;
    FractionalLengthSharing fractional_length_sharing = FractionalLengthSharing::kPrivate;
    bool compensate_streams = false;  ///< correct branches whose readers have other fractional lengths (method.md 3.4)
    bool rescale_forward = true;      ///< of the classifier (method.md 3.6)
    bool rescale_forward_conv = false;
    RescaleType rescale_type = RescaleType::kConstant;
    bool quantize_bias = false;         ///< in fake-quantized evaluation; integer modes always do
    bool quantize_average_pool = true;  ///< integer sum and shift instead of a division
    PoolScale pool_scale = PoolScale::kClassifier;
};

enum class WeightDecayScheme { kAll, kOnlyNoDepthwise, kOnlyNoBatchNorm, kNoDepthwiseNoBatchNorm };

/// Stochastic gradient descent.
struct OptimizerConfig {
    double lr = 0.1;  ///< base learning rate
    double momentum = 0.9;
    bool nesterov = true;
    double weight_decay = 4e-5;
    WeightDecayScheme weight_decay_scheme = WeightDecayScheme::kAll;
    bool scale_lr_with_batch = true;  ///< lr * batch / 256 when the batch is above 256
};

enum class ScheduleKind {
    kConstant,
    kMultistep,
    kMultistepIter,
    kExpDecaying,
    kExpDecayingIter,
    kLinearDecaying,
    kCosAnnealing,
    kCosAnnealingIter,
};

struct ScheduleConfig {
    ScheduleKind kind = ScheduleKind::kCosAnnealingIter;
    std::vector<int64_t> milestones;  ///< epochs, ascending; multistep kinds
    double gamma = 0.1;               ///< factor at each milestone, or each period
    int period = 1;                   ///< epochs between two decays; exp_decaying
    int warmup_epochs = 0;            ///< only when the batch is above 256 (method.md 6)
};

enum class Precision { kFloat32, kFloat64 };
/// How a GPU multiplies float32: rounded to 11 significant bits (TF32), or as it is.
enum class Float32Matmul { kTf32, kIeee };

struct TrainingConfig {
    int epochs = 1;                ///< of the stage
    int batch_size = 64;           ///< images per optimizer step
    int micro_batch = 0;           ///< images per forward pass; 0: the whole batch (a rank's share of it). Divides it
    int64_t max_steps = 0;         ///< end the stage after N optimizer steps; 0: when the epochs are done
    int64_t images_per_epoch = 0;  ///< an epoch is N images; 0: the training set
    bool drop_last = true;         ///< leave out the incomplete last batch
    int64_t seed = 1995;
    bool seed_per_rank = true;   ///< rank r augments with seed + r; order and initial weights are those of the seed
    int rank_timeout_s = 300;    ///< a rank that is silent for so long is given up
    int threads = 0;             ///< of computation; 0: one per processor. Other counts give other last digits
    std::string device = "cpu";  ///< cpu, cuda, cuda:N, auto
    Precision precision = Precision::kFloat32;
    Float32Matmul float32_matmul = Float32Matmul::kTf32;  ///< of GPUs; as published
    bool cuda_graph = true;     ///< a GPU replays a step as one graph where it can be captured
    bool channels_last = true;  ///< NHWC in memory
    int log_every_steps = 10;
    int probe_images = 512;              ///< for the statistics of each epoch; 0: none
    int64_t checkpoint_every_steps = 0;  ///< besides the end of each epoch; 0: never
    int keep_checkpoints = 2;            ///< last good ones; the best and the stages' ends are kept besides
    int64_t disk_reserve_mb = 200;       ///< warn before a run that would leave less free
    int64_t memory_warn_mb = 0;          ///< warn when resident memory passes this; 0: never
    std::string from;                    ///< SUBJECT (cli.md) whose state the first stage starts from; empty: none
    bool test_only = false;              ///< evaluate, do not train

    /// Forward passes of one of `ranks` processes per optimizer step, and the images of one.
    int accumulate_steps(int ranks = 1) const { return batch_size / ranks / effective_micro_batch(ranks); }
    int effective_micro_batch(int ranks = 1) const { return micro_batch == 0 ? batch_size / ranks : micro_batch; }
};

struct EvaluationConfig {
    std::vector<NumericMode> modes = {NumericMode::kFakeQuant,
                                      NumericMode::kIntegerOnly};  ///< after training, or test_only
    int batch_size = 256;
    int64_t limit = 0;                ///< images; 0: all
    int64_t agreement_images = 2000;  ///< on which all integer modes are compared after training; 0: all
    int every_epochs = 1;  ///< evaluate in training after every N epochs (and after the last); 0: only after the last
    int recalibrate_batch_norm = 0;  ///< re-estimate running statistics over N batches first; 0: no
    std::vector<int64_t> topk = {1, 5};
    std::string integer_float_export;  ///< folder to write the network of integer-float mode to as ONNX; empty: none
    std::string integer_only_export;   ///< the same for integer-only mode
};

/// One part of a run, with the options in which it differs from the experiment.
struct StageOverride {
    std::string key;   ///< as in the option table: "training.epochs"
    std::string text;  ///< value in the table's text form
    bool operator==(const StageOverride&) const = default;
};
struct Stage {
    std::string name;
    std::vector<StageOverride> overrides;
    bool operator==(const Stage&) const = default;
};

struct ResolvedStage;

struct Experiment {
    std::string name;         ///< empty: the file's name without extension
    std::string description;  ///< what it is for
    std::string duration;     ///< about how long it takes, for people
    DataConfig data;
    NetworkConfig network;
    QuantizationConfig quantization;
    OptimizerConfig optimizer;
    ScheduleConfig schedule;
    TrainingConfig training;
    EvaluationConfig evaluation;
    std::vector<Stage> stages;  ///< run one after the other, each from the one before; empty: one stage named "main"

    /// At least one. Errors: ConfigError naming stage and key when an override does not fit.
    std::vector<ResolvedStage> resolved_stages() const;
};

/// A stage ready to be run: the experiment with the stage's overrides applied (its `stages` is empty).
struct ResolvedStage {
    std::string name;
    Experiment experiment;
};

/// Relations between options that no single range can say (nesterov needs momentum, micro_batch divides batch_size,
/// statistics need 8 bits, ...), in every stage. Errors   ConfigError that starts with the key.
void check_experiment(const Experiment& experiment);
/// Whether `ranks` processes can share the batches of every stage evenly.   Errors  ConfigError that starts with the
/// key.
void check_for_ranks(const Experiment& experiment, int ranks);

/// The names that files and reports use: "statistics", "std", "cos_annealing_iter".
std::string to_string(NetworkStem value);
std::string to_string(FormatPolicy value);
std::string to_string(Granularity value);
std::string to_string(FractionalLengthSharing value);
std::string to_string(RescaleType value);
std::string to_string(PoolScale value);
std::string to_string(WeightDecayScheme value);
std::string to_string(ScheduleKind value);
std::string to_string(Precision value);
std::string to_string(Float32Matmul value);

}  // namespace f8net
