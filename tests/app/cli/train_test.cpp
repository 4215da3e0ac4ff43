// SPDX-License-Identifier: Apache-2.0
// Training through the program: needs LibTorch's module and Fashion-MNIST.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class Train : public testing::Test {
protected:
    void SetUp() override {
        if (!has_torch_module()) GTEST_SKIP() << "built without LibTorch";
        if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    }
    /// A very narrow network and few images.
    std::vector<std::string> command(int epochs, const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"train",
                                       project_file("configs/fashion-mnist/quickstart.yaml"),
                                       "--json",
                                       "--store",
                                       workplace.store(),
                                       "--epochs",
                                       std::to_string(epochs),
                                       "--threads",
                                       "1"};
        for (const char* setting : {"network.width_multiplier=0.125", "training.images_per_epoch=128",
                                    "data.validation=64", "training.batch_size=32", "training.probe_images=32",
                                    "evaluation.limit=40", "evaluation.agreement_images=20"}) {
            words.insert(words.end(), {"--set", setting});
        }
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    nlohmann::json runs() { return workplace.run_in_store({"runs", "list", "--json"}).json()["runs"]; }
    bool wait_for(const std::function<bool()>& condition) {
        for (int i = 0; i < 600; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    }

    Workplace workplace;
};

TEST_F(Train, EndsWithTheEvaluationOfAllModes) {
    const Outcome outcome = workplace.run(command(1, {"--name", "small", "--tag", "a", "--tag", "b"}));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    const nlohmann::json json = outcome.json();
    EXPECT_EQ(json["state"], "finished");
    EXPECT_EQ(json["epochs"], 2);
    EXPECT_TRUE(json["best"]["top1"].is_number());
    const nlohmann::json& evaluation = json["evaluation"];
    EXPECT_EQ(evaluation["modes"]["integer-only"]["images"], 40);
    EXPECT_EQ(evaluation["modes"]["simulated-integer"]["images"], 20);
    EXPECT_EQ(evaluation["integer_modes_agree"], true);
    EXPECT_EQ(evaluation["agreement_images"], 20);
    EXPECT_EQ(evaluation["layers"].size(), 21u);
    EXPECT_THAT(outcome.messages, HasSubstr("images/s"));

    const nlohmann::json run = runs()[0];
    EXPECT_EQ(run["name"], "small");
    EXPECT_EQ(run["state"], "finished");
    EXPECT_EQ(run["tags"], nlohmann::json::array({"a", "b"}));
    EXPECT_EQ(run["integer_top1"], evaluation["modes"]["integer-only"]["top1"]);
    const nlohmann::json shown = workplace.run_in_store({"runs", "show", "small", "--json"}).json();
    const nlohmann::json& origins = shown["runs"][0]["environment"]["origins"];
    EXPECT_THAT(origins["training.batch_size"].get<std::string>(), HasSubstr("--set"));
    EXPECT_THAT(origins["network.architecture"].get<std::string>(), HasSubstr("quickstart.yaml:"));

    const Outcome verified = workplace.run_in_store({"verify", "small", "--images", "20", "--json"});
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
    EXPECT_EQ(verified.json()["equal"], true);
    const Outcome after = workplace.run_in_store({"runs", "show", "small", "--json"});
    const nlohmann::json events = after.json()["runs"][0]["events"];
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const nlohmann::json& event) {
        return event["kind"] == "verify" && event["level"] == "info" &&
               event["message"].get<std::string>().find("on 20 images: scalar") != std::string::npos;
    })) << events;
    EXPECT_EQ(workplace.run_in_store({"export", "small", "--to", "onnx", "-o", workplace.path("n.onnx")}).exit_code, 0);
    const Outcome evaluated = workplace.run_in_store({"evaluate", "small", "--mode", "all", "--limit", "20", "--json"});
    EXPECT_EQ(evaluated.json()["integer_modes_agree"], true) << evaluated.output;
    EXPECT_EQ(evaluated.json()["checkpoint"], "best");
}

TEST_F(Train, StopsOnSignalSavesAndGoesOnWithTheSameCommand) {
    const std::vector<std::string> long_run = command(40, {"--resume", "auto"});
    const pid_t process = workplace.start(long_run);
    ASSERT_TRUE(wait_for([&] { return !runs().empty() && runs()[0]["step"].get<int>() > 3; }));
    // A second training of this run while it runs is refused.
    const Workplace other;
    const Outcome second = other.run({"train", "--resume", runs()[0]["id"], "--store", workplace.store()});
    EXPECT_EQ(second.exit_code, 73) << second.messages;
    ::kill(process, SIGTERM);
    const Outcome stopped = workplace.finish(process);
    EXPECT_EQ(stopped.exit_code, 75) << stopped.messages;
    EXPECT_EQ(stopped.json()["state"], "stopped");
    EXPECT_EQ(runs()[0]["state"], "stopped");
    const int step = runs()[0]["step"];

    const pid_t again = workplace.start(long_run);
    ASSERT_TRUE(wait_for([&] { return runs()[0]["state"] == "running" && runs()[0]["step"].get<int>() > step; }));
    EXPECT_EQ(runs().size(), 1u);
    EXPECT_EQ(workplace.run_in_store({"runs", "stop", runs()[0]["id"]}).exit_code, 0);  // through the store this time
    EXPECT_EQ(workplace.finish(again).exit_code, 75);
    EXPECT_EQ(runs()[0]["attempt"], 2);
}

TEST_F(Train, ResumeThatIsOnlyTriedChangesNothing) {
    ASSERT_EQ(workplace.run(command(1, {"--name", "short", "--set", "training.max_steps=2"})).exit_code, 0);
    const auto shown = [&] { return workplace.run_in_store({"runs", "show", "short", "--json"}).json(); };
    const nlohmann::json before = shown();
    const Outcome tried =
        workplace.run_in_store({"train", "--resume", "short", "--dry-run", "--epochs", "7", "--json"});
    ASSERT_EQ(tried.exit_code, 0) << tried.messages;
    EXPECT_EQ(tried.json()["run"], before["runs"][0]["id"]);
    EXPECT_EQ(tried.json()["state"], "finished");
    EXPECT_EQ(tried.json()["stages"][0]["epochs"], 7);
    EXPECT_EQ(shown(), before);
    // What a new run would take is refused, not passed over.
    const std::vector<std::vector<std::string>> of_new_runs = {
        {project_file("configs/fashion-mnist/quickstart.yaml")}, {"--name", "x"}, {"--tag", "x"}, {"--from", "short"}};
    for (const std::vector<std::string>& words : of_new_runs) {
        std::vector<std::string> arguments{"train", "--resume", "short"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        const Outcome refused = workplace.run_in_store(arguments);
        EXPECT_EQ(refused.exit_code, 2) << refused.messages;
        EXPECT_THAT(refused.messages, HasSubstr("is for a new run"));
    }
    EXPECT_EQ(shown(), before);
}

TEST_F(Train, OutlivesTheOneWhoReadsWhatItSays) {
    std::vector<std::string> words{"-c", "{ \"$0\" \"$@\"; echo ended with $? >&2; } | true",
                                   F8NET_BINARY_DIR "/bin/f8net"};
    for (const std::string& word : command(1, {"--name", "unread", "--set", "training.max_steps=2"})) {
        words.push_back(word);
    }
    const Outcome outcome = workplace.run_program("/bin/sh", words);
    EXPECT_THAT(outcome.messages, HasSubstr("cannot write standard output: Broken pipe"));
    EXPECT_THAT(outcome.messages, HasSubstr("ended with 74"));
    EXPECT_EQ(runs()[0]["state"], "finished");
    EXPECT_TRUE(runs()[0]["integer_top1"].is_number());
}

TEST_F(Train, ResumeWithOtherSettingsKeepsWhereEachValueCameFrom) {
    ASSERT_EQ(workplace.run(command(1, {"--name", "short", "--set", "training.max_steps=2"})).exit_code, 0);
    const auto shown = [&] { return workplace.run_in_store({"runs", "show", "short", "--json"}).json()["runs"][0]; };
    const nlohmann::json before = shown();
    const auto resume = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words{"train", "--resume", "short", "--store", workplace.store(), "--threads", "1"};
        words.insert(words.end(), more.begin(), more.end());
        return workplace.run(words);
    };
    // The same again leaves everything as it is.
    ASSERT_EQ(resume({}).exit_code, 0);
    EXPECT_EQ(shown()["environment"]["origins"], before["environment"]["origins"]);
    EXPECT_EQ(shown()["config_values"], before["config_values"]);

    const Outcome resumed = resume({"--set", "network.width_multiplier=0.125", "--set", "data.prefetch_batches=3"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.messages;
    const nlohmann::json after = shown();
    EXPECT_EQ(after["config_values"]["data.prefetch_batches"], "3");
    nlohmann::json origins = after["environment"]["origins"];
    EXPECT_EQ(origins["data.prefetch_batches"], "--set");
    EXPECT_THAT(origins["network.architecture"].get<std::string>(), HasSubstr("quickstart.yaml:"));
    origins.erase("data.prefetch_batches");
    nlohmann::json expected = before["environment"]["origins"];
    expected.erase("data.prefetch_batches");
    EXPECT_EQ(origins, expected);
    EXPECT_THAT(workplace.run_in_store({"runs", "show", "short", "--json"}).output,
                HasSubstr("data.prefetch_batches was 4, is 3"));
}

TEST_F(Train, DetachedRunOutlivesItsParent) {
    const Outcome started = workplace.run(command(1, {"--detach"}));
    ASSERT_EQ(started.exit_code, 0) << started.messages;
    const std::string id = started.json()["run"];
    EXPECT_EQ(started.json()["state"], "queued");
    ASSERT_TRUE(wait_for([&] { return runs()[0]["state"] == "finished" || runs()[0]["state"] == "failed"; }));
    EXPECT_EQ(runs()[0]["id"], id);
    EXPECT_EQ(runs()[0]["state"], "finished");
}

TEST_F(Train, DivergenceHasItsOwnExitCode) {
    const Outcome outcome =
        workplace.run(command(20, {"--set", "optimizer.lr=1000", "--set", "optimizer.weight_decay=1"}));
    EXPECT_EQ(outcome.exit_code, 76) << outcome.messages;
    EXPECT_THAT(outcome.messages, HasSubstr("step"));
    EXPECT_EQ(runs()[0]["state"], "failed");
    EXPECT_EQ(runs()[0]["exit_code"], 76);
}

TEST_F(Train, StartsFromAnotherRunAndSaysSo) {
    ASSERT_EQ(workplace.run(command(1, {"--name", "first"})).exit_code, 0);
    const Outcome outcome = workplace.run(command(1, {"--name", "second", "--from", "first:stage:float"}));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_EQ(runs()[0]["parent"], runs()[1]["id"]);

    // test_only: the same words evaluate instead, and leave no run.
    const Outcome tested = workplace.run(command(
        1, {"--from", "first:stage:float", "--set", "training.test_only=true", "--set", "evaluation.modes=float"}));
    ASSERT_EQ(tested.exit_code, 0) << tested.messages;
    EXPECT_EQ(tested.json()["modes"]["float"]["images"], 40);  // evaluation.limit
    EXPECT_EQ(tested.json()["checkpoint"], "stage:float");
    EXPECT_EQ(runs().size(), 2u);
    EXPECT_EQ(workplace.run(command(1, {"--set", "training.test_only=true"})).exit_code, 2);
    // Weights that do not fit are refused, not dropped.
    const Outcome other = workplace.run(command(1, {"--from", "first", "--set", "network.width_multiplier=0.25"}));
    EXPECT_EQ(other.exit_code, 65) << other.messages;
}

}  // namespace
}  // namespace f8net
