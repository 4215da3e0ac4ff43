// SPDX-License-Identifier: Apache-2.0
// Several processes on one store, some of them killed.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <random>
#include <set>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

class Process {
public:
    explicit Process(const std::vector<std::string>& arguments) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        pid_ = fork();
        if (pid_ == 0) {
            std::vector<char*> words;
            for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
            words.push_back(nullptr);
            dup2(ends[1], STDOUT_FILENO);
            execv(words[0], words.data());
            _exit(127);
        }
        close(ends[1]);
        output_ = ends[0];
    }
    ~Process() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            wait();
        }
        close(output_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void wait_for_output() {
        char byte;
        while (read(output_, &byte, 1) == -1 && errno == EINTR) {
        }
    }
    void kill() { ::kill(pid_, SIGKILL); }
    /// Exit code, or 128 + the signal.
    int wait() {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = -1;
    int output_ = -1;
};

const char* const kWorker = F8NET_STORE_WORKER;

void expect_every_step_once(const RunReader& reader, const RunId& run, const std::string& metric, int64_t steps,
                            int64_t stride = 1) {
    const MetricDelta series = reader.metric(run, metric);
    std::vector<int64_t> expected, got;
    for (int64_t step = stride; step <= steps; step += stride) expected.push_back(step);
    for (const MetricPoint& point : series.points) got.push_back(point.step);
    EXPECT_EQ(got, expected) << metric << " of " << run.text();
}

class Processes : public StoreTest {};

TEST_F(Processes, TwoThatTrainAtOnceLoseNothing) {
    const RunId first = create("first"), second = create("second");
    constexpr int64_t kSteps = 300;
    Process a({kWorker, "train", path, first.text(), std::to_string(kSteps), "200"});
    Process b({kWorker, "train", path, second.text(), std::to_string(kSteps), "200"});
    EXPECT_EQ(a.wait(), 0);
    EXPECT_EQ(b.wait(), 0);
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    for (const RunId& run : {first, second}) {
        expect_every_step_once(reader, run, "train/loss", kSteps);
        expect_every_step_once(reader, run, "train/learning_rate", kSteps);
        expect_every_step_once(reader, run, "test/top1", kSteps, 10);
        EXPECT_EQ(reader.run(run).state, RunState::kFinished);
    }
}

TEST_F(Processes, CreatingRunsAtOnceInANewStoreGivesEachItsOwnId) {
    Process a({kWorker, "create", path, "20"});
    Process b({kWorker, "create", path, "20"});
    Process c({kWorker, "create", path, "20"});
    EXPECT_EQ(a.wait(), 0);
    EXPECT_EQ(b.wait(), 0);
    EXPECT_EQ(c.wait(), 0);
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunList list = RunReader(store).list();
    std::set<std::string> ids, names;
    std::set<int> colours;
    for (const RunSummary& run : list.runs) {
        ids.insert(run.id.text());
        names.insert(run.name);
        colours.insert(run.colour_index);
        EXPECT_THAT(run.tags, testing::ElementsAre("tagged"));
    }
    EXPECT_EQ(ids.size(), 60u);
    EXPECT_EQ(names.size(), 60u);
    EXPECT_EQ(colours.size(), 60u);
}

TEST_F(Processes, KilledAtRandomInstantsAndResumedHasEveryRowOnce) {
    const RunId run = create("killed");
    constexpr int64_t kSteps = 400;
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int kills = 0;
    for (; kills < 10; ++kills) {
        Process worker({kWorker, "train", path, run.text(), std::to_string(kSteps), "3000"});
        worker.wait_for_output();
        // A tenth of the time that its steps take at least, so that it is not over before on a loaded machine.
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
        worker.kill();
        const int code = worker.wait();
        const RunStore store = open(RunStore::Mode::kReadOnly);
        const RunReader reader(store);
        if (code == 0) break;
        ASSERT_EQ(code, 128 + SIGKILL);
        EXPECT_EQ(reader.run(run).state, RunState::kCrashed);
        if (const auto last = reader.checkpoint(run, "last")) {
            // Nothing up to the last checkpoint is missing, at any time.
            const MetricDelta series = reader.metric(run, "train/loss");
            ASSERT_GE(static_cast<int64_t>(series.points.size()), last->step.value);
            for (int64_t step = 1; step <= last->step.value; ++step) {
                ASSERT_EQ(series.points[static_cast<size_t>(step - 1)].step, step);
            }
        }
    }
    EXPECT_GE(kills, 1);
    Process worker({kWorker, "train", path, run.text(), std::to_string(kSteps), "0"});
    EXPECT_EQ(worker.wait(), 0);
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    expect_every_step_once(reader, run, "train/loss", kSteps);
    expect_every_step_once(reader, run, "test/top1", kSteps, 10);
    for (const MetricSummary& metric : reader.metrics(run)) {
        EXPECT_EQ(metric.num_points, metric.name == "test/top1" ? kSteps / 10 : kSteps) << metric.name;
    }
    EXPECT_EQ(reader.epochs(run).size(), static_cast<size_t>(kSteps / 10));
    EXPECT_EQ(reader.run(run).state, RunState::kFinished);
}

TEST_F(Processes, SecondTrainingOfOneRunIsRefusedAndNamesTheFirst) {
    const RunId run = create("twice");
    Process first({kWorker, "train", path, run.text(), "100000", "1000"});
    first.wait_for_output();
    const std::string message = message_of<StoreError>([&] { RunWriter writer(path, run, nullptr); });
    EXPECT_THAT(message, testing::HasSubstr("pid " + std::to_string(first.pid())));
    EXPECT_THAT(message, testing::HasSubstr(run.text()));
    Process second({kWorker, "train", path, run.text(), "10", "0"});
    EXPECT_EQ(second.wait(), static_cast<int>(ExitCode::kStore));
    EXPECT_EQ(RunReader(open()).run(run).state, RunState::kRunning);
    first.kill();
    first.wait();
    RunWriter writer(path, run, nullptr);  // now it is free
    EXPECT_EQ(writer.attempt(), 2);
}

TEST_F(Processes, StopRequestReachesAnotherProcess) {
    const RunId run = create("stopped");
    Process worker({kWorker, "train", path, run.text(), "1000000", "1000"});
    worker.wait_for_output();
    open().request(run, RunRequest::kStop);
    EXPECT_EQ(worker.wait(), 75);
    const RunRecord record = RunReader(open()).run(run);
    EXPECT_EQ(record.state, RunState::kStopped);
    EXPECT_EQ(record.exit_code, 75);
    EXPECT_GT(record.step.value, 0);
}

TEST_F(Processes, ReaderSeesChangesOfAnotherProcess) {
    create("there");
    RunStore reader = open(RunStore::Mode::kReadOnly);
    EXPECT_TRUE(reader.changed());
    EXPECT_FALSE(reader.changed());
    Process other({kWorker, "create", path, "1"});
    ASSERT_EQ(other.wait(), 0);
    EXPECT_TRUE(reader.changed());
    EXPECT_FALSE(reader.changed());
}

}  // namespace
}  // namespace f8net
