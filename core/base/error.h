// SPDX-License-Identifier: Apache-2.0
/// The one family of errors. Core throws them and never prints; the edges translate once: the command line to one line on
/// stderr and an exit code, the workbench to a message.
/// A message names the thing, the place, the value and the way out: "a.yaml:14:3: word_length is 9, expected 2 to 8".
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace f8net {

/// Exit codes of the command line (docs/cli.md); each error class has one.
enum class ExitCode : int {
    kOk = 0,
    kAnswerIsNo = 1,
    kUsage = 2,
    kData = 65,
    kMissing = 69,
    kInternal = 70,
    kDevice = 71,
    kStore = 73,
    kIo = 74,
    kStopped = 75,
    kDiverged = 76,
};

class Error : public std::runtime_error {
public:
    Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ~Error() override;  // out of line: one type information for the program and the modules it opens
    ExitCode exit_code() const { return code_; }

private:
    ExitCode code_;
};

/// Usage or configuration: message starts with file:line:column or names the option. Exit code 2.
class ConfigError : public Error {
public:
    explicit ConfigError(const std::string& message) : Error(ExitCode::kUsage, message) {}
    ConfigError(const std::string& file, int line, int column, const std::string& message);
    ~ConfigError() override;
};

/// Bad input data, checkpoint or network file: the file, the place in it, what was expected. Exit code 65.
class DataError : public Error {
public:
    explicit DataError(const std::string& message) : Error(ExitCode::kData, message) {}
    ~DataError() override;
};

/// Tensor of the wrong shape, or a layer that does not fit: names the layer, expected and got. Exit code 65.
class ShapeError : public DataError {
public:
    ShapeError(const std::string& layer, const std::string& expected, const std::string& got);
    ~ShapeError() override;
};

/// A number that must not be: NaN statistic, accumulator outside int32. Names tensor and value. Exit code 65.
class NumericError : public DataError {
public:
    explicit NumericError(const std::string& message) : DataError(message) {}
    ~NumericError() override;
};

/// A module or program that this needs is not installed: which, and the command that installs it. Exit code 69.
class MissingError : public Error {
public:
    explicit MissingError(const std::string& message) : Error(ExitCode::kMissing, message) {}
    ~MissingError() override;
};

/// No such device, out of device memory, driver. Exit code 71.
class DeviceError : public Error {
public:
    explicit DeviceError(const std::string& message) : Error(ExitCode::kDevice, message) {}
    ~DeviceError() override;
};

/// The run store: busy for too long, newer version, damaged. Carries path and SQL in the message. Exit code 73.
class StoreError : public Error {
public:
    explicit StoreError(const std::string& message) : Error(ExitCode::kStore, message) {}
    ~StoreError() override;
};

/// Input/output: disk full, permission; the path, the system's words, the free bytes where it is full. Exit code 74.
class IoError : public Error {
public:
    explicit IoError(const std::string& message) : Error(ExitCode::kIo, message) {}
    /// From errno: "cannot write PATH: No space left on device (12345 bytes free)".
    IoError(const std::string& action, const std::string& path, int error_number);
    ~IoError() override;
};

/// The loss is not finite: step, layer, last good checkpoint. Exit code 76.
class DivergedError : public Error {
public:
    explicit DivergedError(const std::string& message) : Error(ExitCode::kDiverged, message) {}
    ~DivergedError() override;
};

/// The name in `known` nearest to `name` by edit distance, or empty where none is near: "did you mean 'optimizer.lr'?".
template <typename Names>
std::string nearest_name(const std::string& name, const Names& known);

/// Edits (insert, delete, replace, swap of neighbours) between two words.
int edit_distance(const std::string& a, const std::string& b);

template <typename Names>
std::string nearest_name(const std::string& name, const Names& known) {
    std::string best;
    int best_distance = static_cast<int>(name.size()) / 2 + 1;
    for (const auto& candidate : known) {
        const int distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace f8net
