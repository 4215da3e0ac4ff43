// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_checks.h"

#include <QComboBox>
#include <QDialog>
#include <QLineEdit>

#include "tests/widgets/panels/panel_fixture.h"
#include "tests/widgets/synthetic/written_down.h"

namespace f8net {
namespace {

class RunChecksTest : public PanelTest {
protected:
    static RunSummary trained(const char* id, const char* name, const char* mode = "fake-quant") {
        RunSummary run;
        run.id = RunId(id);
        run.name = name;
        run.epoch = Epoch{3};
        run.numeric_mode = mode;
        return run;
    }
    static void choose(QDialog& dialog, const QString& box, const QVariant& value) {
        for (auto* each : dialog.findChildren<QComboBox*>()) {
            if (each->accessibleName() == box) each->setCurrentIndex(each->findData(value));
        }
    }
    QStringList arguments(const QStringList& first, const QStringList& last = {}) {
        return first + QStringList{"--json", "--store", path} + last;
    }

    WrittenDown others;
    const OutsideReplaced replaced{others};
    RunChecks& checks = *actions.checks;
};

TEST_F(RunChecksTest, AskForRunsThatHaveANetwork) {
    EXPECT_FALSE(checks.evaluate->isEnabled());
    RunSummary fresh = trained("0k3f00000000", "fresh");
    fresh.epoch = Epoch{0};
    checks.setRuns({fresh});
    EXPECT_FALSE(checks.evaluate->isEnabled());
    EXPECT_FALSE(checks.verify->isEnabled());
    checks.setRuns({fresh, trained("0k3f00000001", "a")});
    EXPECT_TRUE(checks.evaluate->isEnabled());
    EXPECT_TRUE(checks.verify->isEnabled());
    checks.verify->trigger();
    ASSERT_EQ(others.started.size(), 1);
    EXPECT_EQ(others.started[0], arguments({"verify", "0k3f00000001"}));
    EXPECT_EQ(jobs.job(0).title, "Verify a");
}

TEST_F(RunChecksTest, EvaluateAsTheDialogSays) {
    const std::vector<RunSummary> runs{trained("0k3f00000001", "a"), trained("0k3f00000002", "b")};
    const std::unique_ptr<QDialog> dialog(checks.makeDialog(runs, "all"));
    EXPECT_EQ(dialog->windowTitle(), "Evaluate 2 runs");
    dialog->accept();
    ASSERT_EQ(others.started.size(), 2);
    EXPECT_EQ(others.started[1], arguments({"evaluate", "0k3f00000002"}, {"--mode", "all"}));

    choose(*dialog, "Numeric modes", QString());
    choose(*dialog, "Images of the test set", 2000);
    dialog->findChild<QLineEdit*>()->setText("/data/pictures");
    dialog->accept();
    EXPECT_EQ(others.started.back(),
              arguments({"evaluate", "0k3f00000002"}, {"--limit", "2000", "--data", "/data/pictures"}));
}

TEST_F(RunChecksTest, ProposeFloatWhereARunHasNoFormats) {
    const std::unique_ptr<QDialog> dialog(
        checks.makeDialog({trained("0k3f00000001", "a"), trained("0k3f00000002", "b", "float")}, "integer-only"));
    dialog->accept();
    EXPECT_EQ(others.started.back().last(), "float");
}

TEST(DescribeEvaluation, SaysAccuraciesAndWhetherTheIntegersAgree) {
    EXPECT_EQ(describeEvaluation(R"({"images": 2000, "integer_modes_agree": true, "modes": {"float": {"top1": 0.8889},
                                     "integer-only": {"top1": 0.9}, "float-unclipped": null}})")
                  .toStdString(),
              "float 88.89 %, integer-only 90.00 % of 2\xe2\x80\xaf"
              "000 images; the integer modes agree");
}

}  // namespace
}  // namespace f8net
