// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_delegates.h"

#include <gtest/gtest.h>

#include <QFont>

namespace f8net {
namespace {

TEST(StateWords, AreWholeHoweverNarrowTheColumn) {
    const QFontMetrics metrics{QFont()};
    const QStringList allowed{"failed, loss is NaN at step 240",
                              "failed, loss is NaN at step…",
                              "failed, loss is NaN at…",
                              "failed, loss is NaN…",
                              "failed, loss is…",
                              "failed, loss…",
                              "failed",
                              ""};
    qsizetype longest = 0;
    for (int width = metrics.horizontalAdvance(allowed.first()) + 1; width >= 0; --width) {
        const QString shown = stateWords(allowed.first(), metrics, width);
        ASSERT_TRUE(allowed.contains(shown)) << shown.toStdString();
        EXPECT_LE(metrics.horizontalAdvance(shown), width);
        EXPECT_GE(allowed.indexOf(shown), longest) << "more words in less room";
        longest = allowed.indexOf(shown);
    }
    EXPECT_EQ(longest, allowed.size() - 1);
    EXPECT_EQ(stateWords("crashed, resumable", metrics, metrics.horizontalAdvance("crashed, resumabl")), "crashed");
}

}  // namespace
}  // namespace f8net
