// SPDX-License-Identifier: Apache-2.0
#include "core/training/part_timer.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <variant>
#include <vector>

namespace f8net {

/// The points at which another part came to work, each with its time.
class PartTimer::Timeline {
public:
    explicit Timeline(torch::Device device) : device_(device) {}

    void enter(const char* name) {
        const std::scoped_lock lock(mutex_);
        stack_.emplace_back(name);
        mark();
    }
    void leave() {
        const std::scoped_lock lock(mutex_);
        if (stack_.empty()) return;  // began before the timer did
        stack_.pop_back();
        mark();
    }
    std::map<std::string, Entry> read() const {
        const std::scoped_lock lock(mutex_);
        if (!device_.is_cpu() && !points_.empty()) std::get<c10::Event>(points_.back().time).synchronize();
        std::map<std::string, Entry> entries;
        for (size_t i = 0; i < points_.size(); ++i) {
            const std::string& part = points_[i].part;
            if (part.empty()) continue;
            const int known = static_cast<int>(entries.size());
            const auto [place, is_new] = entries.try_emplace(part);
            if (is_new) place->second.first = known;
            if (i + 1 < points_.size()) place->second.ms += milliseconds(points_[i].time, points_[i + 1].time);
        }
        return entries;
    }

private:
    using Clock = std::chrono::steady_clock;
    using Time = std::variant<Clock::time_point, c10::Event>;
    struct Point {
        std::string part;  // that is at work from here on; none: empty
        Time time;
    };

    Time now() const {
        if (device_.is_cpu()) return Clock::now();
        c10::Event event(device_.type(), c10::EventFlag::BACKEND_DEFAULT);
        event.record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
        return event;
    }
    static double milliseconds(const Time& from, const Time& to) {
        if (const auto* event = std::get_if<c10::Event>(&from)) return event->elapsedTime(std::get<c10::Event>(to));
        const auto elapsed = std::get<Clock::time_point>(to) - std::get<Clock::time_point>(from);
        return std::chrono::duration<double, std::milli>(elapsed).count();
    }
    void mark() { points_.push_back({stack_.empty() ? std::string() : stack_.back(), now()}); }

    torch::Device device_;
    mutable std::mutex mutex_;
    std::vector<std::string> stack_;
    std::vector<Point> points_;
};

namespace {

// What callbacks of LibTorch find it by.
std::atomic<void*> current = nullptr;

}  // namespace

PartTimer::PartTimer(torch::Device device) : timeline_(std::make_unique<Timeline>(device)) {
    current = timeline_.get();
    const auto enter = [](const at::RecordFunction& part) -> std::unique_ptr<at::ObserverContext> {
        if (auto* timeline = static_cast<Timeline*>(current.load())) timeline->enter(part.name());
        return nullptr;
    };
    const auto leave = [](const at::RecordFunction&, at::ObserverContext*) {
        if (auto* timeline = static_cast<Timeline*>(current.load())) timeline->leave();
    };
    handle_ =
        at::addThreadLocalCallback(at::RecordFunctionCallback(enter, leave).scopes({at::RecordScope::USER_SCOPE}));
}

PartTimer::~PartTimer() {
    at::removeCallback(handle_);
    current = nullptr;
}

std::map<std::string, PartTimer::Entry> PartTimer::read() const {
    return timeline_->read();
}

}  // namespace f8net
