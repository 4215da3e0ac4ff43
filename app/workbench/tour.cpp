// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/tour.h"

#include <QApplication>
#include <QCheckBox>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QMessageBox>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <memory>

#include "app/workbench/dock_host.h"
#include "app/workbench/main_window.h"
#include "app/workbench/notice_bar.h"
#include "core/base/error.h"
#include "widgets/compare/compare_view.h"
#include "widgets/compare/network_pair.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/dialogs/data_preview.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/dialogs/yaml_editor.h"
#include "widgets/distributions/distributions_view.h"
#include "widgets/panels/log_view.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/predictions/flip_search.h"
#include "widgets/predictions/predictions_view.h"
#include "widgets/whatif/what_if_view.h"

namespace f8net {

namespace {

constexpr int kPatienceMs = 20'000;

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::Tour", text);
}

class Tour {
public:
    Tour(const TourOptions& options, TourResult& result) : m_options(options), m_result(result) {
        if (!QDir().mkpath(options.folder)) throw IoError("cannot make the folder " + options.folder.toStdString());
    }

    void walk(ThemeChoice theme) {
        m_theme = toString(theme);
        const QTemporaryDir settings;
        MainWindow window({m_options.storePath, settings.filePath("tour.ini"), theme});
        window.resize(1440, 900);
        window.show();
        window.docks().applyDefaultLayout();
        settle(window);
        // The run shown longest ago is the baseline: differences and outlines are part of the picture.
        if (!window.selection().visibleRuns().empty())
            window.selection().setBaseline(*window.selection().visibleRuns().begin());
        settle(window);
        // The shared crosshair as if the pointer were on the first chart.
        const QList<MetricChart*> charts = window.findChildren<MetricChart*>();
        for (MetricChart* chart : charts) chart->setCrosshair(chart->xAxis->range().center());
        if (!charts.isEmpty()) charts.first()->showCard(charts.first()->axisRect()->center());
        settle(window);
        save(window.grab(), "window");
        if (auto* view = window.findChild<PredictionsView*>()) searchPredictions(window, *view);
        for (const DockHost::Dock& dock : window.docks().docks()) {
            window.docks().raise(dock.view.id);  // a dock never raised has no size yet
            settle(window);
            save(dock.dock->widget()->grab(), dock.view.id);
        }
        if (auto* log = qobject_cast<LogView*>(window.docks().view("log"))) {
            window.docks().raise("log");
            const std::pair<LogView::Page, QString> pages[]{{LogView::kQueue, "log-queue"},
                                                            {LogView::kJobs, "log-jobs"}};
            const int job = window.jobs().start(tr("Verify an example"), "/bin/sh",
                                                {"-c", "echo 'checking onnx: 120/200 images' >&2; exec sleep 60"}, {});
            for (const auto& [page, name] : pages) {
                log->showPage(page);
                settle(window);
                save(log->grab(), name);
            }
            window.jobs().cancel(job);
            log->showPage(LogView::kLog);
        }
        // Each view once more with room, floating: what a user sees who maximizes it.
        for (const QString& id : {QString("formats"), QString("curves"), QString("distributions")}) {
            window.docks().raise(id);
            window.docks().view(id)->setFocus();
            window.docks().toggleMaximized();
            settle(window);
            save(window.docks().view(id)->grab(), id + "-large");
            window.docks().toggleMaximized();
            settle(window);
        }
        if (auto* view = window.findChild<CompareView*>()) {
            window.docks().raise("compare");
            const std::pair<int, QString> tables[]{{1, "compare-results"}, {2, "compare-layers"}};
            for (const auto& [tab, name] : tables) {
                view->tabs()->setCurrentIndex(tab);
                settle(window);
                if (view->tabs()->isVisible()) save(view->grab(), name);
            }
            view->tabs()->setCurrentWidget(view->networks());
            view->networks()->other()->setCurrentIndex(view->networks()->other()->count() - 1);
            settle(window);
            view->networks()->showLargestDifference();
            settle(window);
            if (!view->networks()->visibleRegion().isEmpty()) save(view->grab(), "compare-networks");
        }
        if (auto* view = window.findChild<DistributionsView*>()) {
            window.docks().raise("distributions");
            view->choose("all:input");
            settle(window);
            save(view->grab(), "distributions-all");
        }
        if (auto* view = window.findChild<WhatIfView*>()) changeAFormat(window, *view);
        dialog(window, window.makeNewRunDialog(), "new-run");
        if (auto* changed = qobject_cast<NewRunDialog*>(window.makeNewRunDialog())) {
            changed->setOption("data.flip", "true");
            changed->setOption("data.validation", "2000");
            dialog(window, changed, "new-run-changed");
        }
        if (auto* stage = qobject_cast<NewRunDialog*>(window.makeNewRunDialog())) {
            stage->showStage("fixed-point");
            stage->setOption("stages.fixed-point.quantization.momentum", "0.25");
            dialog(window, stage, "new-run-stage");
        }
        if (auto* own = qobject_cast<NewRunDialog*>(window.makeNewRunDialog())) {
            own->showStage("fixed-point");
            own->setOption("stages.fixed-point.quantization.momentum", "0.25");
            own->findChild<QCheckBox*>("ownValuesOnly")->setChecked(true);
            dialog(window, own, "new-run-stage-own");
        }
        if (auto* wrong = qobject_cast<NewRunDialog*>(window.makeNewRunDialog())) {
            wrong->yamlEditor()->setPlainText(
                wrong->yamlEditor()->toPlainText().replace("width_multiplier: 0.25", "width_multiplier: wide"));
            dialog(window, wrong, "new-run-error");
        }
        if (auto* data = qobject_cast<NewRunDialog*>(window.makeNewRunDialog())) {
            data->showData();
            QElapsedTimer clock;
            clock.start();
            while (data->dataPreview()->pictures()->count() == 0 && clock.elapsed() < kPatienceMs / 4)
                QApplication::processEvents(QEventLoop::AllEvents, 20);
            dialog(window, data, "new-run-data");
        }
        dialog(window, window.makeShortcutsDialog(), "shortcuts");
        dialog(window, window.makeGoToDialog(), "go-to");
        dialog(window, window.makeAboutDialog(), "about");
        window.docks().raise("formats");
        window.showViewHelp();
        if (auto* help = window.findChild<QMessageBox*>()) {
            settle(window);
            save(help->grab(), "help");
            help->close();
        }
        window.notices().say("tour before", tr("Cannot import nothing.pth: no such file or directory"), true);
        window.notices().say("tour", tr("A run has finished: integer only 90.03 %, float 88.89 %"), false,
                             {{tr("&See formats"), [] {}}, {tr("Export &ONNX…"), [] {}}});
        settle(window);
        save(window.grab(), "window-notice");
        window.notices().take("tour");
        window.notices().take("tour before");
        if (const RunSummary* run = window.runActions().find(window.selection().run()))
            dialog(window, window.runActions().checks->makeDialog({*run}, "all"), "evaluate");
        window.docks().applyInspectLayout();
        settle(window);
        save(window.grab(), "window-inspect");
        window.docks().applyCompareLayout();
        settle(window);
        save(window.grab(), "window-compare");
        window.resize(1280, 720);
        window.docks().applyDefaultLayout();
        settle(window);
        save(window.grab(), "window-1280x720");
        window.close();
    }

    void walkEmpty(ThemeChoice theme) {
        m_theme = toString(theme);
        const QTemporaryDir folder;
        MainWindow window({folder.filePath("none.db"), folder.filePath("tour.ini"), theme});
        window.resize(1440, 900);
        window.show();
        window.docks().applyDefaultLayout();
        settle(window);
        save(window.grab(), "first-start");
        window.close();
    }

private:
    /// The images whose class changes, where the run has a network and nobody looked for them yet. In a store of others
    /// they are kept with the run, as after a click on Find.
    void searchPredictions(MainWindow& window, PredictionsView& view) {
        if (!view.isEmpty() || view.search()->isHidden()) return;
        window.docks().raise("predictions");
        view.search()->start();
        waitFor([&view] { return !view.isEmpty() || !view.search()->isRunning(); });
    }

    /// Three bits less behind the point for one layer's weights, where the run has a network.
    void changeAFormat(MainWindow& window, WhatIfView& view) {
        const auto isAnswered = [&view] {
            if (view.isEmpty()) return !view.emptyText().endsWith(QChar(0x2026));  // no longer opening
            return view.result() != nullptr && view.result()->is_complete;
        };
        window.docks().raise("whatif");
        waitFor(isAnswered);
        if (view.isEmpty()) return;
        for (const WhatIfLayer& layer : view.changes().layers()) {
            FixedPointFormat format = layer.weight;
            if (!layer.hasFormats || !layer.name.startsWith("stage_1") || format.fractional_length < 3) continue;
            format.fractional_length -= 3;
            window.selection().setLayer(layer.name);
            view.changes().change(layer.name, ChangedTensor::kWeight, format);
            break;
        }
        waitFor(isAnswered);
        settle(window);
        save(view.grab(), "whatif-changed");
        QTimer::singleShot(0, &window, [this, &window] {  // it waits for an answer
            settle(window);
            auto* question = qobject_cast<QDialog*>(QApplication::activeModalWidget());
            if (question == nullptr) return;
            save(question->grab(), "whatif-keep");
            question->reject();
        });
        view.askName();
    }

    template <typename Condition>
    static void waitFor(Condition condition) {
        QElapsedTimer clock;
        clock.start();
        while (!condition() && clock.elapsed() < kPatienceMs) QApplication::processEvents(QEventLoop::AllEvents, 10);
    }

    void dialog(MainWindow& window, QDialog* shown, const QString& name) {
        const std::unique_ptr<QDialog> owner(shown);
        shown->show();
        settle(window);
        settle(window);  // what is read on other threads, and typed text that is read after a pause
        save(shown->grab(), name);
        shown->close();
    }

    void settle(MainWindow& window) {
        window.store().waitUntilCaughtUp(kPatienceMs);
        QElapsedTimer clock;
        clock.start();
        while (clock.elapsed() < 150) QApplication::processEvents(QEventLoop::AllEvents, 10);
        for (MetricChart* chart : window.findChildren<MetricChart*>()) {
            if (!chart->visibleRegion().isEmpty()) chart->lines().waitUntilCurrent(kPatienceMs);
        }
    }

    void save(const QPixmap& picture, const QString& name) {
        const QString scale = picture.devicePixelRatio() > 1.5 ? "@2x" : "";
        const QString path = m_options.folder + "/" + name + "-" + m_theme + scale + ".png";
        if (!picture.save(path)) throw IoError("cannot write " + path.toStdString());
        m_result.pictures << path;
    }

    const TourOptions& m_options;
    TourResult& m_result;
    QString m_theme;
};

}  // namespace

TourResult takeTour(const TourOptions& options) {
    TourResult result;
    Tour tour(options, result);
    for (const ThemeChoice theme : {ThemeChoice::kLight, ThemeChoice::kDark}) {
        tour.walk(theme);
        tour.walkEmpty(theme);
    }
    if (options.hasScale2) {
        QProcess second;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("QT_SCALE_FACTOR", "2");
        second.setProcessEnvironment(environment);
        second.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        second.start(QCoreApplication::applicationFilePath(),
                     {"--tour", options.folder, "--store", options.storePath, "--font-size",
                      QString::number(QApplication::font().pointSizeF())});
        if (!second.waitForFinished(10 * kPatienceMs) || second.exitStatus() != QProcess::NormalExit ||
            second.exitCode() != 0) {
            result.problems << QCoreApplication::translate("f8net::Tour", "the pictures at scale 2 failed");
        } else {
            result.pictures << QString::fromUtf8(second.readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
        }
    }
    return result;
}

}  // namespace f8net
