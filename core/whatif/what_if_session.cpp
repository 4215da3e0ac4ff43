// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/what_if_session.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace f8net {
namespace {

/// Images a thread computes before it is asked whether to stop.
constexpr int64_t kImagesAtOnce = 8;
constexpr auto kProgressInterval = std::chrono::milliseconds(50);

double share(int64_t part, int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

/// Executors copy their network; none reads the real weights.
IntegerNetwork without_real_weights(IntegerNetwork network) {
    for (IntegerNode& node : network.nodes) {
        node.effective_weight = {};
        node.effective_bias = {};
    }
    return network;
}

EngineOptions definite(EngineOptions engine) {
    if (engine.path.empty()) engine.path = fastest_path();
    engine.threads = std::max(engine.threads, 1);
    return engine;
}

}  // namespace

double AccuracyChange::before() const {
    return share(right_before, images);
}
double AccuracyChange::after() const {
    return share(right_after, images);
}

/// One changed network.
class WhatIfSession::Evaluation {
public:
    Evaluation(WhatIfSession& session, IntegerNetwork changed, int64_t images, const std::stop_token& stop,
               const WhatIfListener& listener)
        : session_(session),
          cache_(session.cache_),
          changed_(std::move(changed)),
          first_(first_difference(session.integers_, changed_)),
          cut_(cache_.cut_before(first_)),
          stop_(stop),
          listener_(listener) {
        const int last = static_cast<int>(changed_.nodes.size()) - 1;
        executor_ = make_range_executor(changed_, {cut_, last}, session.engine_.path, session.engine_.threads);
        result_.images = images > 0 ? std::min(images, cache_.images()) : cache_.images();
        result_.computed_from = changed_.nodes[static_cast<size_t>(cut_)].name;
    }

    WhatIfResult run() {
        const int64_t first = std::min(kFirstImages, result_.images);
        result_.is_complete = add_accuracy(first) && report(true) &&
                              add_differences(std::min(kFirstDifferenceImages, first)) && report(true) &&
                              add_accuracy(result_.images) && report(true) && add_differences(result_.images);
        update_layers();
        report(true);
        return result_;
    }

private:
    /// Parts of [done, end) one after the other; false where it was stopped.
    template <typename Body>
    bool in_parts(int64_t done, int64_t end, const Body& body) {
        const int64_t at_once = kImagesAtOnce * session_.engine_.threads;
        for (int64_t begin = done; begin < end; begin += at_once) {
            if (stop_.stop_requested()) return false;
            body(begin, std::min(at_once, end - begin));
            report(false);
        }
        return true;
    }

    bool add_accuracy(int64_t end) {
        return in_parts(result_.accuracy.images, end, [&](int64_t begin, int64_t count) {
            cache_.fill(begin + count);
            const int64_t classes = changed_.num_classes();
            std::vector<int32_t> logits(static_cast<size_t>(count * classes));
            executor_->run_range(cache_.source(cut_, begin), count, logits);
            for (int64_t i = 0; i < count; ++i) count_image(begin + i, logits.data() + i * classes);
            if (listener_.on_logits) listener_.on_logits(begin, logits);
        });
    }

    void count_image(int64_t image, const int32_t* logits) {
        AccuracyChange& accuracy = result_.accuracy;
        const int64_t classes = changed_.num_classes(), label = cache_.label(image);
        const int64_t before = cache_.given_class(image), after = class_given(logits, classes);
        int64_t rank = 0;
        for (int64_t c = 0; c < classes; ++c)
            rank += logits[c] > logits[label] || (logits[c] == logits[label] && c < label);
        accuracy.top5_after += rank < 5;
        ++accuracy.images;
        accuracy.right_before += before == label;
        accuracy.right_after += after == label;
        accuracy.gained += after == label && before != label;
        accuracy.lost += after != label && before == label;
        accuracy.other_class += after != before;
    }

    bool add_differences(int64_t end) {
        if (!differences_) differences_.emplace(session_.integers_, changed_, cut_, session_.engine_);
        return in_parts(differences_->images(), end, [&](int64_t begin, int64_t count) {
            differences_->add(cache_, begin, count);
            result_.difference_images = differences_->images();
        });
    }

    bool report(bool always) {
        if (!listener_.on_progress) return true;
        const auto now = std::chrono::steady_clock::now();
        if (!always && now - reported_ < kProgressInterval) return true;
        reported_ = now;
        update_layers();
        listener_.on_progress(result_);
        return true;
    }
    void update_layers() {
        if (differences_ && differences_->images() > 0) result_.layers = differences_->differences();
    }

    WhatIfSession& session_;
    BaselineCache& cache_;
    const IntegerNetwork changed_;
    const size_t first_;
    const int cut_;
    const std::stop_token stop_;
    const WhatIfListener& listener_;
    std::unique_ptr<Executor> executor_;
    std::optional<LayerDifferences> differences_;
    WhatIfResult result_;
    std::chrono::steady_clock::time_point reported_;
};

WhatIfSession::WhatIfSession(IntegerNetwork network, const EvaluationSet& set, EngineOptions engine,
                             const CacheOptions& cache)
    : network_(std::move(network)),
      integers_(without_real_weights(network_)),
      engine_(definite(std::move(engine))),
      cache_(integers_, set, engine_, cache) {}

WhatIfResult WhatIfSession::evaluate(std::span<const FormatChange> changes, int64_t images, const std::stop_token& stop,
                                     const WhatIfListener& listener) {
    return Evaluation(*this, without_real_weights(with_changes(network_, changes)), images, stop, listener).run();
}

}  // namespace f8net
