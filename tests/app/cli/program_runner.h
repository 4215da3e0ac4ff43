// SPDX-License-Identifier: Apache-2.0
/// Runs the built f8net as a user would, in a folder of its own with an empty home.
#pragma once

#include <sys/types.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace f8net {

struct Outcome {
    int exit_code = -1;  ///< 128 + signal where one ended it
    std::string output, messages;
    nlohmann::json json() const { return nlohmann::json::parse(output); }
    /// Lines of the messages that are not empty.
    std::vector<std::string> message_lines() const;
};

/// A temporary folder that is the home, with the store in it; gone with the object.
class Workplace {
public:
    Workplace();
    ~Workplace();
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::string store() const { return path("runs.db"); }
    void write(const std::string& name, const std::string& content) const;
    std::string read(const std::string& name) const;

    Outcome run(const std::vector<std::string>& arguments) const;
    /// Another copy of the program.
    Outcome run_program(const std::string& program, const std::vector<std::string>& arguments) const;
    /// With --store of this workplace.
    Outcome run_in_store(std::vector<std::string> arguments) const;
    /// Starts and returns; finish() waits.
    pid_t start(const std::vector<std::string>& arguments) const;
    Outcome finish(pid_t process) const;

private:
    pid_t start_program(const std::string& program, const std::vector<std::string>& arguments) const;

    std::string folder_;
    mutable std::map<pid_t, std::string> files_;  ///< where a process writes: its number
    mutable int started_ = 0;
};

/// A file of the project: "configs/fashion-mnist/quickstart.yaml".
std::string project_file(const std::string& name);
bool has_fashion_mnist();
bool has_torch_module();

}  // namespace f8net
