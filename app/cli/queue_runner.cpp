// SPDX-License-Identifier: Apache-2.0
#include "app/cli/queue_runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "app/cli/signal_queue.h"
#include "app/cli/text_table.h"
#include "core/base/error.h"
#include "core/store/queue_lease.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTickMs = 500;
constexpr std::chrono::seconds kRetryInterval{1};  // of a store that is busy or full

/// The last words of a run's log, without the program's name.
std::string last_line(const std::string& path) {
    std::ifstream file(path);
    std::string line, last;
    while (std::getline(file, line)) {
        if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
    }
    return last.starts_with("f8net: ") ? last.substr(7) : last;
}

class Runner {
public:
    Runner(const QueueRunnerOptions& options, Console& console)
        : options_(options),
          console_(console),
          store_(options.store, RunStore::Mode::kReadWrite),
          lease_(store_),
          current_(lease_.inherited()) {
        if (current_) console_.note("taking over run " + current_->text() + " from a runner that is gone");
    }

    QueueOutcome work() {
        while (!is_done_) {
            take_signals();
            try {
                advance();
                trouble_.clear();
            } catch (const LeaseLost&) {
                throw;
            } catch (const StoreError& error) {
                wait_out(error);
            } catch (const IoError& error) {
                wait_out(error);
            } catch (const ConfigError& error) {  // a run was purged under our hands
                wait_out(error);
            }
            if (!is_done_) wait();
        }
        return outcome_;
    }

private:
    /// One step; where it throws, the next one does what this one did not.
    void advance() {
        if (Clock::now() >= renewal_) {
            lease_.renew();
            renewal_ = Clock::now() + std::chrono::seconds(static_cast<int>(kLeaseRenewalSeconds));
        }
        take_request();
        collect_child();
        if (current_ && !child_) {
            watch_current();
            return;
        }
        if (current_) return;
        const bool had_enough = options_.until == QueueRunnerOptions::Until::kOneRun && !outcome_.runs.empty();
        if (asked_ != RunnerRequest::kNone || had_enough) {
            is_done_ = true;
            return;
        }
        const std::vector<RunSummary> waiting = RunReader(store_).queue();
        if (!waiting.empty()) {
            start(waiting.front(), waiting.size() - 1);
        } else if (options_.until != QueueRunnerOptions::Until::kStopped) {
            is_done_ = true;
        } else if (!is_idle_) {
            console_.note("the queue is empty; waiting (f8net queue add CONFIG)");
            is_idle_ = true;
        }
    }

    void take_signals() {
        while (const auto signal = signals_.next()) {
            if (*signal == SIGCHLD || *signal == SIGUSR1) continue;
            const bool is_second = asked_ == RunnerRequest::kStopNow;
            if (!is_second) tell_stop();
            stop_now(is_second && *signal == SIGINT ? SIGKILL : SIGTERM);
        }
    }

    void take_request() {
        const RunnerRequest request = lease_.request();
        if (request == RunnerRequest::kStopNow && asked_ != RunnerRequest::kStopNow) {
            tell_stop();
            stop_now(SIGTERM);
        }
        if (request == RunnerRequest::kStopAfterRun && asked_ == RunnerRequest::kNone) asked_ = request;
    }

    void tell_stop() { console_.note(current_ ? "stopping: the run saves and stays first in the queue" : "stopping"); }

    void stop_now(int signal) {
        outcome_.was_stopped = true;
        if (child_ && !status_ && (asked_ != RunnerRequest::kStopNow || signal == SIGKILL)) ::kill(*child_, signal);
        asked_ = RunnerRequest::kStopNow;
    }

    void start(const RunSummary& run, size_t waiting) {
        lease_.set_run(run.id);  // before it begins: who takes over must know of it
        is_idle_ = false;
        log_ = run.folder + "/log.txt";
        const int log = ::open(log_.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644);
        if (log < 0) throw IoError("write", log_, errno);
        const Descriptor log_owner(log);
        const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        std::vector<std::string> words{"f8net", "train", "--resume", run.id.text(), "--store", store_.path()};
        std::vector<char*> pointers;
        for (std::string& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        const pid_t child = ::fork();
        if (child < 0) throw IoError("start", "a run", errno);
        if (child == 0) {
            // Only what is safe after fork. A session of its own: it outlives the terminal and this process.
            ::setsid();
            ::sigprocmask(SIG_SETMASK, &signals_.mask_before(), nullptr);
            ::dup2(nothing.get(), STDIN_FILENO);
            ::dup2(log, STDOUT_FILENO);
            ::dup2(log, STDERR_FILENO);
            ::execv("/proc/self/exe", pointers.data());
            ::_exit(static_cast<int>(ExitCode::kIo));
        }
        child_ = child;
        current_ = run.id;
        console_.note(
            fmt::format("run {} ({}) starts, {} more in the queue; {}", run.id.text(), run.name, waiting, log_));
    }

    void collect_child() {
        if (!child_) return;
        int status = 0;
        if (!status_ && ::waitpid(*child_, &status, WNOHANG) == *child_) status_ = status;
        if (!status_) return;
        const int code = WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
        const auto run = find_current();
        const bool is_wanted_again = asked_ == RunnerRequest::kStopNow;
        if (run && run->state == RunState::kQueued && !is_wanted_again) {
            const std::string words = last_line(log_);
            RunQueue(store_).fail(run->id, code,
                                  words.empty() ? fmt::format("ended with exit code {} before it began", code) : words);
        } else if (run && (run->state == RunState::kStopped || run->state == RunState::kCrashed) && is_wanted_again) {
            put_first(*run);
        }
        child_.reset();
        status_.reset();
    }

    /// A run that is not, or no longer, a child of ours: ended, or trained by somebody else.
    void watch_current() {
        const auto run = find_current();
        if (run && run->state == RunState::kRunning) {
            if (asked_ == RunnerRequest::kStopNow && !is_stop_passed_on_) {
                store_.request(run->id, RunRequest::kStop);
                is_stop_passed_on_ = true;
            }
            return;
        }
        const bool was_stopped_by_us = is_stop_passed_on_ && run && run->state == RunState::kStopped;
        const bool is_inherited = run && lease_.inherited() == run->id && !is_inheritance_settled_;
        // Runner and run vanished together: the machine did, not the run.
        if (was_stopped_by_us || (is_inherited && run->state == RunState::kCrashed)) put_first(*run);
        is_inheritance_settled_ = true;
        is_stop_passed_on_ = false;
        lease_.set_run(std::nullopt);
        const auto ended = find_current();
        current_.reset();
        if (ended && ended->state != RunState::kQueued) tell_end(*ended);
    }

    /// Empty where it was purged.
    std::optional<RunRecord> find_current() const {
        try {
            return RunReader(store_).run(*current_);
        } catch (const ConfigError&) {
            return std::nullopt;
        }
    }

    void put_first(const RunRecord& run) {
        if (run.trashed_at > 0) return;
        RunQueue(store_).put(run.id, 1);
        console_.note(fmt::format("run {} ({}) is first in the queue", run.id.text(), run.name));
    }

    void tell_end(const RunRecord& run) {
        outcome_.runs.push_back(run.id);
        outcome_.any_failed = outcome_.any_failed || run.state == RunState::kFailed || run.state == RunState::kCrashed;
        console_.note(fmt::format("run {} ({}) {} after {}{}{}", run.id.text(), run.name, to_string(run.state),
                                  format_duration(run.duration_seconds),
                                  run.best_top1 ? ", best top-1 " + format_percent(*run.best_top1) : "",
                                  run.message.empty() ? "" : ": " + run.message));
    }

    void wait_out(const Error& error) {
        if (error.what() != trouble_) console_.warning(std::string(error.what()) + "; trying again");
        trouble_ = error.what();
        ::poll(nullptr, 0, static_cast<int>(std::chrono::milliseconds(kRetryInterval).count()));
    }

    void wait() {
        pollfd polled{signals_.descriptor(), POLLIN, 0};
        if (current_ || is_idle_) ::poll(&polled, 1, kTickMs);
    }

    const QueueRunnerOptions& options_;
    Console& console_;
    SignalQueue signals_;
    RunStore store_;
    QueueLease lease_;
    std::optional<RunId> current_;
    std::optional<pid_t> child_;
    std::optional<int> status_;  // of the child, which has ended; kept until the store knows
    std::string log_, trouble_;
    Clock::time_point renewal_ = Clock::now();
    RunnerRequest asked_ = RunnerRequest::kNone;
    bool is_done_ = false, is_idle_ = false, is_stop_passed_on_ = false, is_inheritance_settled_ = false;
    QueueOutcome outcome_;
};

}  // namespace

QueueOutcome run_queue(const QueueRunnerOptions& options, Console& console) {
    return Runner(options, console).work();
}

}  // namespace f8net
