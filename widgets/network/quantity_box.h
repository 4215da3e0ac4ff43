// SPDX-License-Identifier: GPL-3.0-or-later
/// What the layers of a network are painted by, to choose from.
#pragma once

#include <QComboBox>

#include "widgets/network/network_data.h"

namespace f8net {

class QuantityBox final : public QComboBox {
    Q_OBJECT
public:
    explicit QuantityBox(QWidget* parent = nullptr);
    Quantity quantity() const;
    void setQuantity(Quantity quantity);  ///< says nothing

Q_SIGNALS:
    void chosen(f8net::Quantity quantity);  ///< by the user
};

}  // namespace f8net
