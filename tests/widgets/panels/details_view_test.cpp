// SPDX-License-Identifier: GPL-3.0-or-later
// Details of a run: origins, lineage, files with their hashes, a note that is written in place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QPlainTextEdit>

#include "core/base/atomic_folder.h"
#include "tests/widgets/panels/panel_fixture.h"
#include "widgets/panels/details_view.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class Details : public PanelTest {
protected:
    Details() : view(context, &window) {
        window.resize(600, 500);
        view.resize(600, 500);
        window.show();
        parent = add("parent");
        NewRun described;
        described.name = "child";
        described.config_values = {{"optimizer.lr", "0.2"}, {"optimizer.momentum", "0.9"}};
        described.environment = R"({"threads": 2, "origins": {"optimizer.lr": "/somewhere/my.yaml:14:3"}})";
        described.parent = parent;
        described.parent_checkpoint = "best";
        described.note = "as it was";
        child = store.create_run(described);
        file = QString::fromStdString(store.run_folder(child)) + "/net.f8n";
        write("contents");
        ArtifactRecord artifact;
        artifact.path = file.toStdString();
        artifact.role = "network";
        artifact.size_bytes = 8;
        artifact.hash = hash_path_hex(artifact.path);
        store.add_artifact(child, artifact);
        hash = QString::fromStdString(artifact.hash);
    }
    void write(const QByteArray& contents) {
        QFile written(file);
        ASSERT_TRUE(written.open(QIODevice::WriteOnly));
        written.write(contents);
    }
    void choose(const RunId& run) {
        settle();  // a run that no list has shown yet is not kept chosen
        selection.setRun(run);
        settle();
    }
    /// Of the first row that is called so; what is not there is an invalid index.
    QModelIndex row(const QString& name) const {
        const QAbstractItemModel& model = *view.tree()->model();
        const QModelIndexList found =
            model.match(model.index(0, 0), Qt::DisplayRole, name, 1, Qt::MatchExactly | Qt::MatchRecursive);
        return found.isEmpty() ? QModelIndex() : found.front();
    }
    std::string text(const QString& name, int column) const {
        return row(name).siblingAtColumn(column).data().toString().toStdString();
    }
    std::string storedNote(const RunId& run) const { return RunReader(store).run(run).note; }

    DetailsView view;
    RunId parent, child;
    QString file, hash;
};

TEST_F(Details, SayWhereEachValueWasSet) {
    const QAbstractItemModelTester tester(view.tree()->model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
    choose(child);
    EXPECT_EQ(text("optimizer.lr", PropertyModel::kValue), "0.2");
    EXPECT_THAT(text("optimizer.lr", PropertyModel::kRemark), HasSubstr("my.yaml:14:3; default is"));
    EXPECT_EQ(text("optimizer.momentum", PropertyModel::kRemark), "default");
    EXPECT_FALSE(row("origins").isValid());
    EXPECT_EQ(text("threads", PropertyModel::kValue), "2");
}

TEST_F(Details, ParentsAndChildrenAreLinks) {
    choose(child);
    EXPECT_EQ(text("Started from", PropertyModel::kValue), "parent");
    EXPECT_EQ(text("Started from", PropertyModel::kRemark), "best");
    Q_EMIT view.tree()->activated(row("Started from"));
    EXPECT_EQ(selection.run(), parent);
    settle();
    EXPECT_EQ(text("Led to", PropertyModel::kValue), "child");
    // Other rows lead nowhere.
    Q_EMIT view.tree()->activated(row("Name"));
    EXPECT_EQ(selection.run(), parent);
    Q_EMIT view.tree()->activated(row("Led to"));
    EXPECT_EQ(selection.run(), child);
}

TEST_F(Details, FilesHaveTheirWholeHashAndAreVerified) {
    choose(child);
    EXPECT_EQ(text("network", PropertyModel::kRemark), "8 bytes, " + hash.toStdString());
    view.verify(row("network"));
    EXPECT_TRUE(waitFor([&] { return text("network", PropertyModel::kRemark).starts_with("unchanged; "); }))
        << text("network", PropertyModel::kRemark);
    write("other contents");
    view.verify(row("network"));
    EXPECT_TRUE(waitFor([&] { return text("network", PropertyModel::kRemark).starts_with("CHANGED"); }))
        << text("network", PropertyModel::kRemark);
    QFile::remove(file);
    view.verify(row("network"));
    EXPECT_TRUE(waitFor([&] {
        const std::string remark = text("network", PropertyModel::kRemark);
        return remark.find(file.toStdString()) != std::string::npos;
    })) << text("network", PropertyModel::kRemark);
}

TEST_F(Details, ANoteIsWrittenInPlaceAndKept) {
    choose(child);
    EXPECT_EQ(view.note()->toPlainText(), "as it was");
    view.note()->setPlainText("two\nlines");
    EXPECT_TRUE(waitFor([&] { return storedNote(child) == "two\nlines"; }));
    settle();
    EXPECT_EQ(view.note()->toPlainText(), "two\nlines");
    // From elsewhere.
    store.set_note(child, "from a shell");
    settle();
    EXPECT_EQ(view.note()->toPlainText(), "from a shell");
    // What was typed belongs to the run it was typed for, and is not lost by going on.
    view.note()->setPlainText("unfinished");
    choose(parent);
    EXPECT_EQ(view.note()->toPlainText(), "");
    EXPECT_TRUE(waitFor([&] { return storedNote(child) == "unfinished"; }));
    EXPECT_EQ(storedNote(parent), "");
}

TEST_F(Details, WhatIsBeingTypedStandsAndIsSavedWhenTheViewGoes) {
    choose(child);
    view.note()->setPlainText("mine");
    store.set_note(child, "from a shell");
    follower.reload();
    settle();
    EXPECT_EQ(view.note()->toPlainText(), "mine");
    EXPECT_TRUE(waitFor([&] { return storedNote(child) == "mine"; }));
    {
        DetailsView closing(context, nullptr);
        ASSERT_TRUE(waitFor([&] { return closing.note()->toPlainText() == "mine"; }));
        closing.note()->setPlainText("typed last");
    }
    EXPECT_TRUE(waitFor([&] { return storedNote(child) == "typed last"; }));
}

TEST_F(Details, AreFoundByWordsAndCopiedAsRows) {
    choose(child);
    view.find()->setText("optimizer.l");
    EXPECT_TRUE(row("optimizer.lr").isValid());
    EXPECT_FALSE(row("optimizer.momentum").isValid());
    EXPECT_FALSE(row("threads").isValid());
    view.tree()->selectionModel()->select(row("optimizer.lr"),
                                          QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    view.copyRows();
    EXPECT_THAT(QApplication::clipboard()->text().toStdString(), HasSubstr("optimizer.lr: 0.2 (my.yaml:14:3; default"));
    view.find()->setText(hash.left(10));
    EXPECT_TRUE(row("network").isValid());
}

}  // namespace
}  // namespace f8net
