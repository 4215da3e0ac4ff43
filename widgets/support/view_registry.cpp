// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/view_registry.h"

#include <algorithm>

namespace f8net {

void ViewRegistry::add(ViewDescription view) {
    const auto same = std::find_if(m_views.begin(), m_views.end(), [&](const auto& v) { return v.id == view.id; });
    if (same != m_views.end()) {
        *same = std::move(view);
    } else {
        m_views.push_back(std::move(view));
    }
}

}  // namespace f8net
