// SPDX-License-Identifier: Apache-2.0
#include "app/cli/signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace f8net {
namespace {

TEST(Signals, TerminationAsksToStop) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) {
        StopToken token;
        const SignalRequests requests(token);
        EXPECT_FALSE(token.stop_requested());
        ::raise(signal);
        EXPECT_TRUE(token.stop_requested());
        EXPECT_EQ(requests.stop_signal(), signal);
        EXPECT_FALSE(token.take_checkpoint_request());
    }
}

TEST(Signals, HangUpIsIgnoredWhereItWasBefore) {
    const auto before = ::signal(SIGHUP, SIG_IGN);  // nohup
    StopToken token;
    {
        const SignalRequests requests(token);
        ::raise(SIGHUP);
    }
    EXPECT_FALSE(token.stop_requested());
    EXPECT_EQ(::signal(SIGHUP, before), SIG_IGN);
}

TEST(Signals, UserSignalOneAsksForACheckpointAndGoesOn) {
    StopToken token;
    const SignalRequests requests(token);
    ::raise(SIGUSR1);
    EXPECT_FALSE(token.stop_requested());
    EXPECT_TRUE(token.take_checkpoint_request());
    EXPECT_FALSE(token.take_checkpoint_request());
}

TEST(SignalsDeathTest, SecondInterruptEndsAtOnce) {
    EXPECT_EXIT(
        {
            StopToken token;
            const SignalRequests requests(token);
            ::raise(SIGINT);
            ::raise(SIGINT);
        },
        testing::ExitedWithCode(130), "Ctrl-C again");
}

TEST(Signals, WhatTheyDidBeforeComesBack) {
    struct sigaction before {
    }, after{};
    ::sigaction(SIGTERM, nullptr, &before);
    {
        StopToken token;
        const SignalRequests requests(token);
    }
    ::sigaction(SIGTERM, nullptr, &after);
    EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace f8net
