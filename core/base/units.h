// SPDX-License-Identifier: Apache-2.0
/// Ids and counts that must not be mixed up, as types of their own.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

namespace f8net {

/// A run's id: 12 characters of [0-9a-z], first by time of creation, so that ids sort by age.
class RunId {
public:
    RunId() = default;
    explicit RunId(std::string text) : text_(std::move(text)) {}
    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }
    auto operator<=>(const RunId&) const = default;

private:
    std::string text_;
};

/// Epochs and steps count from 1 when completed (epoch 0, step 0: before training); both count over all stages of a run.
struct Epoch {
    int value = 0;
    auto operator<=>(const Epoch&) const = default;
};
struct Step {
    int64_t value = 0;
    auto operator<=>(const Step&) const = default;
};

}  // namespace f8net
