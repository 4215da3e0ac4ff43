// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/settings.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>

namespace f8net {
namespace {

TEST(Settings, AreThereAfterARestart) {
    const QTemporaryDir folder;
    {
        Settings settings(folder.filePath("w.ini"));
        settings.setValue("runs/filter", "top1>=0.9");
        settings.setValue("curves/smoothing", 40);
    }
    const Settings settings(folder.filePath("w.ini"));
    EXPECT_EQ(settings.value("runs/filter").toString(), "top1>=0.9");
    EXPECT_EQ(settings.number("curves/smoothing", 60, 0, 99), 40);
    EXPECT_TRUE(settings.notice().isEmpty());
}

TEST(Settings, ABrokenFileGivesDefaultsANoticeAndIsKept) {
    const QTemporaryDir folder;
    for (const QByteArray& junk :
         {QByteArray("\x00\x01\x02garbage", 10), QByteArray("not an ini of ours\n"), QByteArray("version=99\n")}) {
        QFile file(folder.filePath("w.ini"));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(junk);
        file.close();
        const Settings settings(folder.filePath("w.ini"));
        EXPECT_TRUE(settings.notice().contains("w.ini.broken")) << junk.constData();
        EXPECT_EQ(settings.number("curves/smoothing", 60, 0, 99), 60);
        EXPECT_TRUE(QFile::exists(folder.filePath("w.ini.broken")));
    }
}

TEST(Settings, ValuesOutOfRangeAreDefaults) {
    const QTemporaryDir folder;
    Settings settings(folder.filePath("w.ini"));
    settings.setValue("a", 500);
    settings.setValue("b", "nan");
    settings.setValue("c", "maybe");
    EXPECT_EQ(settings.number("a", 60, 0, 99), 60);
    EXPECT_EQ(settings.number("b", 60, 0, 99), 60);
    EXPECT_TRUE(settings.flag("c", true));
}

TEST(Settings, OfAStoreAreForgottenWithIt) {
    const QTemporaryDir folder;
    Settings settings(folder.filePath("w.ini"));
    settings.noteStore("/s/a.db");
    settings.noteStore("/s/b.db");
    settings.setValue(Settings::ofStore("/s/a.db", "shown"), "1");
    settings.setValue(Settings::ofStore("/s/b.db", "shown"), "2");
    EXPECT_EQ(settings.value(Settings::ofStore("/s/a.db", "shown")).toString(), "1");
    settings.noteStore("/s/a.db");
    EXPECT_EQ(settings.recentStores(), (QStringList{"/s/a.db", "/s/b.db"}));
    for (int i = 0; i < 9; ++i) settings.noteStore(QString("/s/%1.db").arg(i));
    EXPECT_EQ(settings.recentStores().size(), 10);
    EXPECT_FALSE(settings.value(Settings::ofStore("/s/b.db", "shown")).isValid());
    EXPECT_EQ(settings.value(Settings::ofStore("/s/a.db", "shown")).toString(), "1");
}

}  // namespace
}  // namespace f8net
