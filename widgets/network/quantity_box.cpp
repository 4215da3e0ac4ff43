// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/quantity_box.h"

namespace f8net {

QuantityBox::QuantityBox(QWidget* parent) : QComboBox(parent) {
    for (const Quantity quantity : allQuantities()) addItem(titleOf(quantity), keyOf(quantity));
    setAccessibleName(tr("Quantity that the layers are painted by"));
    connect(this, &QComboBox::activated, this, [this] { Q_EMIT chosen(quantity()); });
}

Quantity QuantityBox::quantity() const {
    return allQuantities()[static_cast<size_t>(currentIndex())];
}

void QuantityBox::setQuantity(Quantity quantity) {
    setCurrentIndex(findData(keyOf(quantity)));
}

}  // namespace f8net
