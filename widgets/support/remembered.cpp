// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/remembered.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
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

void Remembered::keepColumns(const QString& key, QTableView* table, const std::function<QString(int)>& nameOf) {
    const QString widths = keyOf(key + "Widths"), sortedBy = keyOf(key + "SortedBy"), down = keyOf(key + "SortedDown"),
                  toggled = keyOf(key + "Toggled");
    const int count = table->model()->columnCount();
    const auto columnOf = [&](const QString& name) {
        for (int column = 0; column < count; ++column) {
            if (nameOf(column) == name) return column;
        }
        return -1;
    };
    QHeaderView* header = table->horizontalHeader();
    for (const QString& entry : m_settings.list(widths)) {
        const int column = columnOf(entry.section(' ', 0, 0)), width = entry.section(' ', 1).toInt();
        if (column >= 0 && width > 0)
            header->resizeSection(column, std::clamp(width, header->minimumSectionSize(), kWidestColumn));
    }
    std::vector<bool> hiddenAtFirst;
    for (int column = 0; column < count; ++column) hiddenAtFirst.push_back(header->isSectionHidden(column));
    for (const QString& name : m_settings.list(toggled)) {
        const int column = columnOf(name);
        if (column >= 0) header->setSectionHidden(column, !hiddenAtFirst[static_cast<size_t>(column)]);
    }
    if (const int column = columnOf(m_settings.value(sortedBy).toString()); column >= 0)
        table->sortByColumn(column, m_settings.flag(down, false) ? Qt::DescendingOrder : Qt::AscendingOrder);
    m_saves.emplace_back([=, this] {
        QStringList kept, others;
        for (int column = 0; column < std::min(count, header->count()); ++column) {
            const bool isHidden = header->isSectionHidden(column);
            if (isHidden != hiddenAtFirst[static_cast<size_t>(column)]) others << nameOf(column);
            header->showSection(column);  // hidden, it does not say the width it will have
            kept << QString("%1 %2").arg(nameOf(column)).arg(header->sectionSize(column));
        }
        m_settings.setValue(widths, kept);
        m_settings.setValue(toggled, others);
        const int sorted = header->sortIndicatorSection();
        m_settings.setValue(sortedBy, sorted >= 0 && sorted < header->count() ? nameOf(sorted) : QString());
        m_settings.setValue(down, flagText(header->sortIndicatorOrder() == Qt::DescendingOrder));
    });
}

}  // namespace f8net
