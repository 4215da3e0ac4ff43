// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <QTemporaryDir>
#include <cstdio>
#include <exception>

#include "app/workbench/main_window.h"
#include "app/workbench/new_runs.h"
#include "app/workbench/start_benchmark.h"
#include "app/workbench/tour.h"
#include "core/base/error.h"
#include "core/base/places.h"
#include "widgets/dialogs/import_file.h"
#include "widgets/support/event_watchdog.h"
#include "widgets/support/message_log.h"
#include "widgets/support/settings.h"

namespace f8net {

namespace {

bool hasArgument(int argc, char** argv, const QByteArray& name) {
    for (int i = 1; i < argc; ++i) {
        if (QByteArray(argv[i]) == name || QByteArray(argv[i]).startsWith(name + "=")) return true;
    }
    return false;
}

int runTour(const QString& folder, const QString& store) {
    const MessageLog log;
    TourOptions options{folder, store, qEnvironmentVariableIsEmpty("QT_SCALE_FACTOR")};
    const TourResult result = takeTour(options);
    for (const QString& picture : result.pictures) std::printf("%s\n", qPrintable(picture));
    for (const QString& problem : result.problems + log.warnings())
        std::fprintf(stderr, "tour: %s\n", qPrintable(problem));
    return result.problems.isEmpty() && log.warnings().isEmpty() ? 0 : 1;
}

int runProgram(int argc, char** argv) {
    // Pictures, measurements and help need no display.
    bool isHeadless = false;
    for (const char* name : {"--tour", "--benchmark-start", "--help", "-h", "--version", "-v"}) {
        isHeadless = isHeadless || hasArgument(argc, argv, name);
    }
    const bool hasDisplay = !qEnvironmentVariableIsEmpty("DISPLAY") ||
                            !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") ||
                            !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
    if (!hasDisplay && !isHeadless) {
        std::fprintf(stderr,
                     "f8net-workbench: there is no display (DISPLAY and WAYLAND_DISPLAY are empty); "
                     "f8net runs list shows the same runs here, --tour DIR writes pictures\n");
        return static_cast<int>(ExitCode::kMissing);
    }
    if (!hasDisplay) qputenv("QT_QPA_PLATFORM", "offscreen");

    QApplication application(argc, argv);
    QCoreApplication::setApplicationName("f8net-workbench");
    QCoreApplication::setApplicationVersion(F8NET_VERSION);
    QGuiApplication::setApplicationDisplayName("F8Net Workbench");
    QGuiApplication::setDesktopFileName("org.f8net.Workbench");
    QCommandLineParser parser;
    parser.setApplicationDescription("Shows what is in a run store while runs are trained, starts and stops them.");
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption store("store", "The run store.", "file", QString::fromStdString(default_store_path()));
    const QCommandLineOption tour("tour", "Write a picture of every view and dialog into this folder and end.",
                                  "folder");
    const QCommandLineOption theme("theme", "light, dark or system.", "theme");
    const QCommandLineOption benchmark("benchmark-start", "Measure the start, print it and end.");
    const QCommandLineOption fontSize("font-size", "Size of the letters (default: the desktop's).", "points");
    parser.addOptions({store, tour, theme, fontSize, benchmark});
    parser.addPositionalArgument("file",
                                 "A run store, the same as --store; or a network (.f8n), checkpoint or configuration, "
                                 "which is imported.",
                                 "[file]");
    parser.process(application);
    const QString file = parser.positionalArguments().value(0);
    const bool isImport = isToImport(file);
    if (parser.positionalArguments().size() > 1 || (parser.isSet(store) && !file.isEmpty() && !isImport)) {
        std::fprintf(stderr, "f8net-workbench: one file at a time, also '%s' was given\n",
                     qPrintable(parser.positionalArguments().last()));
        return static_cast<int>(ExitCode::kUsage);
    }
    const std::optional<ThemeChoice> choice = themeChoiceFromString(parser.value(theme));
    if (parser.isSet(theme) && !choice) {
        std::fprintf(stderr, "f8net-workbench: --theme is '%s', expected light, dark or system\n",
                     qPrintable(parser.value(theme)));
        return static_cast<int>(ExitCode::kUsage);
    }

    const double points = parser.value(fontSize).toDouble();
    if (parser.isSet(fontSize) && !(points >= 6 && points <= 48)) {
        std::fprintf(stderr, "f8net-workbench: --font-size is '%s', expected points from 6 to 48\n",
                     qPrintable(parser.value(fontSize)));
        return static_cast<int>(ExitCode::kUsage);
    }

    installStyle(application);
    if (points > 0) {
        QFont font = QApplication::font();
        font.setPointSizeF(points);
        QApplication::setFont(font);
    }
    const QString storePath = QFileInfo(file.isEmpty() || isImport ? parser.value(store) : file).absoluteFilePath();
    if (parser.isSet(tour)) return runTour(parser.value(tour), storePath);
    if (parser.isSet(benchmark)) {
        const QTemporaryDir settings;
        MainWindow window({storePath, settings.filePath("start.ini"), choice});
        std::printf("%s\n", qPrintable(toText(measureStart(window))));
        return 0;
    }
    MainWindow window({storePath, Settings::defaultPath(), choice});
    window.show();
    if (isImport) window.newRuns().import(file);
#ifndef NDEBUG
    const EventWatchdog watchdog;
    const int code = QApplication::exec();
    std::fprintf(stderr, "%s\n", qPrintable(toText(watchdog.report())));
    return code;
#else
    return QApplication::exec();
#endif
}

}  // namespace

}  // namespace f8net

int main(int argc, char** argv) {
    try {
        return f8net::runProgram(argc, argv);
    } catch (const f8net::Error& error) {
        std::fprintf(stderr, "f8net-workbench: %s\n", error.what());
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "f8net-workbench: %s\n", error.what());
        return static_cast<int>(f8net::ExitCode::kInternal);
    }
}
