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

namespace f8net {

class Selection;
class StoreFollower;
struct FormatsData;

class PlaceBar final : public QWidget {
    Q_OBJECT
public:
    PlaceBar(Selection& selection, StoreFollower& store, QWidget* parent = nullptr);

    QStringList layers() const;  ///< of the chosen run, in depth
    void stepLayer(int by);
    void stepEpoch(int by);  ///< over the recorded epochs; past the last one: latest
    void firstEpoch();
    void latestEpoch();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showFormats(const std::shared_ptr<const FormatsData>& formats);
    void showEpoch();

    Selection& m_selection;
    QComboBox* m_layer;
    QSlider* m_epoch;
    QLabel *m_epochText, *m_layerLabel, *m_epochLabel;
    std::vector<int> m_epochs;
};

}  // namespace f8net
