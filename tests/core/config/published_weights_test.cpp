// SPDX-License-Identifier: Apache-2.0
#include "core/config/published_weights.h"

#include <gmock/gmock.h>

#include "tests/core/config/config_test_support.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

ExperimentDocument document_of(const std::string& keys) {
    return parse_experiment("model: models.fix_resnet\n" + keys, "old.yml");
}

TEST(PublishedWeights, MissingFileIsNamedWithItsPlace) {
    const TemporaryFolder home;
    auto ptcv = document_of("depth: 18\nptcv_pretrained: True\n");
    EXPECT_THAT(config_error([&] { find_published_weights(ptcv, home.path("")); }),
                AllOf(StartsWith("old.yml:3:18: ptcv_pretrained asks for pytorchcv's weights of resnet18"),
                      HasSubstr("resnet18-0896-77a56f15.pth"), HasSubstr("~/.torch/models"),
                      HasSubstr("--set network.pretrained_file=FILE")));
    auto nvidia = document_of("depth: 50\nnvidia_pretrained: True\n");
    EXPECT_THAT(config_error([&] { find_published_weights(nvidia, home.path("")); }),
                AllOf(HasSubstr("nvidia_pretrained asks"), HasSubstr("nvidia_resnet50_200821.pth.tar")));
    auto hawq = document_of("hawq_pretrained: True\n");
    EXPECT_THAT(config_error([&] { find_published_weights(hawq, home.path("")); }),
                AllOf(HasSubstr("hawq's weights of resnet50"), HasSubstr("network.pretrained_file=FILE")));
}

TEST(PublishedWeights, PublishersFolderIsLookedInto) {
    const TemporaryFolder home;
    home.write(".torch/models/resnet18-0982-0126861b.pth", "older");
    home.write(".torch/models/resnet18_wd2-0100-00000000.pth", "another network");
    const std::string newest = home.write(".torch/models/resnet18-0896-77a56f15.pth", "newer");
    auto document = document_of("depth: 18\nptcv_pretrained: True\n");
    find_published_weights(document, home.path(""));
    EXPECT_TRUE(std::filesystem::equivalent(document.experiment.network.pretrained_file, newest));
    auto narrow = document_of("depth: 18\nptcv_pretrained: True\nwidth_multiplier: 0.5\n");
    EXPECT_THAT(config_error([&] { find_published_weights(narrow, home.path("")); }),
                testing::Not(HasSubstr("resnet18-0896")));
}

TEST(PublishedWeights, NamedFilesAndOtherStartsNeedNone) {
    for (const std::string start :
         {"pretrained_file: a.pt\n", "nvidia_pretrained: True\nnvidia_pretrained_file: b\n", ""}) {
        auto document = document_of(start);
        const std::string before = document.experiment.network.pretrained_file;
        find_published_weights(document, "/nowhere");
        EXPECT_EQ(document.experiment.network.pretrained_file, before);
    }
    auto from = document_of("ptcv_pretrained: True\n");
    from.apply(parse_setting("training.from=run"));
    EXPECT_NO_THROW(find_published_weights(from, "/nowhere"));
}

TEST(PublishedWeights, EveryNetworkHasAFileOfPytorchcv) {
    for (const std::string& architecture : option("network.architecture").choices) {
        NetworkConfig network;
        network.architecture = architecture;
        network.pretrained_origin = "pytorchcv";
        const auto published = published_weights(network);
        ASSERT_TRUE(published) << architecture;
        EXPECT_THAT(published->file, testing::MatchesRegex("[a-z0-9_]+-[0-9]{4}-[0-9a-f]{8}\\.pth"));
    }
}

}  // namespace
}  // namespace f8net
