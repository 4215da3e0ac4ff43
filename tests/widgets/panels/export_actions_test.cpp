// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/export_actions.h"

#include <set>

#include "tests/widgets/panels/panel_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;

TEST(ExportActions, DescribesWhatWasWrittenAndVerified) {
    const auto describe = [](const char* json) { return describeExport(json).toStdString(); };
    EXPECT_EQ(describe(R"({"format": "onnx", "path": "/a/net.onnx", "bytes": 1200000, "verified": null})"),
              "/a/net.onnx, 1.2 MB");
    EXPECT_EQ(describe(R"({"path": "/a", "bytes": 1200000, "verified": true, "verified_images": 100})"),
              "/a, 1.2 MB; the same codes as the scalar engine in 100 images");
    EXPECT_THAT(describe(R"({"path": "/a", "bytes": 1, "verified": null, "not_verified": "no compiler"})"),
                HasSubstr("not verified: no compiler"));
    EXPECT_THAT(describe(R"({"path": "/a", "bytes": 1, "verified": false, "verified_images": 3, "first_difference":
        {"image": 2, "layer": "body.0", "element": [4, 1, 17], "expected": 12, "got": 13}})"),
                HasSubstr("differs from the scalar engine, first at layer body.0, image 2, channel 4"));
    const auto verified = [](const char* json) { return describeVerification(json).toStdString(); };
    EXPECT_EQ(verified(R"({"equal": true, "checked": [{"path": "onnx", "equal": true, "skipped": null, "images": 200,
                           "first_difference": null}]})"),
              "onnx: the same codes as the scalar engine in 200 images");
    EXPECT_EQ(verified(R"({"equal": true, "checked": [{"path": "avx2", "equal": true, "skipped": null, "images": 100},
                           {"path": "c", "equal": null, "skipped": "no compiler", "images": 0},
                           {"path": "onnx", "equal": true, "skipped": null, "images": 100}]})"),
              "avx2, onnx: the same codes as the scalar engine in 100 images; c: not checked, no compiler");
    const std::string differs = verified(R"({"equal": false, "checked": [{"path": "c", "equal": false, "skipped": null,
        "images": 3, "first_difference": {"image": 2, "layer": "body.0", "tensor": "codes", "element": [4, 1, 17],
        "reference": "scalar", "path": "c", "expected": 12, "got": 13}}]})");
    EXPECT_THAT(differs, HasSubstr("c differs"));
    EXPECT_THAT(differs, HasSubstr("layer body.0, image 2, channel 4, row 1, column 17: 13 instead of 12"));

    EXPECT_THAT(verified(R"({"equal": true, "checked": [{"path": "onnx", "equal": null, "skipped": "no library",
                             "images": 0, "first_difference": null}]})"),
                HasSubstr("no library"));
}

class ExportActionsTest : public PanelTest {};

TEST_F(ExportActionsTest, ActionsNeedATrainedRun) {
    RunSummary run;
    run.id = RunId("0k3f00000000");
    const auto expectEnabled = [&](bool wanted) {
        for (const QAction* action : actions.exports->formats()) EXPECT_EQ(action->isEnabled(), wanted);
        EXPECT_EQ(actions.exports->handOff->isEnabled(), wanted);
    };
    expectEnabled(false);
    actions.exports->setRun(run);
    expectEnabled(false);
    run.epoch = Epoch{3};
    actions.exports->setRun(run);
    expectEnabled(true);
    run.trashed_at = 1;
    actions.exports->setRun(run);
    expectEnabled(false);
    // Kept from What-if: a network without an epoch of its own.
    RunSummary kept;
    kept.id = RunId("0k3f00000001");
    kept.state = RunState::kFinished;
    actions.exports->setRun(kept);
    expectEnabled(true);
    std::set<QString> texts;
    for (const QAction* action : actions.exports->formats()) {
        EXPECT_TRUE(action->text().contains('&')) << action->text().toStdString();
        texts.insert(action->text());
    }
    EXPECT_EQ(texts.size(), exportFormats().size());
}

}  // namespace
}  // namespace f8net
