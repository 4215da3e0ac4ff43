// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/place_bar.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <algorithm>
#include <iterator>

#include "core/store/run_reader.h"
#include "widgets/support/fonts.h"
#include "widgets/support/selection.h"

namespace f8net {

PlaceBar::PlaceBar(Selection& selection, StoreFollower& store, QWidget* parent)
    : QWidget(parent),
      m_selection(selection),
      m_layer(new QComboBox),
      m_epoch(new QSlider(Qt::Horizontal)),
      m_epochText(new QLabel),
      m_layerLabel(new QLabel(tr("Layer"))),
      m_epochLabel(new QLabel(tr("Epoch"))),
      m_question(store) {
    m_layer->setEditable(true);
    m_layer->setInsertPolicy(QComboBox::NoInsert);
    m_layer->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_layer->completer()->setFilterMode(Qt::MatchContains);
    m_layer->lineEdit()->setPlaceholderText(tr("No layer"));
    m_layer->lineEdit()->installEventFilter(this);
    m_layer->setMinimumWidth(std::max(200, columnWidth(fontMetrics(), "stage_0_layer_0.shortcut.0") + 24));
    m_layer->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_layer->setAccessibleName(tr("Layer"));
    m_layer->setToolTip(
        tr("Layer that all views show (Alt+Up, Alt+Down); type a part of its name, F3 goes to the next"));
    m_layer->setMaxVisibleItems(24);
    m_epoch->setFixedWidth(132);
    m_epoch->setAccessibleName(tr("Epoch"));
    m_epoch->setToolTip(tr("Epoch that all views show (, and . while the slider has the focus; Home, End)"));
    m_epoch->installEventFilter(this);
    m_epochText->setMinimumWidth(m_epochText->fontMetrics().horizontalAdvance("100, latest") + 4);
    m_layerLabel->setBuddy(m_layer);
    m_epochLabel->setBuddy(m_epoch);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);  // labels stay beside what they name
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 4, 0);
    layout->setSpacing(8);
    layout->addWidget(m_layerLabel);
    layout->addWidget(m_layer);
    layout->addSpacing(8);
    layout->addWidget(m_epochLabel);
    layout->addWidget(m_epoch);
    layout->addWidget(m_epochText);
    connect(m_layer, &QComboBox::activated, this, [this](int index) {
        m_selection.setLayer(m_layer->itemText(index));
        Q_EMIT found();
    });
    connect(m_layer->lineEdit(), &QLineEdit::textEdited, this, [this](const QString& text) { m_wanted = text; });
    connect(m_layer->lineEdit(), &QLineEdit::returnPressed, this, [this] {
        const bool isName = m_layer->findText(m_layer->currentText(), Qt::MatchFixedString) >= 0;
        m_layer->completer()->popup()->hide();
        if (!isName) findNext(1);
        m_layer->setEditText(m_selection.layer());
        Q_EMIT found();
    });
    connect(m_layer->lineEdit(), &QLineEdit::editingFinished, this,
            [this] { m_layer->setEditText(m_selection.layer()); });
    connect(m_epoch, &QSlider::valueChanged, this, [this](int index) {
        if (index < 0 || index >= static_cast<int>(m_epochs.size())) return;
        const bool isLatest = index + 1 == static_cast<int>(m_epochs.size());
        m_selection.setEpoch(isLatest ? std::nullopt : std::optional(Epoch{m_epochs[static_cast<size_t>(index)]}));
    });
    connect(&selection, &Selection::layerChanged, this,
            [this] { m_layer->setCurrentIndex(m_layer->findText(m_selection.layer())); });
    connect(&selection, &Selection::runChanged, this, [this] {
        m_withFormats.clear();
        ask();
    });
    connect(&selection, &Selection::epochChanged, this, &PlaceBar::showEpoch);
    connect(&store, &StoreFollower::formatsReady, this, &PlaceBar::showFormats);
    ask();
    showEpoch();
}

void PlaceBar::ask() {
    m_question.ask(
        [run = m_selection.run()](const RunReader& reader) {
            Places places;
            if (run.empty()) return places;
            for (const LayerDescription& layer : reader.layers(run))
                places.layers << QString::fromStdString(layer.name);
            for (const Epoch epoch : reader.histogram_epochs(run)) places.epochs.push_back(epoch.value);
            return places;
        },
        [this](const Places& places) { showPlaces(places); });
}

void PlaceBar::showPlaces(const Places& places) {
    if (places.layers != layers()) {
        const QSignalBlocker quiet(m_layer);
        m_layer->clear();
        m_layer->addItems(places.layers);
        m_layer->setCurrentIndex(m_layer->findText(m_selection.layer()));
    }
    m_withHistograms = places.epochs;
    showEpochs();
}

void PlaceBar::showFormats(const std::shared_ptr<const FormatsData>& formats) {
    if (formats->request.run != m_selection.run()) return;
    m_withFormats = formats->epochs;
    showEpochs();
}

/// What any view can show: a float stage has histograms, but no formats.
void PlaceBar::showEpochs() {
    m_epochs.clear();
    std::set_union(m_withHistograms.begin(), m_withHistograms.end(), m_withFormats.begin(), m_withFormats.end(),
                   std::back_inserter(m_epochs));
    showEpoch();
}

void PlaceBar::showEpoch() {
    const bool isThere = !m_epochs.empty();
    m_layer->setEnabled(m_layer->count() > 0);
    m_layerLabel->setEnabled(m_layer->count() > 0);
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

bool PlaceBar::find() {
    if (!m_layer->isEnabled()) return false;
    m_layer->setFocus(Qt::ShortcutFocusReason);
    m_layer->lineEdit()->selectAll();
    return true;
}

void PlaceBar::findNext(int by) {
    const int count = m_layer->count(), from = m_layer->currentIndex();
    for (int step = 1; step <= count && !m_wanted.isEmpty(); ++step) {
        const QString name = m_layer->itemText(((from + by * step) % count + count) % count);
        if (name.contains(m_wanted, Qt::CaseInsensitive)) return m_selection.setLayer(name);
    }
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
    if (watched == m_layer->lineEdit() && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        m_layer->setEditText(m_selection.layer());
        Q_EMIT found();
        return true;
    }
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
