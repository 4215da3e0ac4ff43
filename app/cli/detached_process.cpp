// SPDX-License-Identifier: Apache-2.0
#include "app/cli/detached_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/error.h"

namespace f8net {

namespace {

struct Report {
    pid_t pid = 0;
    int failure = 0;
};

void write_report(int descriptor, Report report) {
    const ssize_t ignored = ::write(descriptor, &report, sizeof report);
    (void)ignored;
}

/// In the grandchild; only what is safe after fork.
[[noreturn]] void become(char* const* arguments, int log, int nothing, int report_to) {
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    write_report(report_to, {::getpid(), 0});
    ::execv("/proc/self/exe", arguments);
    write_report(report_to, {0, errno});
    ::_exit(127);
}

}  // namespace

int64_t start_detached(const std::vector<std::string>& arguments, const std::string& log_path) {
    std::vector<std::string> words{"f8net"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);

    const int log = ::open(log_path.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644);
    if (log < 0) throw IoError("write", log_path, errno);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw IoError("start", "a process", errno);

    // Twice: the session's leader ends at once, so that the worker never gets a terminal, and init collects it.
    const pid_t child = ::fork();
    if (child == 0) {
        ::setsid();
        const pid_t grandchild = ::fork();
        if (grandchild == 0) become(pointers.data(), log, nothing, pipe[1]);
        if (grandchild < 0) write_report(pipe[1], {0, errno});
        ::_exit(0);
    }
    const int fork_failure = errno;
    ::close(pipe[1]);
    ::close(log);
    ::close(nothing);
    Report last;
    if (child > 0) {
        ::waitpid(child, nullptr, 0);
        Report report;
        // The pipe closes when the program starts; a second report says that it did not.
        while (::read(pipe[0], &report, sizeof report) == static_cast<ssize_t>(sizeof report)) {
            if (report.failure != 0) last.failure = report.failure;
            if (report.pid != 0) last.pid = report.pid;
        }
    }
    ::close(pipe[0]);
    if (child < 0) throw IoError("start", "a process", fork_failure);
    if (last.failure != 0) throw IoError("start", "/proc/self/exe", last.failure);
    return last.pid;
}

}  // namespace f8net
