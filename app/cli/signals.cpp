// SPDX-License-Identifier: Apache-2.0
#include "app/cli/signals.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
constexpr int kEndedByInterrupt = 130;

// A handler reaches only what is global; all of it is lock-free.
std::atomic<StopToken*> the_token{nullptr};
std::atomic<int> the_stop_signal{0};
std::atomic<int> interrupts{0};
std::atomic<bool> is_announced{true};
std::array<struct sigaction, kSignals.size()> previous_actions;

void say(const char* text) {
    const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
    (void)ignored;
}

void handle(int signal) {
    StopToken* token = the_token.load(std::memory_order_relaxed);
    if (!token) return;
    if (signal == SIGUSR1) {
        token->request_checkpoint();
        return;
    }
    if (signal == SIGINT && interrupts.fetch_add(1) > 0) ::_exit(kEndedByInterrupt);
    int none = 0;
    the_stop_signal.compare_exchange_strong(none, signal);
    if (is_announced && !token->stop_requested()) {
        say(signal == SIGINT ? "\nstopping after this step; Ctrl-C again ends at once\n"
                             : "\nstopping after this step\n");
    }
    token->request_stop();
}

}  // namespace

SignalRequests::SignalRequests(StopToken& token, bool announces) {
    StopToken* nobody = nullptr;
    if (!the_token.compare_exchange_strong(nobody, &token)) throw std::logic_error("signals are already handled");
    the_stop_signal = 0;
    interrupts = 0;
    is_announced = announces;
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], &action, &previous_actions[i]);
        const bool outlives_terminals = kSignals[i] == SIGHUP && previous_actions[i].sa_handler == SIG_IGN;
        if (outlives_terminals) ::sigaction(SIGHUP, &previous_actions[i], nullptr);
    }
}

SignalRequests::~SignalRequests() {
    for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &previous_actions[i], nullptr);
    the_token = nullptr;
}

void Interruptible::need_going_on() const {
    if (stop_.stop_requested()) throw Error(ExitCode::kStopped, message_);
}

int SignalRequests::stop_signal() const {
    return the_stop_signal;
}

}  // namespace f8net
