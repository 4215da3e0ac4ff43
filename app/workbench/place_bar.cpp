// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/place_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <algorithm>

#include "widgets/models/store_follower.h"
#include "widgets/support/selection.h"

namespace f8net {

PlaceBar::PlaceBar(Selection& selection, StoreFollower& store, QWidget* parent)
    : QWidget(parent),
      m_selection(selection),
      m_layer(new QComboBox),
      m_epoch(new QSlider(Qt::Horizontal)),
      m_epochText(new QLabel),
      m_layerLabel(new QLabel(tr("Layer"))),
      m_epochLabel(new QLabel(tr("Epoch"))) {
    m_layer->setMinimumWidth(200);
    m_layer->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_layer->setAccessibleName(tr("Layer"));
    m_layer->setToolTip(tr("Layer that all views show (Alt+Up, Alt+Down)"));
    m_layer->setMaxVisibleItems(24);
    m_epoch->setFixedWidth(132);
    m_epoch->setAccessibleName(tr("Epoch"));
    m_epoch->setToolTip(tr("Epoch that all views show (, and . while the slider has the focus; Home, End)"));
    m_epoch->installEventFilter(this);
    m_epochText->setMinimumWidth(m_epochText->fontMetrics().horizontalAdvance("100, latest") + 4);
    m_layerLabel->setBuddy(m_layer);
    m_epochLabel->setBuddy(m_epoch);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 4, 0);
    layout->setSpacing(8);
    layout->addWidget(m_layerLabel);
    layout->addWidget(m_layer);
    layout->addSpacing(8);
    layout->addWidget(m_epochLabel);
    layout->addWidget(m_epoch);
    layout->addWidget(m_epochText);
    connect(m_layer, &QComboBox::activated, this, [this] { m_selection.setLayer(m_layer->currentText()); });
    connect(m_epoch, &QSlider::valueChanged, this, [this](int index) {
        if (index < 0 || index >= static_cast<int>(m_epochs.size())) return;
        const bool isLatest = index + 1 == static_cast<int>(m_epochs.size());
        m_selection.setEpoch(isLatest ? std::nullopt : std::optional(Epoch{m_epochs[static_cast<size_t>(index)]}));
    });
    connect(&selection, &Selection::layerChanged, this,
            [this] { m_layer->setCurrentIndex(m_layer->findText(m_selection.layer())); });
    connect(&selection, &Selection::epochChanged, this, &PlaceBar::showEpoch);
    connect(&store, &StoreFollower::formatsReady, this, &PlaceBar::showFormats);
    showEpoch();
}

void PlaceBar::showFormats(const std::shared_ptr<const FormatsData>& formats) {
    QStringList names;
    for (const FormatLayer& layer : formats->layers) names << QString::fromStdString(layer.name);
    if (names != layers()) {
        const QSignalBlocker quiet(m_layer);
        m_layer->clear();
        m_layer->addItems(names);
    }
    m_layer->setCurrentIndex(m_layer->findText(m_selection.layer()));
    m_epochs = formats->epochs;
    showEpoch();
}

void PlaceBar::showEpoch() {
    const bool isThere = !m_epochs.empty();
    m_layer->setEnabled(isThere);
    m_layerLabel->setEnabled(isThere);
    m_epochLabel->setEnabled(isThere);
    m_epoch->setEnabled(m_epochs.size() > 1);
    const QSignalBlocker quiet(m_epoch);
    m_epoch->setRange(0, std::max(0, static_cast<int>(m_epochs.size()) - 1));
    if (!isThere) {
        m_epochText->setText(QChar(0x2013));
        return;
    }
    const auto epoch = m_selection.epoch();
    if (!epoch) {
        m_epoch->setValue(m_epoch->maximum());
        m_epochText->setText(tr("%1, latest").arg(m_epochs.back()));
        return;
    }
    const auto at = std::upper_bound(m_epochs.begin(), m_epochs.end(), epoch->value);
    m_epoch->setValue(std::max(0, static_cast<int>(at - m_epochs.begin()) - 1));
    m_epochText->setText(QString::number(epoch->value));
}

QStringList PlaceBar::layers() const {
    QStringList names;
    for (int i = 0; i < m_layer->count(); ++i) names << m_layer->itemText(i);
    return names;
}

void PlaceBar::stepLayer(int by) {
    const int index = std::clamp(m_layer->currentIndex() + by, 0, std::max(0, m_layer->count() - 1));
    if (m_layer->count() > 0) m_selection.setLayer(m_layer->itemText(index));
}

void PlaceBar::stepEpoch(int by) {
    m_epoch->setValue(m_epoch->value() + by);
}
void PlaceBar::firstEpoch() {
    m_epoch->setValue(0);
}
void PlaceBar::latestEpoch() {
    m_epoch->setValue(m_epoch->maximum());
}

bool PlaceBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_epoch && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const int step = key == Qt::Key_Comma      ? -1
                         : key == Qt::Key_Period   ? 1
                         : key == Qt::Key_PageUp   ? -10
                         : key == Qt::Key_PageDown ? 10
                                                   : 0;
        if (step != 0) {
            stepEpoch(step);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace f8net
