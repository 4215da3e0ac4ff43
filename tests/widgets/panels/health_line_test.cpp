// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/health_line.h"

#include <QApplication>
#include <QDialog>
#include <QSignalSpy>
#include <QTextDocument>

#include "core/store/run_writer.h"
#include "tests/widgets/panels/panel_fixture.h"

namespace f8net {
namespace {

RunHealth sample() {
    RunHealth health;
    health.learning = Learning::kLearning;
    health.format_epochs = 5;
    health.moving_layers = {"head.0", "stage_0_layer_0.body.0"};
    health.clipping_layer = "stage_2_layer_0.shortcut.0";
    health.clipped_share = 0.061;
    health.integer_modes_agree = true;
    return health;
}

QString joined(const std::vector<HealthPart>& parts) {
    QStringList texts;
    for (const HealthPart& part : parts) texts << part.text;
    return texts.join("; ").replace(QChar(0xa0), ' ');
}

TEST(DescribeHealth, SaysTheSameAsTheCommandLine) {
    std::vector<RunHealth> samples{sample(), RunHealth()};
    for (const Learning learning : {Learning::kTooEarly, Learning::kDiverged, Learning::kNotLearning, Learning::kLevel,
                                    Learning::kRising, Learning::kFallen, Learning::kLearning}) {
        for (const bool hasEnded : {false, true}) {
            RunHealth health = sample();
            health.learning = learning;
            health.has_ended = hasEnded;
            samples.push_back(health);
        }
    }
    samples.push_back(sample());
    samples.back().moving_layers.pop_back();
    samples.push_back(sample());
    samples.back().moving_layers.clear();
    samples.back().clipped_share = 0;
    samples.back().integer_modes_agree = false;
    samples.push_back(sample());
    samples.back().integer_modes_agree.reset();
    samples.push_back(sample());
    samples.back().format_epochs = 0;
    for (const int epochs : {1, 2}) {
        samples.push_back(sample());
        samples.back().moving_layers.clear();
        samples.back().format_epochs = epochs;
    }
    samples.push_back(sample());  // all that a single epoch of few steps has
    samples.back().learning = Learning::kTooEarly;
    samples.back().first_loss = 2.3026;
    samples.back().last_loss = 1.87;
    samples.back().best_top1 = 0.8966;
    samples.push_back(sample());  // kept from a what-if
    samples.back().learning = Learning::kNotStarted;
    samples.back().has_ended = true;
    samples.push_back(RunHealth());
    samples.back().has_ended = true;
    for (const RunHealth& health : samples) EXPECT_EQ(joined(describeHealth(health)).toStdString(), to_text(health));
}

TEST(DescribeHealth, LeadsToWhatItSpeaksOf) {
    const std::vector<HealthPart> parts = describeHealth(sample());
    ASSERT_EQ(parts.size(), 4u);
    EXPECT_EQ(parts[0].view, "curves");
    EXPECT_EQ(parts[1].view, "formats");
    EXPECT_EQ(parts[1].layer, "head.0");
    EXPECT_EQ(parts[2].view, "distributions");
    EXPECT_EQ(parts[2].layer, "stage_2_layer_0.shortcut.0");
    EXPECT_TRUE(parts[2].isTrouble);
    EXPECT_EQ(parts[3].view, "details");
    EXPECT_FALSE(parts[3].isTrouble);
}

class HealthLineTest : public PanelTest {};

TEST_F(HealthLineTest, FollowsTheChosenRunAndItsLinks) {
    HealthLine line(context, &window);
    window.show();
    settle();
    EXPECT_FALSE(line.isVisible());  // no run, nothing to say
    const RunId run = add("a");
    selection.setRun(run);
    settle();
    EXPECT_TRUE(line.isVisible());
    EXPECT_EQ(line.accessibleDescription(), "not started");
    {
        RunWriter writer(path.toStdString(), run, nullptr);
        LayerDescription layer;
        layer.name = "head.0";
        layer.kind = "conv";
        writer.on_stage_start("fixed-point", {layer}, Step{40}, Epoch{1});
        for (int step = 1; step <= 40; ++step) writer.on_step({{step}, {1}, step / 40.0, {{"train/loss", 2.0 / step}}});
        EpochReport report;
        report.epoch = Epoch{1};
        report.step = Step{40};
        report.stage = "fixed-point";
        report.formats.emplace_back();
        report.formats[0].layer = "head.0";
        report.formats[0].input_clipped_share = 0.03;
        writer.on_epoch(report);
        writer.finish(RunState::kFinished, 0);
    }
    ASSERT_TRUE(waitFor([&] { return line.accessibleDescription().contains("head.0 clips"); }))
        << line.accessibleDescription().toStdString();
    const QSignalSpy views(&actions, &RunActions::viewRequested);
    Q_EMIT line.linkActivated("2");
    EXPECT_EQ(selection.layer(), "head.0");
    ASSERT_EQ(views.count(), 1);
    EXPECT_EQ(views[0][0].toString(), "distributions");

    ASSERT_TRUE(line.accessibleDescription().endsWith("integer modes not compared yet"));
    Q_EMIT line.linkActivated("3");  // offers to compare them
    auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
    ASSERT_NE(dialog, nullptr);
    EXPECT_EQ(dialog->windowTitle(), "Evaluate a");
    dialog->reject();
}

/// The texts between line breaks, without links.
QStringList linesOf(const HealthLine& line) {
    QStringList lines;
    for (const QString& html : line.text().split("<br>")) {
        QTextDocument document;
        document.setHtml(html);
        lines << document.toPlainText();
    }
    return lines;
}

TEST_F(HealthLineTest, BreaksBetweenPartsAndNeverInsideAName) {
    HealthLine line(context, &window);
    const RunId run = add("a");
    {
        RunWriter writer(path.toStdString(), run, nullptr);
        LayerDescription layer;
        layer.name = "stage_2_layer_0.body.1";  // left alone, the text would break before its last figure
        layer.kind = "conv";
        writer.on_stage_start("fixed-point", {layer}, Step{40}, Epoch{3});
        for (int step = 1; step <= 40; ++step) writer.on_step({{step}, {1}, step / 40.0, {{"train/loss", 2.0 / step}}});
        EpochReport report;
        report.epoch = Epoch{1};
        report.step = Step{40};
        report.stage = "fixed-point";
        report.formats.emplace_back();
        report.formats[0].layer = layer.name;
        report.formats[0].input_clipped_share = 0.03;
        writer.on_epoch(report);
        writer.finish(RunState::kFinished, 0);
    }
    window.show();
    settle();  // a run that no list has shown yet is not kept chosen
    selection.setRun(run);
    ASSERT_TRUE(waitFor([&] { return line.accessibleDescription().contains(" clips "); }));
    const QStringList parts = line.accessibleDescription().split("; ");
    const int name = line.fontMetrics().horizontalAdvance("stage_2_layer_0.body.1 ");
    for (int width = 1200; width > name; width -= 3) {
        line.resize(width, 200);
        const QStringList lines = linesOf(line);
        EXPECT_EQ(lines.join(" ").toStdString(), parts.join("; ").toStdString()) << width;
        QFont bold = line.font();
        bold.setBold(true);
        bool fits = true;
        for (const QString& one : lines)  // each ends with a part
            fits = fits && QFontMetrics(bold).horizontalAdvance(one) <= width;
        // Qt has broken none of them again.
        if (fits) {
            EXPECT_EQ(line.heightForWidth(width), line.fontMetrics().lineSpacing() * lines.size()) << width;
        }
        if (width == 1200) {
            EXPECT_TRUE(fits && lines.size() == 1);
        }
    }
    EXPECT_EQ(linesOf(line).size(), parts.size());  // one part each
}

}  // namespace
}  // namespace f8net
