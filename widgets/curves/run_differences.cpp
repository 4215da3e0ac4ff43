// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/run_differences.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <set>
#include <vector>

namespace f8net {

namespace {

std::string lastPart(const std::string& key) {
    return key.substr(key.rfind('.') + 1);
}

bool isSeed(const std::string& key) {
    return lastPart(key) == "seed";
}

}  // namespace

std::map<RunId, QString> runDifferences(const std::map<RunId, ConfigValues>& runs, int most) {
    std::map<std::string, std::set<std::string>> values;  // a key that a run lacks has the empty value there
    std::map<std::string, size_t> holders;
    for (const auto& [run, config] : runs) {
        for (const auto& [key, value] : config) {
            values[key].insert(value);
            ++holders[key];
        }
    }
    std::vector<std::string> keys;
    std::map<std::string, int> shortNames;
    for (const auto& [key, different] : values) {
        if (different.size() < 2 && holders[key] == runs.size()) continue;
        keys.push_back(key);
        ++shortNames[lastPart(key)];
    }
    std::stable_partition(keys.begin(), keys.end(), [](const std::string& key) { return !isSeed(key); });

    std::map<RunId, QString> result;
    for (const auto& [run, config] : runs) {
        QStringList parts;
        int left = 0;
        for (const std::string& key : keys) {
            const auto value = config.find(key);
            if (value == config.end() || value->second.empty()) continue;
            if (parts.size() == most) {
                ++left;
                continue;
            }
            const std::string name = shortNames[lastPart(key)] > 1 ? key : lastPart(key);
            parts << QString::fromStdString(name + ' ' + value->second);
        }
        if (left > 0) parts << QCoreApplication::translate("f8net::Curves", "%1 more").arg(left);
        result[run] = parts.join(", ");
    }
    return result;
}

}  // namespace f8net
