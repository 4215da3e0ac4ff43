// SPDX-License-Identifier: GPL-3.0-or-later
// What-if on a run with a real network (of random weights) and real images.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "core/data/dataset.h"
#include "core/store/run_reader.h"
#include "tests/core/whatif/network_run.h"
#include "tests/widgets/synthetic/written_down.h"
#include "widgets/models/job_list.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"
#include "widgets/support/theme.h"
#include "widgets/whatif/what_if_layer_model.h"
#include "widgets/whatif/what_if_view.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;
const char* const kLayer = "stage_1_layer_0.body.0";

TEST(WhatIfChanges, AreUndoneAndChangesOfOneTensorInARowAreOne) {
    WhatIfChanges changes;
    int told = 0;
    QObject::connect(&changes, &WhatIfChanges::changed, [&] { ++told; });
    changes.open("run", {{"a", true, {8, 5, false}, {8, 6, true}}, {"sum", false, {}, {}}});
    EXPECT_EQ(told, 0);
    changes.change("a", ChangedTensor::kWeight, {8, 5, true});
    changes.change("a", ChangedTensor::kWeight, {8, 4, true});
    changes.change("a", ChangedTensor::kInput, {8, 4, false});
    EXPECT_EQ(changes.stacks()->activeStack()->count(), 2);
    EXPECT_EQ(changes.stacks()->activeStack()->text(0), "a weight s8.6 to s8.4");
    ASSERT_EQ(changes.list().size(), 2u);
    EXPECT_EQ(changes.list()[0].to_string(), "a.input=u8.4");
    changes.stacks()->activeStack()->undo();
    ASSERT_EQ(changes.list().size(), 1u);
    EXPECT_EQ(changes.list()[0].to_string(), "a.weight=s8.4");
    changes.stacks()->activeStack()->undo();
    EXPECT_TRUE(changes.list().empty());
    changes.stacks()->activeStack()->redo();
    changes.stacks()->activeStack()->redo();
    changes.resetAll();
    EXPECT_TRUE(changes.list().empty());
    changes.stacks()->activeStack()->undo();
    EXPECT_EQ(changes.list().size(), 2u);
    changes.change("nobody", ChangedTensor::kWeight, {8, 4, true});
    EXPECT_EQ(changes.list().size(), 2u);
    EXPECT_GE(told, 8);
}

TEST(WhatIfChanges, OfANetworkWaitWhileAnotherOneIsLookedAt) {
    WhatIfChanges changes;
    const std::vector<WhatIfLayer> layers{{"a", true, {8, 5, false}, {8, 6, true}}};
    changes.open("first", layers);
    changes.change("a", ChangedTensor::kWeight, {8, 4, true});
    changes.close();
    EXPECT_TRUE(changes.layers().empty());
    EXPECT_TRUE(changes.list().empty());
    EXPECT_FALSE(changes.stacks()->canUndo());
    changes.open("other", layers);
    EXPECT_TRUE(changes.list().empty());
    changes.change("a", ChangedTensor::kInput, {8, 3, false});
    changes.open("first", layers);
    ASSERT_EQ(changes.list().size(), 1u);
    EXPECT_EQ(changes.list()[0].to_string(), "a.weight=s8.4");
    changes.stacks()->undo();
    EXPECT_TRUE(changes.list().empty());
    EXPECT_TRUE(changes.stacks()->canRedo());
    // It was trained on meanwhile: changes of other formats are none of this network.
    changes.open("other", {{"a", true, {8, 6, false}, {8, 6, true}}});
    EXPECT_TRUE(changes.list().empty());
    EXPECT_FALSE(changes.stacks()->canUndo());
}

TEST(WhatIfChanges, BackToWhereItWasIsNoStep) {
    WhatIfChanges changes;
    changes.open("run", {{"a", true, {8, 5, false}, {8, 6, true}}});
    changes.change("a", ChangedTensor::kWeight, {8, 3, true});
    changes.change("a", ChangedTensor::kWeight, {8, 6, true});
    EXPECT_TRUE(changes.list().empty());
    EXPECT_EQ(changes.stacks()->activeStack()->count(), 0);
}

class WhatIfViewTest : public testing::Test {
protected:
    void SetUp() override {
        if (!QFileInfo::exists(QString::fromStdString(default_fashion_mnist_folder())))
            GTEST_SKIP() << "dataset-fashion-mnist is not installed";
        run = make_network_run(path(), "small");
        store = std::make_unique<StoreFollower>(folder.filePath("runs.db"));
        actions = std::make_unique<RunActions>(selection, *store, jobs, nullptr);
        // A list read before a run was made would take the choice of that run back.
        ASSERT_TRUE(store->waitUntilCaughtUp(kPatience));
        view = std::make_unique<WhatIfView>(ViewContext{selection, settings, *store, jobs, *actions}, nullptr);
        view->resize(840, 420);
        view->show();
        QApplication::setActiveWindow(view.get());
    }
    std::string path() const { return folder.filePath("runs.db").toStdString(); }
    void waitForAnswer() {
        ASSERT_TRUE(QTest::qWaitFor([&] { return view->result() && view->result()->is_complete; }, kPatience))
            << view->emptyText().toStdString() << view->sentence().toStdString();
    }
    void open() {
        selection.setRun(run);
        chooseImages(200);
        waitForAnswer();
    }
    void chooseImages(qlonglong count) {
        auto* box = named<QComboBox>("Images of the test set that are tried");
        ASSERT_TRUE(QTest::qWaitFor([&] { return box->count() > 0 && !view->isEmpty(); }, kPatience))
            << view->emptyText().toStdString();
        box->setCurrentIndex(box->findData(QVariant(count)));
        ASSERT_GE(box->currentIndex(), 0);
        Q_EMIT box->activated(box->currentIndex());
    }
    template <typename Widget>
    Widget* named(const QString& name) {
        for (auto* each : view->findChildren<Widget*>()) {
            if (each->accessibleName() == name) return each;
        }
        ADD_FAILURE() << "nothing is called " << name.toStdString();
        return nullptr;
    }
    QComboBox* weights() { return named<QComboBox>("Format of the layer's weights"); }
    /// The same question asked of the law.
    AccuracyChange expected(const std::vector<FormatChange>& changes, int64_t images) {
        DatasetOptions options;
        options.kind = DatasetKind::kFashionMnist;
        const DatasetPtr data = open_dataset(options, Split::kTest);
        WhatIfSession session(small_random_network(), {data, ImageTransform({}, *data), images, 64, 1}, {"scalar", 1},
                              {1 << 26, folder.filePath("cache").toStdString()});
        return session.evaluate(changes, 0).accuracy;
    }
    void picture(const QString& name) {
        if (const QString pictures = qEnvironmentVariable("F8NET_PICTURES"); !pictures.isEmpty())
            view->grab().save(pictures + "/" + name + ".png");
    }

    QTemporaryDir folder;
    Selection selection;
    Settings settings{folder.filePath("w.ini")};
    JobList jobs;
    std::unique_ptr<StoreFollower> store;
    std::unique_ptr<RunActions> actions;
    std::unique_ptr<WhatIfView> view;
    RunId run;
};

TEST_F(WhatIfViewTest, SaysWhatWouldBeHereWithoutARun) {
    EXPECT_TRUE(view->isEmpty());
    EXPECT_TRUE(view->emptyText().contains("Choose a run")) << view->emptyText().toStdString();
}

TEST_F(WhatIfViewTest, OpensARunOnceItHasANetwork) {
    const RunId bare = make_network_run(path(), "bare", false);
    selection.setRun(bare);
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->emptyText().contains("no trained network yet"); }, kPatience));
    {
        RunStore other(path(), RunStore::Mode::kReadWrite);
        add_network(other, bare);
    }
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty(); }, kPatience)) << view->emptyText().toStdString();
}

TEST_F(WhatIfViewTest, SaysWhenTheImagesAreNotThereAndAsksForTheirFolder) {
    selection.setRun(make_network_run(path(), "elsewhere", true, folder.filePath("nowhere").toStdString()));
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->emptyText().contains("cannot be read here"); }, kPatience))
        << view->emptyText().toStdString();
    EXPECT_TRUE(view->emptyText().contains("nowhere"));
    QPushButton* choose = nullptr;
    for (auto* each : view->findChildren<QPushButton*>()) {
        if (each->text().contains("folder")) choose = each;
    }
    ASSERT_NE(choose, nullptr);
    EXPECT_TRUE(choose->isVisible());
    selection.setRun(run);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty(); }, kPatience)) << view->emptyText().toStdString();
    EXPECT_FALSE(choose->isVisible());
}

TEST_F(WhatIfViewTest, AChangedFormatIsAnsweredAndUndoneByKeys) {
    open();
    const QAbstractItemModelTester tester(&view->layers(), QAbstractItemModelTester::FailureReportingMode::Warning);
    EXPECT_TRUE(view->sentence().startsWith("small in integers: top-1 ")) << view->sentence().toStdString();
    EXPECT_EQ(view->result()->accuracy.images, 200);
    selection.setLayer(kLayer);
    const FixedPointFormat before = view->changes().find(kLayer)->weight;
    const QString beforeText = QString::fromStdString(before.to_string());
    EXPECT_TRUE(weights()->currentText().startsWith(beforeText));

    weights()->setFocus();
    QTest::keyClick(weights(), Qt::Key_Home);
    FixedPointFormat coarse = before;
    coarse.fractional_length = 0;
    EXPECT_EQ(view->changes().format(kLayer, ChangedTensor::kWeight), coarse);
    waitForAnswer();
    const AccuracyChange wanted = expected({{kLayer, ChangedTensor::kWeight, coarse}}, 200);
    EXPECT_EQ(view->result()->accuracy.right_after, wanted.right_after);
    EXPECT_EQ(view->result()->accuracy.other_class, wanted.other_class);
    EXPECT_TRUE(view->sentence().startsWith("1 change")) << view->sentence().toStdString();
    EXPECT_EQ(view->sentence().contains("not distinguishable"), !wanted.difference().is_distinguishable());
    const int row = view->layers().rowOf(kLayer);
    const auto cell = [&](int at, int column) { return view->layers().index(at, column).data().toString(); };
    EXPECT_EQ(cell(row, WhatIfLayerModel::kWeight), QString("%1 → s8.0").arg(beforeText));
    EXPECT_EQ(cell(0, WhatIfLayerModel::kSqnr), "same");
    EXPECT_TRUE(cell(row, WhatIfLayerModel::kSqnr).endsWith("dB")) << cell(row, WhatIfLayerModel::kSqnr).toStdString();
    EXPECT_TRUE(view->layers().index(row, WhatIfLayerModel::kSqnr).data(WhatIfLayerModel::kTroubleRole).isValid());

    QTest::keyClick(weights(), Qt::Key_Z, Qt::ControlModifier);
    EXPECT_TRUE(view->changes().list().empty());
    waitForAnswer();
    EXPECT_EQ(view->result()->accuracy.other_class, 0);
    QTest::keyClick(weights(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(view->changes().list().size(), 1u);
    waitForAnswer();
    EXPECT_EQ(view->result()->accuracy.right_after, wanted.right_after);
}

TEST_F(WhatIfViewTest, OnlyTheLastOfManyQuickChangesIsAnswered) {
    open();
    const auto layers = view->changes().layers();
    for (int i = 0; i < 40; ++i) {
        const WhatIfLayer& layer = layers[static_cast<size_t>(i * 7) % layers.size()];
        if (layer.hasFormats) view->changes().change(layer.name, ChangedTensor::kInput, {8, i % 7, false});
        QTest::qWait(i % 3);
    }
    waitForAnswer();
    const AccuracyChange wanted = expected(view->changes().list(), 200);
    EXPECT_EQ(view->result()->accuracy.right_after, wanted.right_after);
    EXPECT_EQ(view->result()->accuracy.other_class, wanted.other_class);
}

TEST_F(WhatIfViewTest, CancelStopsAndTheNextChangeGoesOn) {
    open();
    chooseImages(1000);
    auto* cancel = named<QPushButton>("Cancel");
    ASSERT_TRUE(cancel->isEnabled());
    cancel->click();
    EXPECT_FALSE(cancel->isEnabled());
    QTest::qWait(200);
    EXPECT_TRUE(!view->result() || !view->result()->is_complete);
    view->changes().change("head.0", ChangedTensor::kWeight, {8, 3, true});
    waitForAnswer();
    EXPECT_EQ(view->result()->accuracy.images, 1000);
}

TEST_F(WhatIfViewTest, KeepsAChildRunAndExportsTheSameNetwork) {
    open();
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 3, true});
    waitForAnswer();
    ASSERT_TRUE(named<QPushButton>("Keep as run…")->isEnabled());
    QString kept, exported;
    QObject::connect(view.get(), &WhatIfView::kept, [&](const QString& name) { kept = name; });
    QObject::connect(view.get(), &WhatIfView::exported, [&](const QString& file) { exported = file; });
    view->keepAs("coarser");
    view->exportTo(folder.filePath("out.f8n"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !kept.isEmpty() && !exported.isEmpty(); }, kPatience))
        << view->sentence().toStdString();
    const IntegerNetwork wanted = with_changes(small_random_network(), view->changes().list());
    const IntegerNetwork file = load_integer_network(exported.toStdString());
    EXPECT_EQ(first_difference(wanted, file), wanted.nodes.size());
    const RunStore other(path(), RunStore::Mode::kReadOnly);
    const RunReader reader(other);
    const RunRecord child = reader.run(reader.find("coarser"));
    ASSERT_TRUE(child.parent);
    EXPECT_EQ(*child.parent, run);
    EXPECT_EQ(child.integer_top1, view->result()->accuracy.after());
    // It is seen at once, with what is known of it, and the view says where it went.
    EXPECT_EQ(child.best_top1, child.integer_top1);
    EXPECT_TRUE(selection.isVisible(child.id));
    EXPECT_TRUE(view->outcome().startsWith("Written to " + exported)) << view->outcome().toStdString();
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 2, true});
    EXPECT_TRUE(view->outcome().isEmpty()) << view->outcome().toStdString();
    view->changes().stacks()->undo();
    // A run like any other: What-if opens it, too, with its formats as the unchanged ones.
    selection.setRun(child.id);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty() && view->changes().find(kLayer); }, kPatience));
    EXPECT_EQ(view->changes().find(kLayer)->weight, (FixedPointFormat{8, 3, true}));
}

TEST_F(WhatIfViewTest, ChangesOfARunAreThereWhenItIsChosenAgain) {
    const RunId other = make_network_run(path(), "other");
    open();
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 3, true});
    waitForAnswer();
    const int64_t right = view->result()->accuracy.right_after;
    selection.setRun(other);
    chooseImages(200);
    waitForAnswer();
    EXPECT_TRUE(view->changes().list().empty());
    open();
    ASSERT_EQ(view->changes().list().size(), 1u);
    EXPECT_EQ(view->result()->accuracy.right_after, right);
    weights()->setFocus();
    QTest::keyClick(weights(), Qt::Key_Z, Qt::ControlModifier);
    EXPECT_TRUE(view->changes().list().empty());
}

TEST_F(WhatIfViewTest, SaysWhatWasKeptAndWrittenAndLeadsThere) {
    open();
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 3, true});
    waitForAnswer();
    WrittenDown others;
    const OutsideReplaced replaced{others};
    view->exportTo(folder.filePath("out.f8n"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->outcome().contains("could not be started"); }, kPatience))
        << view->outcome().toStdString();  // its verification, that is
    EXPECT_TRUE(view->outcome().startsWith("Written to " + folder.filePath("out.f8n")))
        << view->outcome().toStdString();
    ASSERT_EQ(others.started.size(), 1);
    EXPECT_EQ(others.started[0].mid(0, 2), QStringList({"verify", folder.filePath("out.f8n")}));

    view->keepAs("coarser");
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->outcome().startsWith("Kept as run coarser"); }, kPatience))
        << view->outcome().toStdString();
    const QSignalSpy views(actions.get(), &RunActions::viewRequested);
    QLabel* label = nullptr;
    for (auto* each : view->findChildren<QLabel*>()) {
        if (each->text().contains("compare:")) label = each;
    }
    ASSERT_NE(label, nullptr);
    const RunStore reading(path(), RunStore::Mode::kReadOnly);
    const RunId child = RunReader(reading).find("coarser");
    Q_EMIT label->linkActivated("compare:" + QString::fromStdString(child.text()));
    EXPECT_EQ(selection.marked(), (std::vector<RunId>{run, child}));
    ASSERT_EQ(views.count(), 1);
    EXPECT_EQ(views[0][0].toString(), "compare");
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 2, true});
    EXPECT_TRUE(view->outcome().isEmpty());
}

TEST_F(WhatIfViewTest, FollowsTheLayerThatIsChosenElsewhereAndChoosesItEverywhere) {
    open();
    selection.setLayer("classifier.0");
    EXPECT_TRUE(weights()->isEnabled());
    auto* table = view->findChild<QTableView*>();
    EXPECT_EQ(table->currentIndex().row(), view->layers().rowOf("classifier.0"));
    table->selectRow(view->layers().rowOf("pool"));
    EXPECT_EQ(selection.layer(), "pool");
    EXPECT_FALSE(weights()->isEnabled());
}

TEST_F(WhatIfViewTest, IsReadableInBothThemes) {
    open();
    view->changes().change(kLayer, ChangedTensor::kWeight, {8, 2, true});
    view->changes().change("classifier.0", ChangedTensor::kInput, {8, 1, false});
    selection.setLayer(kLayer);
    waitForAnswer();
    for (const ThemeChoice theme : {ThemeChoice::kLight, ThemeChoice::kDark}) {
        applyTheme(*qApp, theme);
        QTest::qWait(50);
        picture(theme == ThemeChoice::kLight ? "light" : "dark");
        for (auto* each : view->findChildren<QWidget*>()) {
            if (!each->isVisible() || !(qobject_cast<QComboBox*>(each) || qobject_cast<QPushButton*>(each))) continue;
            EXPECT_FALSE(each->accessibleName().isEmpty()) << each->metaObject()->className();
            EXPECT_GE(each->width(), each->minimumSizeHint().width()) << each->accessibleName().toStdString();
        }
    }
    applyTheme(*qApp, ThemeChoice::kLight);
}

}  // namespace
}  // namespace f8net
