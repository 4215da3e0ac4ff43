// SPDX-License-Identifier: GPL-3.0-or-later
// The Network view over a store of invented runs, read and shown as in the program.
#include "widgets/network/network_widget.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QFile>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/models/job_list.h"
#include "widgets/network/network_canvas.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_export.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;
constexpr const char* kWorst = "stage_1_layer_0.shortcut.0";  // clips 6.1 % in the invented runs

class NetworkOf : public testing::Test {
protected:
    void SetUp() override {
        run = store.add({.name = "one", .epochs = 3, .doneEpochs = 3, .stepsPerEpoch = 4, .floatEpochs = 1, .seed = 1});
        deep = store.add({.name = "deep",
                          .epochs = 2,
                          .doneEpochs = 2,
                          .stepsPerEpoch = 4,
                          .floatEpochs = 1,
                          .numLayers = 54,
                          .seed = 2});
        selection.setRun(run);
        widget = std::make_unique<NetworkWidget>(context, nullptr);
        widget->resize(900, 460);
        widget->show();
        widget->setRun(run);
        settle();
    }
    void settle() { ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience)); }
    NetworkCanvas& canvas() { return *widget->canvas(); }
    QPointF middleOf(const char* layer) {
        const LayerGraph graph = make_layer_graph({.num_classes = 10});
        const int node = canvas().networkLayout().nodeOf(graph.index_of(layer));
        return canvas().toScreen(canvas().networkLayout().nodes[static_cast<size_t>(node)].rect.center());
    }
    QColor colorOf(const char* layer) {
        const LayerGraph graph = make_layer_graph({.num_classes = 10});
        const auto& nodes = canvas().networkLayout().nodes;
        return canvas().colorOf(nodes[static_cast<size_t>(canvas().networkLayout().nodeOf(graph.index_of(layer)))]);
    }

    QTemporaryDir folder;
    synthetic::Store store{folder.filePath("runs.db").toStdString()};
    RunId run, deep;
    Selection selection;
    Settings settings{folder.filePath("w.ini")};
    StoreFollower follower{folder.filePath("runs.db")};
    JobList jobs;
    RunActions actions{selection, follower, jobs, nullptr};
    const ViewContext context{selection, settings, follower, jobs, actions};
    std::unique_ptr<NetworkWidget> widget;
};

TEST_F(NetworkOf, TheRunIsShownFittedAboveTheLegend) {
    ASSERT_FALSE(widget->emptyState()->isEmpty());
    EXPECT_EQ(canvas().networkLayout().nodes.size(), 21u + 8 + 3);  // sums; input, two pools
    const QRectF bounds = canvas().networkLayout().bounds;
    EXPECT_GE(canvas().toScreen(bounds.topLeft()).y(), 0);
    EXPECT_LE(canvas().toScreen(bounds.bottomRight()).y(), canvas().height() - 60);
    EXPECT_LE(canvas().toScreen(bounds.bottomRight()).x(), canvas().width());
}

TEST_F(NetworkOf, ALayerIsChosenByClickAndItsDetailsStandBeside) {
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, middleOf(kWorst).toPoint());
    EXPECT_EQ(selection.layer(), kWorst);
    EXPECT_TRUE(widget->detailsText().contains(kWorst));
    EXPECT_TRUE(widget->detailsText().contains("6.10 %"));
    EXPECT_TRUE(widget->detailsText().contains("so "));  // why this format
}

TEST_F(NetworkOf, TheWorstLayerAndThenTheNext) {
    widget->setQuantity(Quantity::kClipped);
    canvas().goToWorst();
    EXPECT_EQ(selection.layer(), kWorst);
    canvas().goToWorst();
    const QString second = selection.layer();
    EXPECT_NE(second, kWorst);
    QTest::keyClick(&canvas(), Qt::Key_W);
    EXPECT_EQ(selection.layer(), kWorst);
    QTest::keyClick(&canvas(), Qt::Key_W, Qt::ShiftModifier);
    EXPECT_EQ(selection.layer(), second);
    selection.setLayer("head.0");
    canvas().goToWorst();  // not "again": one had gone elsewhere
    EXPECT_EQ(selection.layer(), kWorst);
}

TEST_F(NetworkOf, TheWorstLayerOfARunThatIsStillReadIsChosenOnceItIsThere) {
    widget->setQuantity(Quantity::kAccuracyLost);  // not measured: another quantity has to tell
    selection.setLayer("head.0");
    selection.setRun(deep);
    widget->setRun(deep);
    widget->showWorstLayer();
    EXPECT_EQ(selection.layer(), "head.0");  // not one of the run before
    settle();
    EXPECT_EQ(canvas().quantity(), Quantity::kInputSqnr);
    const QString worst = selection.layer();
    EXPECT_TRUE(canvas().plotSentence().contains("the worst is " + worst + " with")) << worst.toStdString();
    widget->showWorstLayer();
    EXPECT_NE(selection.layer(), worst);  // on to the next
    // Who goes to a third run meanwhile is left where they are.
    widget->setRun(run);
    widget->showWorstLayer();
    widget->setRun(deep);
    selection.setLayer("head.0");
    settle();
    EXPECT_EQ(selection.layer(), "head.0");
}

TEST_F(NetworkOf, ButtonsZoomInOutAndBack) {
    const auto press = [&](const QString& name) {
        for (auto* button : widget->findChildren<QPushButton*>()) {
            if (button->accessibleName() == name || button->text().remove('&') == name) return button->click();
        }
        FAIL() << "no button " << name.toStdString();
    };
    const double fitted = canvas().zoom();
    press("Zoom in");
    EXPECT_NEAR(canvas().zoom(), fitted * 1.25, 1e-9);
    press("Zoom out");
    press("Zoom out");
    EXPECT_NEAR(canvas().zoom(), fitted / 1.25, 1e-9);
    press("Zoom");
    EXPECT_EQ(canvas().zoom(), 1);
    press("Fit");
    EXPECT_NEAR(canvas().zoom(), fitted, 1e-9);
}

TEST_F(NetworkOf, DetailsOfLongNamesAreNotCut) {
    selection.setLayer("stage_3_layer_0.shortcut.0");
    auto* details = widget->findChild<QTextBrowser*>();
    ASSERT_TRUE(details->isVisible());
    EXPECT_LE(details->document()->idealWidth(), details->viewport()->width());
    EXPECT_TRUE(details->toPlainText().contains("stage_3_layer_0.shortcut.0"));  // nothing invisible between
}

TEST_F(NetworkOf, ZoomKeepsThePointUnderThePointerAndItsLimits) {
    const QPointF at = middleOf("stage_2_layer_0.body.0");
    const QPoint pointer = at.toPoint();
    QWheelEvent wheel(pointer, canvas().mapToGlobal(pointer), {}, {0, 240}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    const double before = canvas().zoom();
    QCoreApplication::sendEvent(&canvas(), &wheel);
    EXPECT_NEAR(canvas().zoom() / before, 1.25 * 1.25, 1e-9);
    EXPECT_NEAR((middleOf("stage_2_layer_0.body.0") - at).manhattanLength(), 0, 2);
    canvas().setZoom(100, at);
    EXPECT_EQ(canvas().zoom(), NetworkCanvas::kLargestZoom);
    canvas().setZoom(0, at);
    EXPECT_EQ(canvas().zoom(), NetworkCanvas::kSmallestZoom);
    QTest::keyClick(&canvas(), Qt::Key_F);
    EXPECT_NEAR(canvas().zoom(), before, 1e-9);
}

TEST_F(NetworkOf, AChosenLayerOutsideThePictureIsMovedIntoIt) {
    canvas().setZoom(3, canvas().toScreen({0, 0}));
    for (const char* layer : {"classifier.0", "head.0"}) {
        selection.setLayer(layer);
        EXPECT_TRUE(QRectF(canvas().rect()).contains(middleOf(layer))) << layer;
    }
}

TEST_F(NetworkOf, FindOutlinesAndWalksThroughWhatMatches) {
    QTest::keyClicks(widget->findLine(), "shortcut");
    EXPECT_EQ(canvas().found().size(), 3u);
    EXPECT_EQ(selection.layer(), "stage_1_layer_0.shortcut.0");
    QTest::keyClick(widget->findLine(), Qt::Key_Return);
    EXPECT_EQ(selection.layer(), "stage_2_layer_0.shortcut.0");
    widget->findNext(-1);
    EXPECT_EQ(selection.layer(), "stage_1_layer_0.shortcut.0");
    QTest::keyClick(widget->findLine(), Qt::Key_Escape);
    EXPECT_TRUE(canvas().found().empty());
}

TEST_F(NetworkOf, ColoursAreFixedAndWhatHasNoValueHasNone) {
    widget->setQuantity(Quantity::kInputLength);
    EXPECT_EQ(colorOf("head.0"), lightColors().fractionalLengths[8]);  // raw pixels
    EXPECT_FALSE(colorOf("stage_0_layer_0.add").isValid());
    widget->setQuantity(Quantity::kAccuracyLost);  // not measured
    EXPECT_FALSE(colorOf("head.0").isValid());
    widget->setQuantity(Quantity::kHeadroom);
    EXPECT_TRUE(colorOf("head.0").isValid());
}

TEST_F(NetworkOf, WhatWasMeasuredOfEachLayerAloneIsTaken) {
    const RunStore opened(folder.filePath("runs.db").toStdString(), RunStore::Mode::kReadOnly);
    QFile file(QString::fromStdString(sensitivityPath(RunReader(opened).run(run).folder)));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(R"({"unrounded_top1": 0.93, "layers": [{"name": "head.0", "alone": {"top1": 0.925}}]})");
    file.close();
    widget->setRun(run);
    settle();
    widget->setQuantity(Quantity::kAccuracyLost);
    EXPECT_EQ(colorOf("head.0"), blend(lightColors().troubleRamp[3], lightColors().troubleRamp[2], 0));  // half way
    canvas().goToWorst();
    EXPECT_EQ(selection.layer(), "head.0");
}

TEST_F(NetworkOf, TwoStandSideBySideWithOneSelection) {
    NetworkWidget second(context, nullptr);
    second.resize(700, 400);
    second.show();
    second.setRun(deep);
    settle();
    EXPECT_GT(second.canvas()->networkLayout().nodes.size(), canvas().networkLayout().nodes.size());
    EXPECT_TRUE(second.canvas()->hasMap());
    EXPECT_FALSE(canvas().hasMap());
    selection.setLayer("stage_3_layer_0.body.1");
    EXPECT_TRUE(second.detailsText().contains("stage_3_layer_0.body.1"));
    EXPECT_TRUE(widget->detailsText().contains("stage_3_layer_0.body.1"));
    widget->setQuantity(Quantity::kHeadroom);
    EXPECT_EQ(second.canvas()->quantity(), Quantity::kInputSqnr);
}

TEST_F(NetworkOf, IsExportedWithItsNumbers) {
    for (const char* name : {"n.svg", "n.png", "n.csv"}) {
        exportPlot(canvas(), folder.filePath(name));
        EXPECT_GT(QFile(folder.filePath(name)).size(), 1000) << name;
    }
    EXPECT_EQ(canvas().plotTable().rows.size(), canvas().networkLayout().nodes.size());
    EXPECT_FALSE(canvas().accessibleDescription().isEmpty());
}

TEST_F(NetworkOf, TheWholeGraphIsExportedWhateverIsOnTheScreen) {
    const auto svg = [this] {
        exportPlot(canvas(), folder.filePath("whole.svg"));
        QFile file(folder.filePath("whole.svg"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray fitted = svg();
    for (const char* text : {">head.0<", ">classifier.0<", ">stage 3<", ">input<", " dB<"})
        EXPECT_TRUE(fitted.contains(text)) << text;
    const QString viewBox =
        QString("viewBox=\"0 0 %1 %2\"").arg(canvas().plotSize().width()).arg(canvas().plotSize().height());
    EXPECT_TRUE(fitted.contains(viewBox.toUtf8())) << viewBox.toStdString();
    EXPECT_GT(canvas().plotSize().width(), canvas().networkLayout().bounds.width());
    canvas().setZoom(3, {0, 0});
    EXPECT_EQ(svg(), fitted);
    EXPECT_EQ(canvas().zoom(), 3);
}

TEST_F(NetworkOf, LayersHaveNamesAlsoWhenTheyAreSmall) {
    const auto texts = [this](const char* layer) {
        const LayerGraph graph = make_layer_graph({.num_classes = 10});
        const auto& nodes = canvas().networkLayout().nodes;
        return canvas().textsOf(nodes[static_cast<size_t>(canvas().networkLayout().nodeOf(graph.index_of(layer)))]);
    };
    canvas().setZoom(1, {0, 0});
    EXPECT_EQ(texts("stage_0_layer_0.body.0").front(), "layer_0.body.0");
    EXPECT_EQ(texts("stage_1_layer_0.body.0").front(), "layer_0.body.0");
    EXPECT_TRUE(texts("stage_1_layer_0.body.0").back().endsWith(" dB"));
    EXPECT_EQ(texts("pool"), QStringList({"average", "pool"}));
    for (const double zoom : {0.44, 0.43, 0.3}) {
        canvas().setZoom(zoom, {0, 0});
        EXPECT_EQ(texts("stage_1_layer_0.body.0").front(), "body.0") << zoom;
        EXPECT_EQ(texts("input"), QStringList("in"));
        if (zoom > 0.4) {  // below they have no room
            EXPECT_EQ(texts("head.max_pool"), QStringList("max"));
            EXPECT_EQ(texts("pool"), QStringList("avg"));
        }
        EXPECT_EQ(texts("stage_1_layer_0.body.0").size(), zoom > 0.4 ? 2 : 1) << zoom;  // the value below it
    }
    canvas().setZoom(0.44, {0, 0});
    EXPECT_EQ(texts("stage_1_layer_0.shortcut.0").value(0), "shortcut");  // there is one
    EXPECT_EQ(texts("head.0").value(0), "head");
    EXPECT_EQ(texts("classifier.0").value(0), "classifier");
    const QFontMetricsF metrics(smallFont(canvas().font()));
    for (double zoom = 0.1; zoom < 0.445; zoom += 0.01) {
        canvas().setZoom(zoom, {0, 0});
        for (const NetworkNode& node : canvas().networkLayout().nodes) {
            const QStringList lines = canvas().textsOf(node);
            for (int i = 0; i < lines.size(); ++i) {
                const double overhang = i == 0 ? 6 : 0;
                EXPECT_LE(metrics.horizontalAdvance(lines[i]), node.rect.width() * zoom + overhang) << zoom;
                EXPECT_LE(i == 0 ? metrics.height() : 2 * metrics.capHeight() + 4, node.rect.height() * zoom) << zoom;
            }
        }
    }
    canvas().setZoom(0.1, {0, 0});
    for (const char* layer : {"stage_1_layer_0.body.0", "input", "head.max_pool", "pool"})
        EXPECT_TRUE(texts(layer).isEmpty()) << layer;
}

TEST_F(NetworkOf, StagesAreNamedWhereverTheWholeNetworkIsSeen) {
    const auto network = std::make_shared<NetworkData>();
    // The quickstart's: four stages, which the experiment's graph knows.
    network->graph = make_layer_graph(
        {.width_multiplier = 0.25, .stem = Stem::kSmall, .image_size = 28, .input_channels = 1, .num_classes = 10});
    for (const QSize& size : {QSize(593, 392), QSize(411, 166), QSize(900, 700), QSize(480, 180)}) {
        NetworkCanvas small;
        small.setHasLegend(size.height() > 200);
        small.resize(size);
        small.setNetwork(network);
        small.fit();
        QStringList texts;
        for (const NetworkLabel& name : small.stageNames()) {
            texts << name.text;
            EXPECT_TRUE(QRectF(small.rect()).contains(name.rect)) << name.text.toStdString() << " at " << size.width();
            for (const NetworkNode& node : small.networkLayout().nodes) {
                const QRectF rect(small.toScreen(node.rect.topLeft()), small.toScreen(node.rect.bottomRight()));
                EXPECT_FALSE(rect.intersects(name.rect)) << name.text.toStdString() << " at " << size.width();
            }
        }
        EXPECT_EQ(texts, QStringList({"stage 0", "stage 1", "stage 2", "stage 3"})) << size.width();
    }
}

TEST_F(NetworkOf, StagesAreNamedAsLongAsTheyFit) {
    const auto network = std::make_shared<NetworkData>();
    network->graph = make_layer_graph(
        {.width_multiplier = 0.25, .stem = Stem::kSmall, .image_size = 28, .input_channels = 1, .num_classes = 10});
    NetworkCanvas small;
    small.setHasLegend(false);
    small.setNetwork(network);
    const QFontMetricsF metrics(boldFont(smallFont(small.font())));
    const auto onScreen = [&](const QRectF& rect) {
        return QRectF(small.toScreen(rect.topLeft()), small.toScreen(rect.bottomRight()));
    };
    bool wereAbove = false, wereBeside = false, wereNone = false;
    const NetworkLayout& layout = small.networkLayout();
    for (int height = 20; height <= 1000; height += 10) {
        for (const int margin : {0, 20, 200}) {
            // As high as given, with some room beside it.
            small.resize(int(height * layout.bounds.width() / layout.bounds.height()) + margin, height);
            small.fit();
            const double pitch = layout.bounds.height() / layout.numRows * small.zoom();
            const double left = small.toScreen(layout.bounds.topLeft()).x();
            const QString where = QString("%1 high, %2 beside").arg(height).arg(margin);
            SCOPED_TRACE(where.toStdString());
            const std::vector<NetworkLabel> names = small.stageNames();
            if (names.empty()) {
                wereNone = true;
                EXPECT_TRUE(pitch < metrics.height() || left < metrics.horizontalAdvance("stage 0") + 7);
                continue;
            }
            ASSERT_EQ(names.size(), layout.stages.size());
            for (size_t i = 0; i < names.size(); ++i) {
                const QRectF& name = names[i].rect;
                EXPECT_GE(name.left(), 0);
                // Of the letters; above and below them is air.
                const double air = metrics.ascent() - metrics.capHeight();
                const QRectF letters = name.adjusted(0, air, 0, -metrics.descent());
                for (const NetworkNode& node : layout.nodes)
                    EXPECT_FALSE(onScreen(node.rect).intersects(letters)) << node.layer;
                for (size_t j = 0; j < i; ++j) EXPECT_FALSE(name.intersects(names[j].rect)) << j;
                const QRectF label = onScreen(layout.stages[i].rect);
                const bool isBeside = name.right() < left;
                (isBeside ? wereBeside : wereAbove) = true;
                if (!isBeside) {
                    EXPECT_EQ(name.left(), label.left());
                    EXPECT_NEAR(name.bottom(), label.bottom() + metrics.descent(), 2);
                    continue;
                }
                const bool isAtARow = std::ranges::any_of(layout.nodes, [&](const NetworkNode& node) {
                    return std::abs(onScreen(node.rect).center().y() - name.center().y()) < 0.01;
                });
                EXPECT_TRUE(isAtARow) << i;
            }
        }
    }
    EXPECT_TRUE(wereAbove && wereBeside && wereNone);
}

TEST_F(NetworkOf, ALayerIsShownInAnotherViewByItsMenu) {
    const auto trigger = [this](const char* layer, const char* words) {
        bool isThere = false;
        QTimer::singleShot(0, [&isThere, words] {
            auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
            ASSERT_NE(menu, nullptr);
            for (QAction* action : menu->actions()) {
                if (!action->text().remove('&').contains(words)) continue;
                isThere = true;
                action->trigger();
            }
            menu->close();
        });
        Q_EMIT canvas().customContextMenuRequested(middleOf(layer).toPoint());
        return isThere;
    };
    QSignalSpy wanted(&actions, &RunActions::viewRequested);
    EXPECT_TRUE(trigger("stage_1_layer_0.body.0", "Distributions"));
    EXPECT_EQ(selection.layer(), "stage_1_layer_0.body.0");
    EXPECT_TRUE(trigger("head.0", "Formats"));
    EXPECT_TRUE(trigger("head.0", "What-if"));
    EXPECT_EQ(selection.layer(), "head.0");
    EXPECT_FALSE(trigger("pool", "What-if"));  // it has no format
    ASSERT_EQ(wanted.size(), 3);
    EXPECT_EQ(wanted[0][0].toString(), "distributions");
    EXPECT_EQ(wanted[1][0].toString(), "formats");
    EXPECT_EQ(wanted[2][0].toString(), "whatif");
}

TEST_F(NetworkOf, WithoutARunOrANetworkItSaysWhy) {
    widget->setRun({});
    settle();
    EXPECT_TRUE(widget->emptyState()->isEmpty());
    EXPECT_TRUE(widget->emptyState()->findChild<QLabel*>()->text().contains("Choose a run"));
}

TEST(Quantities, EndsOfTheColourRangesAreThoseOfTheDesign) {
    EXPECT_EQ(badness(Quantity::kInputSqnr, 40), 0);
    EXPECT_EQ(badness(Quantity::kInputSqnr, 12), 1);
    EXPECT_NEAR(badness(Quantity::kClipped, 1e-4), 0, 1e-12);
    EXPECT_NEAR(badness(Quantity::kClipped, 0.1), 1, 1e-12);
    EXPECT_EQ(badness(Quantity::kAccuracyLost, 0.01), 1);
    EXPECT_EQ(badness(Quantity::kHeadroom, 8), 0);
    EXPECT_EQ(badness(Quantity::kHeadroom, 0), 1);
    EXPECT_EQ(badness(Quantity::kWeightLength, 8), 0);
}

TEST(Sensitivity, DamagedFilesGiveNothing) {
    for (const char* text : {"", "{", "[]", R"({"layers": [{"name": "a", "alone": {"top1": 1}}]})",
                             R"({"unrounded_top1": 0.9, "layers": [{"name": 3}, 7]})"}) {
        EXPECT_TRUE(parseSensitivity(text).empty()) << text;
    }
}

}  // namespace
}  // namespace f8net
