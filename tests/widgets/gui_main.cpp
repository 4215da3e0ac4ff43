// SPDX-License-Identifier: GPL-3.0-or-later
// The main of every test program with widgets: offscreen, our style, and any Qt warning fails the test it comes from.
#include <gmock/gmock.h>

#include <QApplication>
#include <QTemporaryDir>
#include <memory>

#include "widgets/support/message_log.h"
#include "widgets/support/theme.h"

namespace {

class WarningsFail final : public testing::EmptyTestEventListener {
    void OnTestStart(const testing::TestInfo&) override { log_ = std::make_unique<f8net::MessageLog>(); }
    void OnTestEnd(const testing::TestInfo&) override {
        for (const QString& warning : log_->warnings()) ADD_FAILURE() << "Qt warned: " << warning.toStdString();
        log_.reset();
    }
    std::unique_ptr<f8net::MessageLog> log_;
};

}  // namespace

int main(int argc, char** argv) {
    // A test that starts itself again may have chosen another screen, "offscreen:configfile=...".
    if (!qgetenv("QT_QPA_PLATFORM").startsWith("offscreen")) qputenv("QT_QPA_PLATFORM", "offscreen");
    const QTemporaryDir home;  // nothing of the user's is read or written
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    qputenv("XDG_DATA_HOME", home.path().toUtf8());
    testing::InitGoogleMock(&argc, argv);
    QApplication application(argc, argv);
    f8net::installStyle(application);
    f8net::applyTheme(application, f8net::ThemeChoice::kLight);
    // Ends are told in reverse order, so the printer before us still hears of our failures.
    testing::UnitTest::GetInstance()->listeners().Append(new WarningsFail);
    return RUN_ALL_TESTS();
}
