// SPDX-License-Identifier: Apache-2.0
/// The processes (ranks) that train one run together, as the trainer sees them: who is rank 0, what the others know,
/// and when all of them stop. Over LibTorch's c10d: a TCPStore at rank 0 for words, Gloo for numbers, between CPUs and,
/// through their hosts' memory, between GPUs.
///
/// Exchange  every function marked "all ranks" must be called by all of them in the same order; with one process each
///           returns what it was given.
/// Stopping  a wish of any rank (signal, request through the store) travels with gather(): from the same call on all
///           ranks see it, so that all stop after the same step.
/// Errors    RankLostError: a rank is gone, silent for longer than the timeout, or never came; RankFailedError: it told
///           why. A port that is taken is an IoError.
/// Threads   one at a time.
#pragma once

#include <torch/torch.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/stop_token.h"
#include "core/run/rank_place.h"

namespace c10d {
class ProcessGroup;
}

namespace f8net {

class Ranks {
public:
    /// Alone, or one of several that have not met yet. `stop` must outlive it.
    Ranks(const RankPlace& place, StopToken& stop);
    ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    int rank() const { return place_.rank; }
    int world() const { return place_.world; }
    int local_world() const { return place_.local_world; }
    const RankPlace& place() const { return place_; }
    bool is_alone() const { return place_.is_alone(); }
    /// Reports, writes checkpoints, and is the one whose running statistics are saved as the network's.
    bool is_first() const { return place_.is_first(); }

    /// Waits until all are there (all ranks). False where a stop was requested meanwhile.
    bool join();
    /// Opens what gradients of that device go through (all ranks, after join).
    void connect(torch::Device device, double timeout_seconds);

    /// What rank `from` says (all ranks, after join).
    std::string share(const std::string& text, int from = 0);
    /// The same number of values of every rank, in the order of ranks (all ranks, after connect).
    std::vector<std::vector<double>> gather(const std::vector<double>& mine);
    /// Tensors of one shape and type from every rank, in their order (all ranks, after connect).
    std::vector<torch::Tensor> gather_tensors(const torch::Tensor& mine);
    /// Waits for all ranks (all ranks, after connect).
    void meet() { gather({}); }

    /// As of the last gather(); alone, as of now.
    bool stop_requested() const { return is_alone() ? stop_.stop_requested() : stop_agreed_; }
    /// True once for each request.
    bool take_checkpoint_request();

    /// Runs work; where it fails on this rank alone, the others are told why and end with the same words and exit code.
    template <typename Work>
    auto telling_others(const Work& work) {
        try {
            return work();
        } catch (const std::exception& error) {
            fail(error);
            throw;
        }
    }
    /// Runs work that talks to other ranks by itself; its failure becomes one of this class's errors.
    template <typename Work>
    auto guarded(const Work& work) {
        try {
            return work();
        } catch (const Error&) {
            throw;
        } catch (const std::exception& error) {
            throw_if_lost(error);
            throw;
        }
    }
    /// For c10d::Reducer.
    const c10::intrusive_ptr<c10d::ProcessGroup>& group() const;

private:
    struct Connection;
    void throw_if_lost(const std::exception& error);
    void fail(const std::exception& error);
    bool open_store();
    std::string missing_ranks();

    RankPlace place_;
    StopToken& stop_;
    std::unique_ptr<Connection> connection_;
    int64_t words_shared_ = 0;
    bool stop_agreed_ = false, checkpoint_agreed_ = false;
};

}  // namespace f8net
