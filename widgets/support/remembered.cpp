// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/remembered.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QSplitter>
#include <QTabBar>
#include <QTableView>
#include <algorithm>

#include "widgets/support/settings.h"

namespace f8net {

namespace {

constexpr int kWidestColumn = 2000;

QString flagText(bool on) {
    return on ? "true" : "false";
}

}  // namespace

Remembered::Remembered(Settings& settings, const QString& view) : m_settings(settings), m_view(view) {}

Remembered::~Remembered() {
    for (const auto& save : m_saves) save();
}

void Remembered::restoreIndex(const QString& key, int count, const std::function<void(int)>& set) {
    const double index = m_settings.number(key, -1, 0, count - 1);
    if (index >= 0) set(static_cast<int>(index));
}

void Remembered::keep(const QString& key, QCheckBox* box) {
    const QString at = keyOf(key);
    box->setChecked(m_settings.flag(at, box->isChecked()));
    m_saves.emplace_back([this, at, box] { m_settings.setValue(at, flagText(box->isChecked())); });
}

void Remembered::keep(const QString& key, QComboBox* box) {
    const QString at = keyOf(key);
    if (box->currentData().isValid()) {
        const QString kept = m_settings.value(at).toString();
        for (int item = 0; item < box->count(); ++item) {
            if (box->itemData(item).isValid() && box->itemData(item).toString() == kept) box->setCurrentIndex(item);
        }
        m_saves.emplace_back([this, at, box] { m_settings.setValue(at, box->currentData().toString()); });
        return;
    }
    restoreIndex(at, box->count(), [box](int index) { box->setCurrentIndex(index); });
    m_saves.emplace_back([this, at, box] { m_settings.setValue(at, box->currentIndex()); });
}

void Remembered::keep(const QString& key, QSlider* slider) {
    const QString at = keyOf(key);
    slider->setValue(static_cast<int>(m_settings.number(at, slider->value(), slider->minimum(), slider->maximum())));
    m_saves.emplace_back([this, at, slider] { m_settings.setValue(at, slider->value()); });
}

void Remembered::keep(const QString& key, QSpinBox* box) {
    const QString at = keyOf(key);
    box->setValue(static_cast<int>(m_settings.number(at, box->value(), box->minimum(), box->maximum())));
    m_saves.emplace_back([this, at, box] { m_settings.setValue(at, box->value()); });
}

void Remembered::keep(const QString& key, QTabBar* tabs) {
    const QString at = keyOf(key);
    restoreIndex(at, tabs->count(), [tabs](int index) { tabs->setCurrentIndex(index); });
    m_saves.emplace_back([this, at, tabs] { m_settings.setValue(at, tabs->currentIndex()); });
}

void Remembered::keep(const QString& key, QSplitter* splitter) {
    const QString at = keyOf(key);
    splitter->restoreState(m_settings.value(at).toByteArray());
    m_saves.emplace_back([this, at, splitter] { m_settings.setValue(at, splitter->saveState()); });
}

void Remembered::keepColumns(QTableView* table, const std::function<QString(int)>& nameOf,
                             const std::function<bool(int)>& hasOwnWidth) {
    const QString shown = keyOf("columns"), hidden = keyOf("columnsHidden"), sortedBy = keyOf("sortedBy"),
                  down = keyOf("sortedDown");
    QHeaderView* header = table->horizontalHeader();
    header->setSectionsMovable(true);
    const auto columnOf = [&](const QString& name) {
        for (int column = 0; column < header->count() && !name.isEmpty(); ++column) {
            if (nameOf(column) == name) return column;
        }
        return -1;
    };
    const auto restore = [&](const QStringList& entries, bool isShown) {
        int place = 0;
        for (const QString& entry : entries) {
            const int column = columnOf(entry.section(' ', 0, 0)), width = entry.section(' ', 1).toInt();
            if (column < 0) continue;
            header->setSectionHidden(column, false);  // hidden, it takes no width
            if (isShown) header->moveSection(header->visualIndex(column), place++);
            if (width > 0)
                header->resizeSection(column, std::clamp(width, header->minimumSectionSize(), kWidestColumn));
            header->setSectionHidden(column, !isShown);
        }
    };
    const QStringList listed = m_settings.list(shown), notKept{QString()};
    const bool isKnown = std::any_of(listed.begin(), listed.end(),
                                     [&](const QString& entry) { return columnOf(entry.section(' ', 0, 0)) >= 0; });
    if (isKnown) {
        QStringList others = m_settings.list(hidden, notKept);
        if (others == notKept) {  // as the table of runs was kept at first: what is not listed is hidden
            for (int column = 0; column < header->count(); ++column) others << nameOf(column);
        }
        restore(others, false);
        restore(listed, true);
    }
    if (const int column = columnOf(m_settings.value(sortedBy).toString()); column >= 0)
        table->sortByColumn(column, m_settings.flag(down, false) ? Qt::DescendingOrder : Qt::AscendingOrder);
    m_saves.emplace_back([=, this] {
        const QSignalBlocker quiet(header);
        QStringList left, kept;
        for (int place = 0; place < header->count(); ++place) {
            const int column = header->logicalIndex(place);
            const QString name = nameOf(column);
            if (name.isEmpty()) continue;
            const bool isHidden = header->isSectionHidden(column);
            const bool isOwn =
                header->sectionResizeMode(column) == QHeaderView::Interactive && (!hasOwnWidth || hasOwnWidth(column));
            header->showSection(column);  // hidden, it does not say the width it will have
            (isHidden ? left : kept) << (isOwn ? QString("%1 %2").arg(name).arg(header->sectionSize(column)) : name);
        }
        m_settings.setValue(shown, kept);
        m_settings.setValue(hidden, left);
        const int sorted = header->sortIndicatorSection();
        m_settings.setValue(sortedBy, sorted >= 0 && sorted < header->count() ? nameOf(sorted) : QString());
        m_settings.setValue(down, flagText(header->sortIndicatorOrder() == Qt::DescendingOrder));
    });
}

}  // namespace f8net
