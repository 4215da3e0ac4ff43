// SPDX-License-Identifier: Apache-2.0
#include "app/cli/rank_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include "app/cli/signal_queue.h"
#include "core/base/error.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

struct Rank {
    pid_t pid = -1;  // -1 once it has ended
    Descriptor output;
    std::string line;  // what of its output is not yet a whole line
};

/// The environment of a rank: this process's, with torchrun's variables.
std::vector<std::string> environment_of(int rank, int num_ranks, int port) {
    const std::vector<std::string> own = {fmt::format("RANK={}", rank),
                                          fmt::format("LOCAL_RANK={}", rank),
                                          fmt::format("WORLD_SIZE={}", num_ranks),
                                          fmt::format("LOCAL_WORLD_SIZE={}", num_ranks),
                                          "MASTER_ADDR=127.0.0.1",
                                          fmt::format("MASTER_PORT={}", port),
                                          "TORCHELASTIC_USE_AGENT_STORE=False"};
    std::vector<std::string> all = own;
    for (char** variable = ::environ; *variable; ++variable) {
        const std::string text = *variable;
        const std::string name = text.substr(0, text.find('=') + 1);
        const bool is_ours =
            std::any_of(own.begin(), own.end(), [&](const std::string& entry) { return entry.starts_with(name); });
        if (!is_ours) all.push_back(text);
    }
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

class RankProcesses {
public:
    RankProcesses(const std::vector<std::string>& arguments, int num_ranks, int port, Console& console)
        : console_(console), arguments_(arguments), ranks_(static_cast<size_t>(num_ranks)) {
        arguments_.insert(arguments_.begin(), "f8net");
        for (int rank = 0; rank < num_ranks; ++rank) start(rank, environment_of(rank, num_ranks, port));
    }
    ~RankProcesses() {
        send(SIGKILL);
        for (Rank& rank : ranks_) {
            if (rank.pid > 0) ::waitpid(rank.pid, nullptr, 0);
        }
    }
    RankProcesses(const RankProcesses&) = delete;
    RankProcesses& operator=(const RankProcesses&) = delete;

    int wait() {
        while (is_any_alive() || is_any_open()) {
            wait_for_news();
            while (const auto signal = signals_.next()) {
                if (*signal != SIGCHLD) send(*signal == SIGHUP ? SIGTERM : *signal);
            }
            collect_ended();
            end_what_is_left();
        }
        const auto killed = std::find_if(failures_.begin(), failures_.end(), [](int code) { return code > 128; });
        // A rank that was killed is the cause, those that lost it are the consequence.
        if (killed != failures_.end()) return *killed;
        if (!failures_.empty()) return failures_.front();
        return was_stopped_ ? static_cast<int>(ExitCode::kStopped) : 0;
    }

private:
    void start(int number, std::vector<std::string> environment) {
        Rank& rank = ranks_[static_cast<size_t>(number)];
        std::array<int, 2> pipe{-1, -1};
        if (number > 0 && ::pipe2(pipe.data(), O_CLOEXEC) != 0) throw IoError("start", "a rank", errno);
        rank.output = Descriptor(pipe[0]);
        const Descriptor input(pipe[1]);
        const std::vector<char*> words = pointers_to(arguments_);
        const std::vector<char*> variables = pointers_to(environment);
        const pid_t parent = ::getpid();
        rank.pid = ::fork();
        if (rank.pid < 0) throw IoError("start", "a rank", errno);
        if (rank.pid > 0) return;
        // In the child; only what is safe after fork. A group of its own: Ctrl-C comes once, through this process.
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(128 + SIGTERM);
        ::sigprocmask(SIG_SETMASK, &signals_.mask_before(), nullptr);
        const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::dup2(nothing, STDIN_FILENO);
        if (input.get() >= 0) {
            ::dup2(input.get(), STDOUT_FILENO);
            ::dup2(input.get(), STDERR_FILENO);
        }
        ::execve("/proc/self/exe", words.data(), variables.data());
        ::_exit(static_cast<int>(ExitCode::kIo));
    }

    bool is_any_alive() const {
        return std::any_of(ranks_.begin(), ranks_.end(), [](const Rank& rank) { return rank.pid > 0; });
    }
    bool is_any_open() const {
        return std::any_of(ranks_.begin(), ranks_.end(), [](const Rank& rank) { return rank.output.get() >= 0; });
    }

    void wait_for_news() {
        constexpr int kTickMs = 200;  // of the deadlines
        std::vector<pollfd> polled{{signals_.descriptor(), POLLIN, 0}};
        for (const Rank& rank : ranks_) polled.push_back({rank.output.get(), POLLIN, 0});
        ::poll(polled.data(), polled.size(), kTickMs);
        for (size_t i = 0; i < ranks_.size(); ++i) {
            if (polled[i + 1].revents != 0) read_from(i);
        }
    }

    void read_from(size_t number) {
        Rank& rank = ranks_[number];
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(rank.output.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) return;
        if (count <= 0) {
            if (!rank.line.empty()) write_line(number);
            rank.output.close();
            return;
        }
        for (ssize_t i = 0; i < count; ++i) {
            if (buffer[static_cast<size_t>(i)] != '\n') {
                rank.line += buffer[static_cast<size_t>(i)];
            } else {
                write_line(number);
            }
        }
    }

    void write_line(size_t number) {
        console_.clear_transient();
        std::fprintf(stderr, "[rank %zu] %s\n", number, ranks_[number].line.c_str());
        ranks_[number].line.clear();
    }

    void send(int signal) {
        for (const Rank& rank : ranks_) {
            if (rank.pid > 0) ::kill(rank.pid, signal);
        }
    }

    void collect_ended() {
        for (size_t i = 0; i < ranks_.size(); ++i) {
            int status = 0;
            if (ranks_[i].pid <= 0 || ::waitpid(ranks_[i].pid, &status, WNOHANG) != ranks_[i].pid) continue;
            ranks_[i].pid = -1;
            const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            if (code == static_cast<int>(ExitCode::kStopped)) was_stopped_ = true;
            if (code == 0 || code == static_cast<int>(ExitCode::kStopped)) continue;
            if (escalation_ == Escalation::kNone) failures_.push_back(code);
            if (WIFSIGNALED(status) && escalation_ == Escalation::kNone) {
                console_.error(fmt::format("rank {} was killed by signal {} ({}); the others are ended", i,
                                           WTERMSIG(status), ::strsignal(WTERMSIG(status))));
            }
            if (!first_failure_) first_failure_ = Clock::now();
        }
    }

    void end_what_is_left() {
        if (!first_failure_ || !is_any_alive()) return;
        const double seconds = std::chrono::duration<double>(Clock::now() - *first_failure_).count();
        if (seconds >= kFarewellSeconds && escalation_ == Escalation::kNone) {
            escalation_ = Escalation::kTerminated;
            send(SIGTERM);
        }
        if (seconds >= kFarewellSeconds + kStopSeconds && escalation_ == Escalation::kTerminated) {
            escalation_ = Escalation::kKilled;
            send(SIGKILL);
        }
    }

    enum class Escalation { kNone, kTerminated, kKilled };

    Console& console_;
    SignalQueue signals_;
    std::vector<std::string> arguments_;
    std::vector<Rank> ranks_;
    std::vector<int> failures_;  // exit codes of ranks that nobody here ended, in the order of their ends
    bool was_stopped_ = false;
    std::optional<Clock::time_point> first_failure_;
    Escalation escalation_ = Escalation::kNone;
};

}  // namespace

int run_ranks(const std::vector<std::string>& arguments, int num_ranks, int port, Console& console) {
    return RankProcesses(arguments, num_ranks, port, console).wait();
}

int free_port() {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (socket.get() < 0 || ::bind(socket.get(), generic, size) != 0 ||
        ::getsockname(socket.get(), generic, &size) != 0) {
        throw IoError("find", "a free port on 127.0.0.1", errno);
    }
    return ntohs(address.sin_port);
}

}  // namespace f8net
