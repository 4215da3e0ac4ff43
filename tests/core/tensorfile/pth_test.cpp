// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/pth.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/tensorfile/pth_files.h"

namespace f8net {
namespace {

using namespace f8net::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1";
const std::string kCheckpoints = F8NET_SOURCE_DIR "/tests/golden/checkpoints/";

TEST(Pth, HoldsTheSameTensorsAsTheGoldenSafetensors) {
    for (const char* network : {"mobilenet_v1", "mobilenet_v2"}) {
        const std::string path = std::string(F8NET_SOURCE_DIR) + "/tests/golden/networks/" + network;
        const PthCheckpoint pth = read_pth(path + ".pth");
        const TensorMap expected = read_safetensors(path + ".safetensors");
        EXPECT_THAT(pth.keys, ElementsAre("model"));
        ASSERT_EQ(pth.model.tensors.size(), expected.tensors.size());
        for (const auto& [name, tensor] : expected.tensors) EXPECT_EQ(pth.model.at(name), tensor) << name;
    }
}

TEST(Pth, ReadsEveryFormAndKindOfTensorThatTorchSaveWrites) {
    const TensorMap expected = read_safetensors(kCheckpoints + "views_expected.safetensors");
    for (const char* file : {"views.pth", "views_legacy.pth", "views_no_checksums.pth"}) {
        SCOPED_TRACE(file);
        const PthCheckpoint pth = read_pth(kCheckpoints + file);
        EXPECT_EQ(pth.model.tensors, expected.tensors);
        EXPECT_THAT(pth.keys, ElementsAre("state_dict", "epoch", "best", "sizes", "names"));
        EXPECT_EQ(pth.other.at("epoch").item(), 3);
        EXPECT_EQ(pth.other.at("best").item(), 0.75);
        EXPECT_THAT(pth.other.values<int64_t>("sizes"), ElementsAre(1, 2, 3));
        EXPECT_EQ(pth.other.tensors.size(), 3u);
    }
}

TEST(Pth, ReadsTheAuthorsLatestCheckpoint) {
    const std::string path = F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v2_latest_checkpoint.pth";
    const PthCheckpoint pth = read_pth(path);
    EXPECT_THAT(pth.keys, ElementsAre("model", "optimizer", "last_epoch", "best_val", "meters"));
    // Names and shapes of the finished network's file; the values are of another step.
    const TensorMap finished = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v2.safetensors");
    ASSERT_EQ(pth.model.tensors.size(), finished.tensors.size());
    std::vector<std::vector<int64_t>> shapes;
    for (const auto& [name, tensor] : finished.tensors) {
        EXPECT_EQ(pth.model.at(name.starts_with("module.") ? name : "module." + name).shape, tensor.shape) << name;
        shapes.push_back(tensor.shape);
    }
    // As Python reads them out of the file.
    EXPECT_EQ(pth.other.at("last_epoch").item(), 3);
    EXPECT_EQ(pth.other.at("best_val").item(), 0.71);
    EXPECT_EQ(pth.other.at("optimizer.param_groups.0.momentum").item(), 0.9);
    size_t momenta = 0;
    for (const auto& [name, tensor] : pth.other.tensors) {
        EXPECT_FALSE(name.starts_with("meters")) << "an object of a class that is not here: " << name;
        if (!name.ends_with(".momentum_buffer")) continue;
        ++momenta;
        EXPECT_THAT(shapes, ::testing::Contains(tensor.shape)) << name;
    }
    EXPECT_EQ(momenta, 199u);

    const PthCheckpoint only_model = read_pth(path, PthParts::kModel);
    EXPECT_EQ(only_model.model.tensors, pth.model.tensors);
    EXPECT_EQ(only_model.other.tensors.size(), 2u);
    EXPECT_EQ(load_checkpoint_file(path).metadata.count("last_epoch"), 1u);
}

TEST(Pth, FilesThatTheFuzzerStartsFromReachTheTensors) {
    for (const auto& file : std::filesystem::directory_iterator(F8NET_SOURCE_DIR "/tests/fuzz/corpus/pth")) {
        const std::string path = file.path().string();
        if (path.ends_with("/module")) continue;
        EXPECT_NO_THROW(read_pth(path)) << path;
    }
}

TEST(Pth, ProgramsAndWholeModulesAreNamed) {
    const auto error = [](const std::string& path) -> std::string {
        try {
            read_pth(path);
        } catch (const DataError& found) {
            return found.what();
        }
        return "no error";
    };
    EXPECT_THAT(error(kCheckpoints + "program.pt"), AllOf(HasSubstr("program.pt"), HasSubstr("TorchScript")));
    EXPECT_THAT(error(kCheckpoints + "whole_module.pth"), AllOf(HasSubstr("Small"), HasSubstr("state_dict()")));
}

TEST(Pth, ReadsStridedViewsOfAStorageOnAGpu) {
    // Transposed 2 x 3 view from element 1 on: the bytes are gathered.
    const std::string pickle = "\x80\x02}(" + unicode("w") + tensor_pickle(7, 1, {3, 2}, {1, 3}) + "u.";
    for (const ZipForm& form :
         {ZipForm{}, ZipForm{.deflate = true}, ZipForm{.zip64 = true}, ZipForm{.descriptors = true},
          ZipForm{.deflate = true, .zip64 = true, .descriptors = true, .comment = "a comment"}}) {
        const std::string file = file_of(pickle, floats({9, 0, 1, 2, 3, 4, 5}), form);
        const PthCheckpoint pth = parse_pth(file.data(), file.size(), "x.pth");
        EXPECT_EQ(pth.model.at("w").shape, (std::vector<int64_t>{3, 2}));
        EXPECT_THAT(pth.model.values<float>("w"), ElementsAre(0, 3, 1, 4, 2, 5));
    }
}

TEST(Pth, TakesTheModelAndFlattensTheRestWithoutUnknownClasses) {
    std::string real = "G";
    put<uint64_t>(real, __builtin_bswap64(std::bit_cast<uint64_t>(71.5)));
    const std::string pickle = "\x80\x02}(" + unicode("model") + "}" + unicode("module.w") +
                               tensor_pickle(2, 0, {2}, {1}) + "s" + unicode("last_epoch") + "K\x07" +
                               unicode("best_val") + real + unicode("meters") + "cos\nsystem\n(" +
                               unicode("touch /tmp/f8net-pth-was-run") + "tR" + unicode("params") +
                               "](K\x01K\x02"
                               "eu.";
    const std::string file = file_of(pickle, floats({1, 2}));
    const PthCheckpoint pth = parse_pth(file.data(), file.size(), "x.pth");
    EXPECT_THAT(pth.keys, ElementsAre("model", "last_epoch", "best_val", "meters", "params"));
    EXPECT_THAT(pth.model.values<float>("module.w"), ElementsAre(1, 2));
    EXPECT_EQ(pth.other.at("last_epoch").item(), 7);
    EXPECT_EQ(pth.other.at("best_val").item(), 71.5);
    EXPECT_THAT(pth.other.values<int64_t>("params"), ElementsAre(1, 2));
    EXPECT_FALSE(pth.other.contains("meters"));
    EXPECT_FALSE(std::filesystem::exists("/tmp/f8net-pth-was-run"));
}

TEST(CheckpointFile, PicksByContent) {
    const auto folder = std::filesystem::temp_directory_path() / ("f8net-checkpoint-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto error = [&](const std::string& content) -> std::string {
        write_text_file((folder / "e.pth").string(), content);
        try {
            load_checkpoint_file((folder / "e.pth").string());
        } catch (const DataError& found) {
            return found.what();
        }
        return "no error";
    };
    EXPECT_EQ(load_checkpoint_file(kGolden + ".pth").tensors.size(),
              load_checkpoint_file(kGolden + ".safetensors").tensors.size());
    EXPECT_THAT(error(""), HasSubstr("e.pth: neither"));
    EXPECT_THAT(error("something else entirely"), HasSubstr("neither"));
    EXPECT_THAT(error("\x80\x02}q."), HasSubstr("torch.save has not written"));
    EXPECT_THAT(error("PK\x03\x04 and no more"), HasSubstr("e.pth"));
    std::filesystem::copy_file(kGolden + ".safetensors", folder / "e.pth",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_GT(load_checkpoint_file((folder / "e.pth").string()).tensors.size(), 100u);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace f8net
