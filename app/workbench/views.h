// SPDX-License-Identifier: GPL-3.0-or-later
/// All views of this build, in the order of menus and tabs. A new view is one more line in views.cpp.
#pragma once

#include "widgets/support/view_registry.h"

namespace f8net {

ViewRegistry allViews();

}  // namespace f8net
