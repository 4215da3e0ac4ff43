// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_ids.h"

#include <algorithm>
#include <filesystem>
#include <random>

namespace f8net {

namespace {

constexpr double kIdEpoch = 1'577'836'800;  // 2020: eight digits of base 36 then last until 2109
constexpr size_t kTimeDigits = 8;

std::string base36(uint64_t value, size_t digits) {
    std::string text(digits, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 36) {
        *digit = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    }
    return text;
}

uint64_t milliseconds(double created_at) {
    return static_cast<uint64_t>(std::clamp(created_at, kIdEpoch, now_seconds()) * 1000 - kIdEpoch * 1000);
}

RunId make_id(uint64_t time) {
    std::random_device random;
    return RunId(base36(time, kTimeDigits) + base36(random() % (36 * 36 * 36 * 36), 4));
}

uint64_t time_of(const std::string& id) {
    return std::stoull(id.substr(0, kTimeDigits), nullptr, 36);
}

}  // namespace

bool is_run_id(const std::string& text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
    constexpr uint64_t kClocksDiffer = 86'400'000;
    return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit) &&
           time_of(text) <= milliseconds(now_seconds()) + kClocksDiffer;
}

RunId next_run_id(RunStore::Connection& connection) {
    uint64_t time = milliseconds(now_seconds());
    Query newest(connection, "SELECT max(id) FROM runs");
    if (newest.step()) {
        const std::string id = newest.text();
        if (id.size() == 12) time = std::max(time, time_of(id) + 1);
    }
    return make_id(time);
}

RunId unused_run_id(RunStore::Connection& connection, double created_at) {
    while (true) {
        const RunId id = make_id(milliseconds(created_at));
        if (!is_used(connection, id)) return id;
    }
}

bool is_used(RunStore::Connection& connection, const RunId& run) {
    Query query(connection, "SELECT count(*) FROM runs WHERE id = ?");
    query.add(run.text()).step();
    return query.integer() > 0 || std::filesystem::exists(connection.folder_of(run));
}

}  // namespace f8net
