// SPDX-License-Identifier: GPL-3.0-or-later
// The columns that come from the run's network and from images: a real network (of random weights), real images, and
// `f8net inspect` itself.
#include "widgets/formats/layer_analysis.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include "core/data/dataset.h"
#include "core/store/run_reader.h"
#include "tests/core/whatif/network_run.h"
#include "tests/widgets/synthetic/view_fixture.h"
#include "widgets/formats/formats_view.h"
#include "widgets/support/outside.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

/// Programs are started; the folder that is asked for is this one.
class FolderChosen final : public Outside {
public:
    explicit FolderChosen(QString folder) : m_folder(std::move(folder)) {}
    QString askFolder(QWidget*, const QString&, const QString&) override { return m_folder; }
    void start(QProcess& process, const QString& program, const QStringList& arguments) override {
        ++started;
        Outside::start(process, program, arguments);
    }
    int started = 0;

private:
    QString m_folder;
};

class LayerAnalysisTest : public ViewFixture {
protected:
    void show(const RunId& run) {
        open();
        view = std::make_unique<FormatsView>(context(), nullptr);
        view->resize(900, 600);
        view->show();
        selection.setRun(run);
        settle();
        table = view->findChild<QTableView*>();
    }
    void showColumn(int column) {
        table->setColumnHidden(column, false);
        view->hide();  // what is shown is looked at again
        view->show();
    }
    QString cell(int column) const { return table->model()->index(0, column).data().toString(); }
    double number(int column) const { return table->model()->index(0, column).data(Qt::UserRole).toDouble(); }
    QPushButton* button(const QString& text) const {
        for (auto* each : view->analysis()->findChildren<QPushButton*>()) {
            if (QString(each->text()).remove('&') == text) return each->isHidden() ? nullptr : each;
        }
        return nullptr;
    }
    bool waitFor(const std::function<bool()>& isSo) { return QTest::qWaitFor(isSo, kPatience); }
    bool waitForWords(const QString& words) {
        return waitFor([&] { return view->analysis()->words().contains(words); });
    }
    /// What inspect prints of the layer in the first row.
    QJsonObject inspected(const RunId& run) const {
        const RunStore reading(storePath(), RunStore::Mode::kReadOnly);
        QFile file(QString::fromStdString(RunReader(reading).run(run).folder + "/inspect.json"));
        if (!file.open(QIODevice::ReadOnly)) return {};
        for (const QJsonValue& each : QJsonDocument::fromJson(file.readAll()).object()["layers"].toArray()) {
            if (each["name"] == cell(FormatTableModel::kLayer)) return each.toObject();
        }
        return {};
    }

    const QString pictures = QString::fromStdString(default_fashion_mnist_folder());
    FolderChosen others{pictures};
    const OutsideReplaced replaced{others};
    std::unique_ptr<FormatsView> view;
    QTableView* table = nullptr;
};

TEST_F(LayerAnalysisTest, BoundsComeFromTheNetworkWhileTheirColumnIsShown) {
    const RunId run = make_network_run(storePath(), "small", true, "/nowhere");
    show(run);
    EXPECT_FALSE(view->analysis()->isReading());
    EXPECT_EQ(view->analysis()->words(), QString());
    EXPECT_EQ(cell(FormatTableModel::kBound), QString(QChar(0x2013)));
    showColumn(FormatTableModel::kBound);
    EXPECT_TRUE(view->analysis()->isReading());
    EXPECT_TRUE(view->analysis()->words().contains("Reading the network of small"));
    ASSERT_TRUE(waitFor([&] { return number(FormatTableModel::kBound) > 0; }));
    EXPECT_EQ(view->analysis()->words(), QString());  // it needs no image
    const IntegerNetwork network = small_random_network();
    const LayerReport expected = report_layers(network, {})[1];
    ASSERT_EQ(expected.name, "head.0");
    EXPECT_EQ(number(FormatTableModel::kBound), static_cast<double>(*expected.accumulator_bound));
    EXPECT_EQ(number(FormatTableModel::kProvenHeadroom), *expected.headroom_bits);
    EXPECT_EQ(number(FormatTableModel::kWeightLsb), expected.weight->error_lsb);
    EXPECT_EQ(others.started, 0);
}

TEST_F(LayerAnalysisTest, ARunWithoutANetworkSaysSo) {
    show(make_network_run(storePath(), "bare", false));
    showColumn(FormatTableModel::kInputLsb);
    EXPECT_TRUE(waitForWords("no checkpoint yet")) << view->analysis()->words().toStdString();
    EXPECT_EQ(button("Analyse"), nullptr);
}

TEST_F(LayerAnalysisTest, ErrorsAreThoseOfInspectOnceItHasRun) {
    if (!QFileInfo::exists(pictures)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const RunId run = make_network_run(storePath(), "small", true, "/nowhere");
    const RunId other = make_network_run(storePath(), "other", true, "/nowhere");
    show(run);
    showColumn(FormatTableModel::kOutputSqnr);
    ASSERT_TRUE(waitForWords("Not analysed")) << view->analysis()->words().toStdString();
    EXPECT_EQ(cell(FormatTableModel::kOutputSqnr), QString(QChar(0x2013)));
    ASSERT_NE(button("Analyse"), nullptr);
    button("Analyse")->click();
    EXPECT_NE(button("Cancel"), nullptr);
    ASSERT_TRUE(waitForWords("images of its data set were not found")) << view->analysis()->words().toStdString();
    ASSERT_NE(button("Choose the folder of the data…"), nullptr);
    ASSERT_NE(button("Try again"), nullptr);
    EXPECT_TRUE(inspected(run).isEmpty());
    button("Choose the folder of the data…")->click();
    ASSERT_TRUE(waitFor([&] { return number(FormatTableModel::kOutputSqnr) > 0; }));
    EXPECT_EQ(view->analysis()->words(), QString());
    EXPECT_EQ(others.started, 2);
    const QJsonObject layer = inspected(run);
    EXPECT_EQ(number(FormatTableModel::kOutputSqnr), layer["output_sqnr_db"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kOutputCosine), layer["output_cosine"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kOutputLsb), layer["output_mean_error_lsb"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kOutputLargestLsb), layer["output_max_error_lsb"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kLargest), layer["accumulator_largest"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kInputLsb), layer["error_lsb"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kWeightLsb), layer["weight_error_lsb"].toDouble());
    EXPECT_EQ(number(FormatTableModel::kBound), layer["accumulator_bound"].toDouble());
    EXPECT_LE(number(FormatTableModel::kLargest), number(FormatTableModel::kBound));

    // They are the run's: another has none, and they are there again when it is chosen again.
    selection.setRun(other);
    settle();
    EXPECT_TRUE(waitForWords("Not analysed"));
    EXPECT_EQ(cell(FormatTableModel::kOutputSqnr), QString(QChar(0x2013)));
    selection.setRun(run);
    settle();
    EXPECT_TRUE(waitFor([&] { return number(FormatTableModel::kOutputSqnr) > 0; }));
    EXPECT_EQ(others.started, 2);
}

TEST_F(LayerAnalysisTest, AnAnalysisOfAnOlderCheckpointIsNotShown) {
    const RunId run = make_network_run(storePath(), "trained", false);
    std::string runFolder, hash;
    {
        RunStore writing(storePath(), RunStore::Mode::kReadWrite);
        runFolder = writing.run_folder(run);
        ArtifactRecord checkpoint;
        checkpoint.path = runFolder + "/best.safetensors";
        checkpoint.role = "best";
        checkpoint.is_checkpoint = true;
        checkpoint.hash = hash = "00aa";
        writing.add_artifact(run, checkpoint);
    }
    const auto keep = [&](const std::string& of) {
        QFile file(QString::fromStdString(runFolder + "/inspect.json"));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(("{\"checkpoint_hash\": \"" + of +
                    "\", \"layers\": [{\"name\": \"head.0\", \"error_lsb\": 0.25, \"sqnr_db\": null}, {\"name\": 3}]}")
                       .c_str());
    };
    const auto before = std::make_shared<LayerFigures>();  // the network was read: it is not lowered again
    before->networkHash = hash;
    before->layers["head.0"].name = "head.0";
    const QString path = QString::fromStdString(storePath());
    keep("00bb");
    auto figures = readLayerFigures(path, run, before);
    EXPECT_EQ(figures->problem.toStdString(), "");
    EXPECT_TRUE(figures->isStale);
    EXPECT_FALSE(figures->isAnalysed);
    EXPECT_FALSE(figures->layers.at("head.0").input);
    keep(hash);
    figures = readLayerFigures(path, run, figures);
    EXPECT_TRUE(figures->isAnalysed);
    ASSERT_TRUE(figures->layers.at("head.0").input);
    EXPECT_EQ(figures->layers.at("head.0").input->error_lsb, 0.25);
    keep("00bb");
    EXPECT_FALSE(readLayerFigures(path, run, figures)->layers.at("head.0").input);
}

TEST(Inspection, OfOtherWordsHasNothing) {
    for (const char* junk : {"", "[]", "{\"layers\": 3}", "{\"layers\": [1, null, {}, {\"name\": \"a\"}]}", "\x01"})
        EXPECT_TRUE(parseInspection(junk).layers.empty()) << junk;
}

}  // namespace
}  // namespace f8net
