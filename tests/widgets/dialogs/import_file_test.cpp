// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/import_file.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>

#include "core/architecture/layer_graph.h"
#include "core/config/experiment_document.h"
#include "core/store/run_store.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/pretrained/names_file.h"

namespace f8net {
namespace {

// f8net::testing, of the tests of core/pretrained, hides GoogleTest's.
using ::testing::Test;

class ImportFileTest : public Test {
protected:
    QString write(const QString& name, const QByteArray& content) {
        QFile file(folder.filePath(name));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(content);
        return file.fileName();
    }
    static HostTensor tensor(std::vector<int64_t> shape) {
        int64_t count = 1;
        for (const int64_t extent : shape) count *= extent;
        const std::vector<float> values(static_cast<size_t>(count), 0.5F);
        return HostTensor::from(std::move(shape), values);
    }

    QTemporaryDir folder;
};

TEST_F(ImportFileTest, TellsWhatAFileIs) {
    EXPECT_EQ(inspectFile(write("a.yaml", "name: a")).kind, ImportedFile::Kind::kConfig);
    { const RunStore store(folder.filePath("runs.db").toStdString(), RunStore::Mode::kReadWrite); }
    EXPECT_EQ(inspectFile(folder.filePath("runs.db")).kind, ImportedFile::Kind::kRuns);
    for (const char* name : {"a.csv", "b.JSON", "events.out.tfevents.1700000000.host"})
        EXPECT_EQ(inspectFile(write(name, "x")).kind, ImportedFile::Kind::kRuns) << name;
    EXPECT_EQ(inspectFile(folder.path()).kind, ImportedFile::Kind::kRuns);
    const ImportedFile text = inspectFile(write("a.txt", "hello"));
    EXPECT_EQ(text.kind, ImportedFile::Kind::kUnknown);
    EXPECT_TRUE(text.problem.contains("expected a checkpoint"));
    EXPECT_TRUE(inspectFile(write("a.db", "hello")).problem.endsWith("a.db is no run store: it is no SQLite database"));
    EXPECT_TRUE(inspectFile(folder.filePath("none.pth")).problem.contains("none.pth"));
    const ImportedFile broken = inspectFile(write("a.safetensors", "not one"));
    EXPECT_FALSE(broken.problem.isEmpty());
    EXPECT_FALSE(inspectFile(write("a.f8n", "not one")).problem.isEmpty());
}

TEST_F(ImportFileTest, ACheckpointOfOursBringsItsExperiment) {
    Experiment experiment;
    experiment.name = "mine";
    experiment.network.architecture = "mobilenet_v2";
    TensorMap map;
    map.set("head.0.conv.weight", tensor({8, 3, 3, 3}));
    map.metadata["experiment"] = to_yaml(experiment, YamlDetail::kEverything);
    write_safetensors(folder.filePath("m.safetensors").toStdString(), map);
    const ImportedFile file = inspectFile(folder.filePath("m.safetensors"));
    EXPECT_EQ(file.problem.toStdString(), "");
    EXPECT_EQ(file.kind, ImportedFile::Kind::kCheckpoint);
    EXPECT_TRUE(file.about.contains("mine") && file.about.contains("mobilenet_v2"));
    EXPECT_EQ(file.experiment.toStdString(), map.metadata["experiment"]);
}

TEST_F(ImportFileTest, WeightsOfOtherProgramsAreRecognised) {
    const TensorMap map = testing::load_names("torchvision_resnet18");
    write_safetensors(folder.filePath("r.safetensors").toStdString(), map);
    const ImportedFile file = inspectFile(folder.filePath("r.safetensors"));
    EXPECT_EQ(file.problem.toStdString(), "");
    EXPECT_EQ(file.architecture.toStdString(), "resnet18");
    EXPECT_EQ(file.numClasses, 1000);
    EXPECT_TRUE(file.about.contains("torchvision"));
}

TEST_F(ImportFileTest, NamesOfNobodyAreSaid) {
    TensorMap map;
    map.set("w1", tensor({4, 4}));
    write_safetensors(folder.filePath("x.safetensors").toStdString(), map);
    const ImportedFile file = inspectFile(folder.filePath("x.safetensors"));
    EXPECT_EQ(file.problem.toStdString(), "");
    EXPECT_TRUE(file.architecture.isEmpty());
    EXPECT_TRUE(file.about.contains("nobody"));
    EXPECT_EQ(file.numClasses, 4);
}

TEST(IsToImport, NamesOfConfigurationsNetworksAndCheckpoints) {
    for (const char* path :
         {"/a/net.f8n", "b.PTH", "c.yaml", "model.pth.tar", "runs.json", "m.CSV", "/l/events.out.tfevents.1"})
        EXPECT_TRUE(isToImport(path)) << path;
    for (const char* path : {"runs.db", "/a.f8n/runs", ""}) EXPECT_FALSE(isToImport(path)) << path;
}

}  // namespace
}  // namespace f8net
