// SPDX-License-Identifier: GPL-3.0-or-later
/// The tool bar's pickers that every view follows: layer and epoch of the Selection.
/// Threads  UI thread.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QSlider>
#include <QWidget>
#include <memory>
#include <vector>

#include "widgets/models/store_follower.h"

namespace f8net {

class Selection;

class PlaceBar final : public QWidget {
    Q_OBJECT
public:
    PlaceBar(Selection& selection, StoreFollower& store, QWidget* parent = nullptr);

    /// Puts the cursor into the picker, where a part of a name is enough; false where no run is chosen.
    bool find();
    void findNext(int by);       ///< the next or previous layer with what was typed there
    QStringList layers() const;  ///< of the chosen run, in depth
    void stepLayer(int by);
    void stepEpoch(int by);  ///< over the recorded epochs; past the last one: latest
    void firstEpoch();
    void latestEpoch();

Q_SIGNALS:
    void found();  ///< the user is done with the picker

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Places {
        QStringList layers;
        std::vector<int> epochs;  ///< with histograms
    };
    void ask();
    void showPlaces(const Places& places);
    void showFormats(const std::shared_ptr<const FormatsData>& formats);
    void showEpochs();
    void showEpoch();

    Selection& m_selection;
    QComboBox* m_layer;
    QSlider* m_epoch;
    QLabel *m_epochText, *m_layerLabel, *m_epochLabel;
    StoreQuestion m_question;
    QString m_wanted;  ///< what was typed last
    std::vector<int> m_withHistograms, m_withFormats, m_epochs;
};

}  // namespace f8net
