// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "core/base/atomic_file.h"

namespace f8net {

Error::~Error() = default;
ConfigError::~ConfigError() = default;
DataError::~DataError() = default;
ShapeError::~ShapeError() = default;
NumericError::~NumericError() = default;
MissingError::~MissingError() = default;
DeviceError::~DeviceError() = default;
StoreError::~StoreError() = default;
IoError::~IoError() = default;
DivergedError::~DivergedError() = default;

ConfigError::ConfigError(const std::string& file, int line, int column, const std::string& message)
    : Error(ExitCode::kUsage, file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message) {}

ShapeError::ShapeError(const std::string& layer, const std::string& expected, const std::string& got)
    : DataError(layer + ": expected " + expected + ", got " + got) {}

namespace {
std::string io_message(const std::string& action, const std::string& path, int error_number) {
    std::string message = "cannot " + action + " " + path + ": " + std::generic_category().message(error_number);
    if (error_number == ENOSPC || error_number == EDQUOT) {
        message += " (" + std::to_string(free_bytes(path)) + " bytes free)";
    }
    return message;
}
}  // namespace

IoError::IoError(const std::string& action, const std::string& path, int error_number)
    : Error(ExitCode::kIo, io_message(action, path, error_number)) {}

int edit_distance(const std::string& a, const std::string& b) {
    // No word that somebody mistyped: time and memory are for those.
    constexpr size_t kLongest = 1000;
    if (std::max(a.size(), b.size()) > kLongest) return a == b ? 0 : static_cast<int>(std::max(a.size(), b.size()));
    std::vector<std::vector<int>> cost(a.size() + 1, std::vector<int>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = static_cast<int>(i);
    for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = static_cast<int>(j);
    for (size_t i = 1; i <= a.size(); ++i) {
        for (size_t j = 1; j <= b.size(); ++j) {
            const int replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace f8net
