// SPDX-License-Identifier: Apache-2.0
// Training in several processes (Gloo over loopback) against one process that does the same by hand.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/config/experiment_document.h"
#include "core/run/experiment_mapping.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/optimizer.h"
#include "core/training/stage.h"
#include "tests/core/training/synthetic_images.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-9;

int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no free port");
    }
    ::close(socket);
    return ntohs(address.sin_port);
}

/// What the ranks of one training left behind.
struct Trained {
    std::vector<int> exit_codes;
    std::map<int64_t, double> losses;
    std::map<std::string, double> metrics;  // of the last epoch
    std::vector<std::string> events;
    std::string checkpoint;  // the last one's path
};

/// One process by hand: a network for each rank, whose parameters are made equal after every step.
class ByHand {
public:
    ByHand(const Experiment& experiment, int world)
        : experiment_(experiment),
          mode_(experiment.quantization.mode),
          dataset_(open_dataset(experiment, Split::kTrain)),
          world_(world) {
        for (int rank = 0; rank < world; ++rank) {
            networks_.push_back(std::make_unique<Network>(layer_graph_of(experiment), experiment.quantization));
            networks_.back()->initialize(static_cast<uint64_t>(experiment.training.seed));
            networks_.back()->to(torch::kCPU, torch::kFloat64);
            TransformOptions transform = transform_options(experiment);
            transform.seed = static_cast<uint64_t>(experiment.training.seed + rank);
            transforms_.emplace_back(transform, *dataset_);
        }
        optimizer_ = std::make_unique<Sgd>(make_optimizer(*networks_[0], experiment.optimizer, mode_));
    }

    void train() {
        const TrainingConfig& t = experiment_.training;
        SamplerOptions options;
        options.num_images = dataset_->size();
        options.images_per_epoch = t.images_per_epoch;
        options.batch_size = t.batch_size;
        options.drop_last = t.drop_last;
        options.seed = static_cast<uint64_t>(t.seed);
        const Sampler sampler(options);  // of one process: the batches of all ranks together
        const LearningRateSchedule schedule(experiment_.schedule, experiment_.optimizer, t.batch_size, t.epochs,
                                            sampler.num_batches());
        int64_t step = 0;
        for (int64_t epoch = 0; epoch < t.epochs; ++epoch) {
            const std::vector<int64_t> indexes = sampler.epoch_indexes(epoch);
            for (int64_t b = 0; b < sampler.num_batches(); ++b, ++step) {
                take_step(sampler.batch_indexes(indexes, b), epoch);
                optimizer_->set_learning_rate(schedule.rate(step));
                optimizer_->step();
                make_parameters_equal();
            }
        }
    }

    const std::vector<double>& losses() const { return losses_; }
    const std::map<std::string, torch::Tensor>& momentum() const { return optimizer_->momentum_buffers(); }
    TensorMap state(int rank) const { return export_state(*networks_[static_cast<size_t>(rank)]); }

private:
    void take_step(const std::vector<int64_t>& batch, int64_t epoch) {
        for (const auto& network : networks_) network->zero_grad();
        const auto images = static_cast<double>(batch.size());
        double loss_sum = 0;
        // Images are dealt to the ranks one by one, in rounds of a micro batch each.
        const int share = experiment_.training.batch_size / world_;
        const int micro = experiment_.training.micro_batch > 0 ? experiment_.training.micro_batch : share;
        for (int rank = 0; rank < world_; ++rank) {
            std::vector<int64_t> mine;
            for (size_t i = static_cast<size_t>(rank); i < batch.size(); i += static_cast<size_t>(world_)) {
                mine.push_back(batch[i]);
            }
            for (size_t begin = 0; begin < mine.size(); begin += static_cast<size_t>(micro)) {
                const size_t end = std::min(mine.size(), begin + static_cast<size_t>(micro));
                const auto [input, labels] =
                    load({mine.begin() + static_cast<int64_t>(begin), mine.begin() + static_cast<int64_t>(end)}, rank,
                         epoch);
                const torch::Tensor logits = networks_[static_cast<size_t>(rank)]->forward(input, mode_);
                const torch::Tensor loss = torch::nn::functional::cross_entropy(
                    logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
                (loss / images).backward();
                loss_sum += loss.item<double>();
            }
        }
        losses_.push_back(loss_sum / images);
        // Each rank's gradient is a part of the sum over the step's images.
        const auto first = networks_[0]->parameters(mode_);
        for (size_t i = 0; i < first.size(); ++i) {
            torch::Tensor sum = torch::zeros_like(first[i].tensor);
            for (const auto& network : networks_) {
                const torch::Tensor gradient = network->parameters(mode_)[i].tensor.grad();
                if (gradient.defined()) sum += gradient;
            }
            torch::Tensor parameter = first[i].tensor;
            parameter.mutable_grad() = sum;
        }
    }

    std::pair<torch::Tensor, torch::Tensor> load(const std::vector<int64_t>& indexes, int rank, int64_t epoch) {
        const ImageTransform& transform = transforms_[static_cast<size_t>(rank)];
        std::vector<uint8_t> pixels;
        std::vector<int64_t> labels;
        for (const int64_t index : indexes) {
            const Sample sample = transform.train(*dataset_, epoch, index);
            pixels.insert(pixels.end(), sample.image.pixels.begin(), sample.image.pixels.end());
            labels.push_back(sample.label);
        }
        const auto count = static_cast<int64_t>(indexes.size());
        return {to_input(pixels.data(), {count, transform.height(), transform.width(), dataset_->channels()}, {},
                         torch::kCPU, torch::kFloat64)
                    .clone(),
                torch::tensor(labels)};
    }

    void make_parameters_equal() {
        const torch::NoGradGuard no_grad;
        const auto first = networks_[0]->parameters(mode_);
        for (size_t n = 1; n < networks_.size(); ++n) {
            const auto others = networks_[n]->parameters(mode_);
            for (size_t i = 0; i < first.size(); ++i) {
                torch::Tensor other = others[i].tensor;
                other.copy_(first[i].tensor);
            }
        }
    }

    Experiment experiment_;
    NumericMode mode_;
    DatasetPtr dataset_;
    int world_;
    std::vector<std::unique_ptr<Network>> networks_;
    std::vector<ImageTransform> transforms_;
    std::unique_ptr<Sgd> optimizer_;
    std::vector<double> losses_;
};

class RanksTest : public testing::Test {
protected:
    RanksTest() : folder_(fs::temp_directory_path() / ("f8net-ranks-" + std::to_string(::getpid()))) {
        at::set_num_threads(1);  // as the ranks
        fs::remove_all(folder_);
        testing_support::write_synthetic_images(folder_ / "data", 100, 40, 3);
    }
    ~RanksTest() override { fs::remove_all(folder_); }

    /// A tiny experiment in float64 of one stage, plus lines of its training section.
    Experiment write_experiment(const std::string& mode, const std::string& training) const {
        std::ofstream(folder_ / "tiny.yaml")
            << "name: tiny\ndata: {dataset: fashion-mnist, folder: " << (folder_ / "data").string()
            << ", random_crop_padding: 1, flip: true}\n"
               "network: {architecture: resnet18, width_multiplier: 0.125, stem: small, image_size: 16, "
               "input_channels: "
               "1, num_classes: 10}\n"
               "quantization: {rescale_forward: false, mode: "
            << mode
            << "}\noptimizer: {lr: 0.05}\nevaluation: {batch_size: 7}\n"
               "training: {precision: float64, threads: 1, seed: 5, probe_images: 0, log_every_steps: 1, "
            << training << "}\n";
        return parse_experiment(text_of(folder_ / "tiny.yaml"), "tiny.yaml").experiment;
    }

    static std::string text_of(const fs::path& path) {
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }

    Trained train(int world, const std::string& run, const std::string& resume = "-", int64_t stop_after = -1) const {
        const std::string port = std::to_string(free_port());
        std::vector<pid_t> processes;
        const std::string output = (folder_ / (run + ".txt")).string();
        for (int rank = 0; rank < world; ++rank) {
            std::vector<std::string> words{F8NET_RANK_WORKER, (folder_ / "tiny.yaml").string(),
                                           (folder_ / run).string(), resume, std::to_string(stop_after)};
            const std::vector<std::pair<std::string, std::string>> variables{
                {"RANK", std::to_string(rank)},       {"WORLD_SIZE", std::to_string(world)},
                {"MASTER_ADDR", "127.0.0.1"},         {"MASTER_PORT", port},
                {"LOCAL_RANK", std::to_string(rank)}, {"LOCAL_WORLD_SIZE", std::to_string(world)}};
            std::fflush(stdout);
            const pid_t process = ::fork();
            if (process == 0) {
                for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
                if (rank == 0 && !std::freopen(output.c_str(), "w", stdout)) ::_exit(127);
                std::vector<char*> pointers;
                for (std::string& word : words) pointers.push_back(word.data());
                pointers.push_back(nullptr);
                ::execv(pointers[0], pointers.data());
                ::_exit(127);
            }
            processes.push_back(process);
        }
        Trained trained;
        for (const pid_t process : processes) {
            int status = 0;
            ::waitpid(process, &status, 0);
            trained.exit_codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
        read_output(output, trained);
        for (const auto& entry : fs::directory_iterator(folder_ / run / "checkpoints")) {
            const std::string path = entry.path().string();
            if (entry.path().filename().string().starts_with("step-")) {
                trained.checkpoint = std::max(trained.checkpoint, path);
            }
        }
        return trained;
    }

    static void read_output(const std::string& path, Trained& trained) {
        std::ifstream file(path);
        std::string line;
        while (std::getline(file, line)) {
            std::istringstream words(line);
            std::string kind, name;
            int64_t step = 0;
            double value = 0;
            words >> kind;
            if (kind == "loss" && words >> step >> value) trained.losses[step] = value;
            if (kind == "metric" && words >> name >> value) trained.metrics[name] = value;
            if (kind == "event") trained.events.push_back(line.substr(6));
        }
    }

    static double difference(const HostTensor& a, const HostTensor& b) {
        const std::vector<double> x = a.to_double(), y = b.to_double();
        EXPECT_EQ(x.size(), y.size());
        double largest = 0;
        for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) largest = std::max(largest, std::abs(x[i] - y[i]));
        return largest;
    }

    /// Weights, statistics and lengths of every rank, momentum and losses.
    void expect_equal_to_by_hand(const Experiment& experiment, int world) {
        const Trained trained = train(world, "ranks");
        ASSERT_THAT(trained.exit_codes, testing::Each(0));
        const TensorMap got = read_safetensors(trained.checkpoint);
        ByHand by_hand(experiment, world);
        by_hand.train();
        for (const auto& [name, tensor] : by_hand.state(0).tensors) {
            EXPECT_LE(difference(got.at(name), tensor), kTolerance) << name;
        }
        size_t statistics = 0, unequal_to_first = 0;
        for (int rank = 1; rank < world; ++rank) {
            for (const auto& [name, tensor] : by_hand.state(rank).tensors) {
                const std::string kept = "rank." + std::to_string(rank) + "." + name;
                if (!got.contains(kept)) continue;
                ++statistics;
                EXPECT_LE(difference(got.at(kept), tensor), kTolerance) << kept;
                if (!(got.at(kept) == got.at(name))) ++unequal_to_first;
            }
        }
        EXPECT_GE(statistics, static_cast<size_t>(world - 1) * 3 * 20) << "mean, variance, count of 20 batch norms";
        EXPECT_GE(unequal_to_first, static_cast<size_t>(world - 1) * 2 * 20) << "each rank has statistics of its own";
        for (const auto& [name, tensor] : by_hand.momentum()) {
            EXPECT_LE(difference(got.at("optimizer.momentum." + name), to_host(tensor)), kTolerance) << name;
        }
        ASSERT_EQ(trained.losses.size(), by_hand.losses().size());
        for (size_t i = 0; i < by_hand.losses().size(); ++i) {
            EXPECT_NEAR(trained.losses.at(static_cast<int64_t>(i) + 1), by_hand.losses()[i], kTolerance) << i;
        }
    }

    fs::path folder_;
};

TEST_F(RanksTest, TwoFloatRanksAreOneProcessOfTwoShards) {
    expect_equal_to_by_hand(write_experiment("float", "epochs: 2, batch_size: 8, images_per_epoch: 32"), 2);
}

TEST_F(RanksTest, TwoFixedPointRanksAreOneProcessOfTwoShards) {
    expect_equal_to_by_hand(write_experiment("fake-quant", "epochs: 2, batch_size: 8, images_per_epoch: 32"), 2);
}

TEST_F(RanksTest, FourFixedPointRanksAreOneProcessOfFourShards) {
    expect_equal_to_by_hand(write_experiment("fake-quant", "epochs: 2, batch_size: 16, images_per_epoch: 48"), 4);
}

TEST_F(RanksTest, MicroBatchesOfFourRanksAreOneProcessOfTheirShards) {
    expect_equal_to_by_hand(
        write_experiment("fake-quant", "epochs: 1, batch_size: 24, micro_batch: 3, images_per_epoch: 72"), 4);
}

TEST_F(RanksTest, AnIncompleteLastBatchIsSharedTooAndLeavesRanksWithoutImages) {
    // Steps of 8, 8 and 2 images: in the third two of the four ranks have one, two have none.
    expect_equal_to_by_hand(
        write_experiment("fake-quant", "epochs: 2, batch_size: 8, images_per_epoch: 18, drop_last: false"), 4);
}

TEST_F(RanksTest, EvaluationIsThatOfOneProcessOnTheSavedNetwork) {
    const Experiment experiment = write_experiment("fake-quant", "epochs: 1, batch_size: 16, images_per_epoch: 48");
    const Trained trained = train(4, "ranks");
    ASSERT_THAT(trained.exit_codes, testing::Each(0));
    StopToken stop;
    Ranks alone(RankPlace(), stop);
    StageAtWork stage(experiment, torch::kCPU, alone);
    stage.load_state(read_safetensors(trained.checkpoint));
    const auto expected = stage.evaluate([] { return true; });
    ASSERT_TRUE(expected.has_value());
    EXPECT_EQ(expected->images, 40);
    EXPECT_EQ(trained.metrics.at("test/top1"), expected->top1);
    EXPECT_EQ(trained.metrics.at("test/top5"), expected->top5);
    EXPECT_EQ(trained.metrics.at("test/loss"), expected->loss) << "not to the last bit";
}

TEST_F(RanksTest, FourRanksGoOnBitIdentically) {
    write_experiment("fake-quant", "epochs: 2, batch_size: 16, images_per_epoch: 64");
    const Trained whole = train(4, "whole");
    const Trained first = train(4, "parts", "-", 2);
    ASSERT_THAT(first.exit_codes, testing::Each(75)) << "all stop after the same step";
    const Trained second = train(4, "parts", first.checkpoint);
    ASSERT_THAT(second.exit_codes, testing::Each(0));
    EXPECT_EQ(state_hash(read_safetensors(second.checkpoint)), state_hash(read_safetensors(whole.checkpoint)));
    std::map<int64_t, double> together = first.losses;
    for (const auto& [step, loss] : second.losses) EXPECT_TRUE(together.emplace(step, loss).second) << step;
    EXPECT_EQ(together, whole.losses);
}

TEST_F(RanksTest, AnotherNumberOfRanksGoesOnFromTheSameStepAndSaysSo) {
    write_experiment("fake-quant", "epochs: 2, batch_size: 16, images_per_epoch: 64");
    const Trained first = train(2, "run", "-", 2);
    ASSERT_THAT(first.exit_codes, testing::Each(75));
    const Trained second = train(4, "run", first.checkpoint);
    ASSERT_THAT(second.exit_codes, testing::Each(0));
    EXPECT_THAT(second.events, testing::Contains(testing::HasSubstr("the checkpoint is of 2 ranks, now there are 4")));
    EXPECT_EQ(second.losses.begin()->first, first.losses.rbegin()->first + 1);
    EXPECT_EQ(second.losses.rbegin()->first, 8);
}

}  // namespace
}  // namespace f8net
