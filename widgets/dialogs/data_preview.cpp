// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/data_preview.h"

#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/config/option_table.h"
#include "widgets/models/dataset_pictures.h"
#include "widgets/support/background.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

constexpr int kSide = 72;
constexpr int64_t kMostLookedAt = 4096;  // labels, for a picture of each class

std::vector<std::string> optionsOfData(const Experiment& experiment) {
    std::vector<std::string> options{get_option(experiment, "network.input_channels"),
                                     get_option(experiment, "network.num_classes")};
    for (const OptionRow& row : option_table()) {
        if (row.section == "data") options.push_back(get_option(experiment, row.key));
    }
    return options;
}

}  // namespace

DataSample readDataSample(const Experiment& experiment, int most) {
    DataSample sample;
    try {
        sample.dataset = open_dataset(experiment, Split::kTrain);
        const Dataset& data = *sample.dataset;
        sample.description = QString::fromStdString(data.description());
        std::set<int64_t> seen;
        for (int64_t i = 0; i < std::min(data.size(), kMostLookedAt) && static_cast<int>(seen.size()) < most; ++i) {
            const int64_t label = data.label(i);
            if (!seen.insert(label).second) continue;
            const QImage image = fitPicture(toImage(data.get(i).image), kSide);
            sample.pictures.push_back(
                {image, QString::fromStdString(data.class_names().at(static_cast<size_t>(label)))});
        }
    } catch (const std::exception& error) {
        sample.problem = QString::fromUtf8(error.what());
    }
    return sample;
}

QString dataProblem(const Experiment& experiment) {
    try {
        if (has_split(dataset_options(experiment, Split::kTrain), Split::kTrain)) return {};
        return DataPreview::tr("there are no training images");
    } catch (const std::exception& error) {
        return QString::fromUtf8(error.what());
    }
}

DataPreview::DataPreview(QWidget* parent)
    : QWidget(parent), m_caption(new QLabel), m_fingerprint(new QLabel), m_pictures(new QListWidget) {
    m_caption->setWordWrap(true);
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_fingerprint->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_fingerprint->setForegroundRole(QPalette::PlaceholderText);
    m_pictures->setViewMode(QListView::IconMode);
    m_pictures->setIconSize({kSide, kSide});
    m_pictures->setGridSize({kSide + 56, kSide + 34});
    m_pictures->setResizeMode(QListView::Adjust);
    m_pictures->setMovement(QListView::Static);
    m_pictures->setFrameShape(QFrame::NoFrame);
    m_pictures->viewport()->setAutoFillBackground(false);  // pictures on the dialog, no sheet of paper below them
    m_pictures->setSelectionMode(QAbstractItemView::NoSelection);
    m_pictures->setAccessibleName(tr("Pictures of the data set"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->addWidget(m_caption);
    layout->addWidget(m_fingerprint);
    layout->addWidget(m_pictures, 1);
}

void DataPreview::showDataOf(const Experiment& experiment) {
    const std::vector<std::string> options = optionsOfData(experiment);
    if (options == m_shown) return;
    m_shown = options;
    m_pictures->clear();
    m_fingerprint->clear();
    m_caption->setText(tr("Reading the data set…"));
    inBackground(
        this, [experiment] { return readDataSample(experiment); },
        [this, serial = ++m_serial](const DataSample& sample) {
            if (serial == m_serial) showSample(sample);
        });
}

void DataPreview::showSample(const DataSample& sample) {
    m_caption->setText(sample.problem.isEmpty() ? sample.description : sample.problem);
    for (const DataSample::Picture& picture : sample.pictures) {
        auto* item = new QListWidgetItem(QIcon(QPixmap::fromImage(picture.image)), picture.className);
        item->setSizeHint(m_pictures->gridSize());  // else a name gets no more width than its picture
        m_pictures->addItem(item);
    }
    if (!sample.dataset) return;
    m_fingerprint->setText(tr("Fingerprint: being computed…"));
    // Over all of the data: seconds for a large set, so after the pictures.
    inBackground(
        this,
        [dataset = sample.dataset] {
            try {
                return QString::fromStdString(dataset->fingerprint());
            } catch (const std::exception& error) {
                return QString::fromUtf8(error.what());
            }
        },
        [this, serial = m_serial](const QString& fingerprint) {
            if (serial == m_serial) m_fingerprint->setText(tr("Fingerprint: %1").arg(fingerprint));
        });
}

}  // namespace f8net
