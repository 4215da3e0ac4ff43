// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace f8net {
namespace {

const QString kDash = QChar(0x2013), kMinus = QChar(0x2212), kThin = QChar(0x202F);
const double kNan = std::nan("");

TEST(NumberText, SharesHaveTwoDecimalsAndSmallOnesAreNamed) {
    EXPECT_EQ(text::percent(0.93041), "93.04 %");
    EXPECT_EQ(text::percent(0.00005), "< 0.01 %");
    EXPECT_EQ(text::percent(0), "0 %");
    EXPECT_EQ(text::percent(kNan), kDash);
}

TEST(NumberText, DifferencesAreSignedWithATrueMinus) {
    EXPECT_EQ(text::points(-0.0014), kMinus + "0.14");
    EXPECT_EQ(text::points(0.0031), "+0.31");
    EXPECT_EQ(text::points(0.00001), "0");
    EXPECT_EQ(text::points(kNan), kDash);
}

TEST(NumberText, LossesKeepFourSignificantDigits) {
    EXPECT_EQ(text::loss(0.30984), "0.3098");
    EXPECT_EQ(text::loss(2.30259), "2.303");
    EXPECT_EQ(text::loss(12.3456), "12.35");
    EXPECT_EQ(text::loss(kNan), kDash);
}

TEST(NumberText, LearningRatesAreShort) {
    EXPECT_EQ(text::learningRate(0.05), "0.05");
    EXPECT_EQ(text::learningRate(1e-4), "1e-4");
    EXPECT_EQ(text::learningRate(0.1), "0.1");
    EXPECT_EQ(text::learningRate(0), "0");
    EXPECT_EQ(text::learningRate(2.5e-6), "2.5e-6");
}

TEST(NumberText, CountsAreGrouped) {
    EXPECT_EQ(text::count(999), "999");
    EXPECT_EQ(text::count(1204), "1" + kThin + "204");
    EXPECT_EQ(text::count(-1234567), kMinus + "1" + kThin + "234" + kThin + "567");
}

TEST(NumberText, SizesArePowersOfTen) {
    EXPECT_EQ(text::size(147'000'000), "147 MB");
    EXPECT_EQ(text::size(999), "999 bytes");
    EXPECT_EQ(text::size(1'500), "1.5 kB");
    EXPECT_EQ(text::size(999'600), "1.0 MB");
}

TEST(NumberText, DurationsHaveTwoUnits) {
    EXPECT_EQ(text::duration(7), "7 s");
    EXPECT_EQ(text::duration(312), "5 min 12 s");
    EXPECT_EQ(text::duration(6720), "1 h 52 min");
    EXPECT_EQ(text::duration(3 * 86400 + 4 * 3600 + 59), "3 d 4 h");
    EXPECT_EQ(text::duration(-1), kDash);
}

TEST(NumberText, TheTimeLeftIsCoarser) {
    EXPECT_EQ(text::eta(20), "< 1 min left");
    EXPECT_EQ(text::eta(46 * 60 + 20), "46 min left");
    EXPECT_EQ(text::eta(6720), "2 h left");
    EXPECT_EQ(text::eta(3 * 86400), "3 d left");
}

TEST(NumberText, MomentsSayTodayAndYesterday) {
    const QDateTime now(QDate(2026, 11, 23), QTime(20, 0));
    EXPECT_EQ(text::moment(QDateTime(QDate(2026, 11, 23), QTime(14, 2)), now), "today 14:02");
    EXPECT_EQ(text::moment(QDateTime(QDate(2026, 11, 22), QTime(21, 40)), now), "yesterday 21:40");
    EXPECT_EQ(text::moment(QDateTime(QDate(2026, 11, 21), QTime(9, 12)), now), "21 Nov 09:12");
    EXPECT_EQ(text::moment(QDateTime(QDate(2025, 12, 31), QTime(9, 12)), now), "31 Dec 2025 09:12");
    EXPECT_EQ(text::moment(0.0), kDash);
}

TEST(NumberText, FormatsSayRangeAndStep) {
    EXPECT_EQ(text::format({8, 5, false}), "u8.5");
    EXPECT_EQ(text::range({8, 5, false}), "0 to 7.969, step 1/32");
    EXPECT_EQ(text::range({8, 4, true}), QString(QChar(0x00B1)) + "7.938, step 1/16");
    EXPECT_EQ(text::range({8, 0, false}), "0 to 255, step 1");
}

}  // namespace
}  // namespace f8net
