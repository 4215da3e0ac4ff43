// SPDX-License-Identifier: Apache-2.0
// f8net export --to report, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/data/dataset.h"
#include "core/store/run_store.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;

class ExportReport : public testing::Test {
protected:
    std::string report_of(const std::string& subject, std::vector<std::string> arguments = {}) {
        arguments.insert(arguments.begin(), {"export", subject, "--to", "report", "-o", workplace.path("r.html")});
        const Outcome outcome = workplace.run_in_store(arguments);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return workplace.read("r.html");
    }
    std::string network() {
        const std::string path = workplace.path("net.f8n");
        save_integer_network(path, small_random_network());
        return path;
    }
    Workplace workplace;
};

TEST_F(ExportReport, OfANetworkVerifiesItAndSaysWhatIsNotThere) {
    const std::string page = report_of(network(), {"--images", "5"});
    EXPECT_THAT(page, HasSubstr("<h1>net.f8n</h1>"));
    EXPECT_THAT(page, HasSubstr("5 images: random bytes, seed 1995"));
    EXPECT_THAT(page, HasSubstr("equal in every code"));
    EXPECT_THAT(page, HasSubstr("stage_3_layer_1.body.1"));
    EXPECT_THAT(page, HasSubstr("What is not here"));
    EXPECT_THAT(page, Not(HasSubstr("differs:")));
}

TEST_F(ExportReport, MeasuresInputsWhereThereAreData) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    EXPECT_THAT(report_of(network(), {"--images", "5", "--data", default_fashion_mnist_folder()}),
                testing::AllOf(HasSubstr("Fashion-MNIST test"), HasSubstr("input SQNR")));
}

TEST_F(ExportReport, OfARunWithoutCheckpointIsWrittenToo) {
    NewRun run;
    run.name = "young <b>";
    run.config = workplace.run({"config", "show", project_file("configs/fashion-mnist/quickstart.yaml")}).output;
    const RunId id = RunStore(workplace.store(), RunStore::Mode::kReadWrite).create_run(run);
    const std::string page = report_of(id.text());
    EXPECT_THAT(page, HasSubstr("<h1>young &lt;b&gt;</h1>"));
    EXPECT_THAT(page, HasSubstr("Layers and verification: "));
}

TEST_F(ExportReport, LeavesNothingWhereItCannotBeWritten) {
    const std::string net = network();
    EXPECT_EQ(workplace.run({"export", net, "--to", "report", "-o", workplace.path("missing/r.html"), "--images", "2"})
                  .exit_code,
              74);
    EXPECT_EQ(workplace.run({"export", net, "--to", "report", "-o", workplace.path("r.html"), "--layers", "head.0"})
                  .exit_code,
              2);
    EXPECT_FALSE(std::filesystem::exists(workplace.path("r.html")));
}

}  // namespace
}  // namespace f8net
