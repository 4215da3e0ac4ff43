// SPDX-License-Identifier: Apache-2.0
/// Signals as something to wait for with poll, for programs that look after other processes.
/// Threads  make it in the main thread, with no other threads.
#pragma once

#include <csignal>
#include <optional>
#include <utility>

namespace f8net {

/// A descriptor that is closed with the object.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    int get() const { return number_; }
    void close();

private:
    int number_;
};

/// While the object lives, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGCHLD come through a descriptor.
/// Errors   IoError where the system gives none.
class SignalQueue {
public:
    SignalQueue();
    ~SignalQueue();
    SignalQueue(const SignalQueue&) = delete;
    SignalQueue& operator=(const SignalQueue&) = delete;

    int descriptor() const { return descriptor_.get(); }
    const sigset_t& mask_before() const { return before_; }  ///< what a child process is to have
    std::optional<int> next();                               ///< never waits

private:
    sigset_t before_{};
    Descriptor descriptor_;
};

}  // namespace f8net
