// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/selection.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

TEST(Selection, WalksBackAndForwardOverRunsAndLayers) {
    Selection selection;
    selection.setRun(RunId("a"));
    selection.setLayer("conv1");
    selection.setRun(RunId("b"));
    ASSERT_TRUE(selection.canGoBack());
    selection.goBack();
    EXPECT_EQ(selection.run(), RunId("a"));
    EXPECT_EQ(selection.layer(), "conv1");
    selection.goBack();
    EXPECT_EQ(selection.layer(), "");
    selection.goForward();
    selection.goForward();
    EXPECT_EQ(selection.run(), RunId("b"));
    EXPECT_FALSE(selection.canGoForward());
}

TEST(Selection, ANewPlaceEndsTheWayForward) {
    Selection selection;
    selection.setRun(RunId("a"));
    selection.setRun(RunId("b"));
    selection.goBack();
    selection.setLayer("fc");
    EXPECT_FALSE(selection.canGoForward());
}

TEST(Selection, DraggingTheEpochIsOneMove) {
    Selection selection;
    selection.setRun(RunId("a"));
    for (int epoch = 1; epoch <= 30; ++epoch) selection.setEpoch(Epoch{epoch});
    selection.goBack();
    EXPECT_FALSE(selection.epoch().has_value());
    EXPECT_FALSE(selection.canGoBack());
}

TEST(Selection, AnotherRunShowsItsLatestEpoch) {
    Selection selection;
    selection.setRun(RunId("a"));
    selection.setEpoch(Epoch{12});
    selection.setRun(RunId("b"));
    EXPECT_FALSE(selection.epoch().has_value());
}

TEST(Selection, SaysNothingWhenNothingChanges) {
    Selection selection;
    selection.setRun(RunId("a"));
    int said = 0;
    for (const auto signal : {&Selection::runChanged, &Selection::layerChanged, &Selection::visibleRunsChanged}) {
        QObject::connect(&selection, signal, [&said] { ++said; });
    }
    selection.setRun(RunId("a"));
    selection.setVisibleRuns({});
    EXPECT_EQ(said, 0);
    selection.setVisible(RunId("a"), true);
    EXPECT_EQ(said, 1);
    EXPECT_TRUE(selection.isVisible(RunId("a")));
}

TEST(Selection, ForgetsRunsThatAreGone) {
    Selection selection;
    const RunId a("a"), b("b"), c("c");
    selection.setRun(a);
    selection.setRun(b);
    selection.setRun(c);
    selection.setVisibleRuns({a, b});
    selection.setBaseline(b);
    selection.setMarked({b, c});
    selection.forget({b});
    EXPECT_EQ(selection.run(), c);
    EXPECT_EQ(selection.visibleRuns(), (std::set<RunId>{a}));
    EXPECT_FALSE(selection.baseline().has_value());
    EXPECT_EQ(selection.marked(), (std::vector<RunId>{c}));
    selection.goBack();
    EXPECT_EQ(selection.run(), a);  // b is no place any more
    EXPECT_FALSE(selection.canGoBack());
    selection.forget({a, c});
    EXPECT_TRUE(selection.run().empty());
}

}  // namespace
}  // namespace f8net
