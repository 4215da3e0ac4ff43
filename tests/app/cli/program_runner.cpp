// SPDX-License-Identifier: Apache-2.0
#include "tests/app/cli/program_runner.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/data/dataset.h"

namespace f8net {

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

std::vector<std::string> Outcome::message_lines() const {
    std::vector<std::string> lines;
    std::istringstream stream(messages);
    std::string line;
    while (std::getline(stream, line)) {
        if (line.find_first_not_of(" \r") != std::string::npos) lines.push_back(line);
    }
    return lines;
}

Workplace::Workplace() {
    std::string pattern = (std::filesystem::temp_directory_path() / "f8net-cli-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
}

Workplace::~Workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Workplace::write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
}

std::string Workplace::read(const std::string& name) const {
    return read_file(path(name));
}

pid_t Workplace::start(const std::vector<std::string>& arguments) const {
    return start_program(F8NET_BINARY_DIR "/bin/f8net", arguments);
}

pid_t Workplace::start_program(const std::string& program, const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const std::string number = std::to_string(started_++);
    const std::string out = path("output-" + number), err = path("messages-" + number);
    const pid_t process = ::fork();
    if (process == 0) {
        ::setenv("HOME", folder_.c_str(), 1);
        for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "F8NET_STORE"}) ::unsetenv(name);
        ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
        ::dup2(::open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDOUT_FILENO);
        ::dup2(::open(err.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDERR_FILENO);
        ::execv(pointers.front(), pointers.data());
        ::_exit(127);
    }
    files_[process] = number;
    return process;
}

Outcome Workplace::finish(pid_t process) const {
    int status = 0;
    ::waitpid(process, &status, 0);
    Outcome outcome;
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    outcome.output = read("output-" + files_.at(process));
    outcome.messages = read("messages-" + files_.at(process));
    return outcome;
}

Outcome Workplace::run(const std::vector<std::string>& arguments) const {
    return finish(start(arguments));
}

Outcome Workplace::run_program(const std::string& program, const std::vector<std::string>& arguments) const {
    return finish(start_program(program, arguments));
}

Outcome Workplace::run_in_store(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--store", store()});
    return run(arguments);
}

std::string project_file(const std::string& name) {
    return std::string(F8NET_SOURCE_DIR) + "/" + name;
}

bool has_fashion_mnist() {
    return std::filesystem::is_directory(default_fashion_mnist_folder());
}

bool has_torch_module() {
    return std::filesystem::exists(F8NET_BINARY_DIR "/lib/libf8net_torch.so");
}

}  // namespace f8net
