// SPDX-License-Identifier: Apache-2.0
/// How long each part of a step (core/modules/step_part.h) takes, without the parts within it, so that the times add
/// up: on a CPU by the host's clock, on a GPU by the clock of the stream that the parts are queued on, which is where
/// the time goes.
/// Threads  one timer at a time. Parts may be of several threads as long as one waits for the other, as it is in
///          backward.
#pragma once

#include <ATen/record_function.h>
#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>

namespace f8net {

class PartTimer {
public:
    explicit PartTimer(torch::Device device);
    ~PartTimer();
    PartTimer(const PartTimer&) = delete;
    PartTimer& operator=(const PartTimer&) = delete;

    struct Entry {
        double ms = 0;
        int first = 0;  ///< place in the order of first appearance
    };
    /// Since it was made; waits for the device.
    std::map<std::string, Entry> read() const;

private:
    class Timeline;
    std::unique_ptr<Timeline> timeline_;
    at::CallbackHandle handle_;
};

}  // namespace f8net
