// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/import_file.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/network/integer_network.h"
#include "core/pretrained/recognition.h"
#include "core/tensorfile/checkpoint_file.h"

namespace f8net {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::ImportedFile", text);
}
QString q(const std::string& text) {
    return QString::fromStdString(text);
}

bool isSqlite(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && file.read(16) == QByteArray("SQLite format 3\0", 16);
}

void inspectCheckpoint(ImportedFile& result) {
    const TensorMap tensors = load_checkpoint_file(result.path.toStdString());
    const auto said = tensors.metadata.find("experiment");
    if (said != tensors.metadata.end()) {
        const Experiment experiment = parse_experiment(said->second, result.path.toStdString()).experiment;
        result.experiment = q(said->second);
        result.about = tr("a checkpoint of %1, %2").arg(q(experiment.name), q(experiment.network.architecture));
        return;
    }
    std::set<std::string> keys;
    for (const auto& [name, tensor] : tensors.tensors) {
        keys.insert(name);
        if (tensor.shape.size() == 2) result.numClasses = static_cast<int>(tensor.shape[0]);
    }
    const QString recognised = q(architecture_by_keys(keys));
    result.architecture = recognised.section(' ', 0, 0);
    result.about = recognised.isEmpty()
                       ? tr("%1 tensors under names of nobody that is known; choose the experiment they belong to")
                             .arg(keys.size())
                       : tr("weights of %1").arg(recognised);
}

bool endsWithAny(const QString& path, const QStringList& suffixes) {
    return std::any_of(suffixes.begin(), suffixes.end(),
                       [&](const QString& suffix) { return path.endsWith(suffix, Qt::CaseInsensitive); });
}
const QStringList kConfigs{".yaml", ".yml"}, kNetworks{".f8n"}, kCheckpoints{".safetensors", ".pt", ".pth", ".tar"},
    kRuns{".json", ".csv"}, kStores{".db"};

bool isEventFile(const QString& path) {
    return QFileInfo(path).fileName().contains("tfevents");
}

}  // namespace

bool isToImport(const QString& path) {
    return endsWithAny(path, kConfigs + kNetworks + kCheckpoints + kRuns) || isEventFile(path);
}

ImportedFile inspectFile(const QString& path) {
    ImportedFile result;
    result.path = QFileInfo(path).absoluteFilePath();
    if (QFileInfo(path).isDir()) {
        result.kind = ImportedFile::Kind::kRuns;  // of event files; what else it is, is said by who reads it
        return result;
    }
    if (!QFileInfo(path).isFile() || !QFileInfo(path).isReadable()) {
        result.problem = tr("%1: there is no such file that can be read").arg(result.path);
        return result;
    }
    try {
        if (endsWithAny(path, kConfigs)) {
            result.kind = ImportedFile::Kind::kConfig;  // what is wrong in it is shown where it can be put right
        } else if (endsWithAny(path, kNetworks)) {
            result.kind = ImportedFile::Kind::kNetwork;
            const IntegerNetwork network = load_integer_network(result.path.toStdString());
            result.about = tr("an integer network of %1 nodes").arg(network.nodes.size());
            if (const auto said = network.metadata.find("experiment"); said != network.metadata.end())
                result.experiment = q(said->second);
        } else if (isSqlite(path) || endsWithAny(path, kRuns) || isEventFile(path)) {
            result.kind = ImportedFile::Kind::kRuns;
        } else if (endsWithAny(path, kCheckpoints)) {
            result.kind = ImportedFile::Kind::kCheckpoint;
            inspectCheckpoint(result);
        } else if (endsWithAny(path, kStores)) {
            result.problem = tr("%1 is no run store: it is no SQLite database").arg(result.path);
        } else {
            result.problem = tr("%1 is nothing that can be imported; expected a checkpoint (.safetensors, .pth, .pt, "
                                ".pth.tar), an integer network (.f8n), a configuration (.yaml), or runs: a run store "
                                "(.db), JSON, CSV or TensorBoard's event files")
                                 .arg(result.path);
        }
    } catch (const std::exception& error) {
        result.problem = QString::fromUtf8(error.what());
    }
    return result;
}

}  // namespace f8net
