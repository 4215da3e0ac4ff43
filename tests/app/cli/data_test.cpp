// SPDX-License-Identifier: Apache-2.0
// Data sets of all kinds by `data info`, and pictures that are no good by `evaluate` on a network of random weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/network/random_network.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using namespace testing_support;

class Data : public testing::Test {
protected:
    Data() {
        ArchitectureOptions options;
        options.width_multiplier = 0.125;
        options.stem = Stem::kSmall;
        options.image_size = 24;
        options.input_channels = 3;
        options.num_classes = 2;
        save_integer_network(net, make_random_network(make_layer_graph(options), 3));
        for (const char* picture : {"pictures/train/cat/0.jpg", "pictures/train/dog/0.jpg", "pictures/val/cat/1.jpg"})
            write(picture, jpeg_of(smooth_image(40, 50, 3, 1)));
    }
    void write(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(std::filesystem::path(workplace.path(name)).parent_path());
        workplace.write(name, content);
    }
    nlohmann::json info(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"data", "info", "--json"});
        const Outcome outcome = workplace.run(arguments);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return outcome.json();
    }
    Outcome evaluate() const { return workplace.run({"evaluate", net, "--data", workplace.path("pictures")}); }
    void expect_refused(const std::string& picture, const std::string& why) const {
        const Outcome outcome = evaluate();
        EXPECT_EQ(outcome.exit_code, 65) << outcome.messages;
        EXPECT_THAT(outcome.messages, HasSubstr(workplace.path(picture)));
        EXPECT_THAT(outcome.messages, HasSubstr(why));
        EXPECT_EQ(outcome.message_lines().size(), 1u) << outcome.messages;
    }

    Workplace workplace;
    std::string net = workplace.path("net.f8n");
};

TEST_F(Data, InfoOfImageFolders) {
    const nlohmann::json both = info({workplace.path("pictures")});
    EXPECT_EQ(both["kind"], "image-folder");
    ASSERT_EQ(both["splits"].size(), 2u);
    EXPECT_EQ(both["splits"][0]["images"], 2);
    EXPECT_EQ(both["splits"][1]["class_names"], (std::vector<std::string>{"cat", "dog"}));
    const std::string fingerprint = both["splits"][0]["fingerprint"];
    EXPECT_FALSE(fingerprint.empty());
    // Parts of other names; one that is not there is left out.
    std::filesystem::rename(workplace.path("pictures/train"), workplace.path("pictures/training"));
    EXPECT_EQ(info({workplace.path("pictures"), "--train-folder", "training"})["splits"][0]["fingerprint"],
              fingerprint);
    EXPECT_EQ(info({workplace.path("pictures")})["splits"].size(), 1u);
}

TEST_F(Data, InfoOfCifar) {
    std::string record(3073, '\7');
    for (int batch = 1; batch <= 5; ++batch) write("cifar/data_batch_" + std::to_string(batch) + ".bin", record);
    write("cifar/test_batch.bin", record + record);
    const nlohmann::json json = info({workplace.path("cifar")});
    EXPECT_EQ(json["kind"], "cifar-10");
    EXPECT_EQ(json["splits"][0]["images"], 5);
    EXPECT_EQ(json["splits"][1]["images"], 2);
    EXPECT_EQ(json["splits"][1]["height"], 32);
    workplace.write("cifar/test_batch.bin", record.substr(1));
    const Outcome outcome = workplace.run({"data", "info", workplace.path("cifar")});
    EXPECT_EQ(outcome.exit_code, 65);
    EXPECT_THAT(outcome.messages, HasSubstr("test_batch.bin: 3072 bytes, expected whole records of 3073"));
}

TEST_F(Data, GreyAndCmykPicturesAreConverted) {
    write("pictures/val/cat/grey.png", png_of(smooth_image(30, 30, 1, 1)));
    write("pictures/val/dog/cmyk.jpg", jpeg_of(smooth_image(30, 30, 4, 1)));
    const Outcome outcome = evaluate();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
}

TEST_F(Data, BadPicturesAreRefusedByName) {
    const std::string good = jpeg_of(smooth_image(40, 50, 3, 1));
    write("pictures/val/cat/1.jpg", good.substr(0, good.size() / 2));
    expect_refused("pictures/val/cat/1.jpg", "truncated");
    write("pictures/val/cat/1.jpg", "no picture at all");
    expect_refused("pictures/val/cat/1.jpg", "neither JPEG nor PNG");
    write("pictures/val/cat/1.jpg", png_of(1, 1, PNG_COLOR_TYPE_GRAY, 16, {1, 2}));
    expect_refused("pictures/val/cat/1.jpg", "grey PNG of 16 bits");
    std::string huge = good;
    huge.replace(huge.find("\xff\xc0") + 5, 4, "\xff\xdc\xff\xdc");
    write("pictures/val/cat/1.jpg", huge);
    expect_refused("pictures/val/cat/1.jpg", "limit");
}

TEST_F(Data, WrongClassesAreRefusedByName) {
    std::filesystem::create_directories(workplace.path("pictures/val/dog"));
    expect_refused("pictures/val/dog", "no .jpg");
    std::filesystem::remove(workplace.path("pictures/val/dog"));
    write("pictures/val/fox/0.jpg", jpeg_of(smooth_image(40, 50, 3, 1)));
    expect_refused("pictures/val/fox", "no such class");
    write("pictures/train/fox/0.jpg", jpeg_of(smooth_image(40, 50, 3, 1)));
    expect_refused("pictures/val", "3 classes: the network tells only 2 classes apart");
}

}  // namespace
}  // namespace f8net
