// SPDX-License-Identifier: GPL-3.0-or-later
/// What an experiment would train on: some pictures with their classes, how many, and the fingerprint that runs carry.
/// Read on another thread; what is wrong with the data is said in its place.
/// Threads  UI thread (readDataSample: any).
#pragma once

#include <QImage>
#include <QLabel>
#include <QListWidget>
#include <QString>
#include <vector>

#include "core/config/experiment.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

struct DataSample {
    struct Picture {
        QImage image;
        QString className;
    };
    QString description, problem;  ///< one of them
    std::vector<Picture> pictures;
    DatasetPtr dataset;
};
/// The first image of each class, at most `most`, ready to be shown as an icon.
DataSample readDataSample(const Experiment& experiment, int most = 16);

/// Are the experiment's training data there? Empty, or why not. Reads no image.
QString dataProblem(const Experiment& experiment);

class DataPreview final : public QWidget {
    Q_OBJECT
public:
    explicit DataPreview(QWidget* parent = nullptr);
    /// Reads anew where what is read would differ.
    void showDataOf(const Experiment& experiment);
    QString caption() const { return m_caption->text(); }
    QListWidget* pictures() const { return m_pictures; }

private:
    void showSample(const DataSample& sample);

    QLabel *m_caption, *m_fingerprint;
    QListWidget* m_pictures;
    std::vector<std::string> m_shown;  ///< options that decide what is read
    int m_serial = 0;
};

}  // namespace f8net
