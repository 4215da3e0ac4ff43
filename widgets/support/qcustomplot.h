// SPDX-License-Identifier: GPL-3.0-or-later
/// The only place that includes QCustomPlot: its header uses Qt's keywords, which QT_NO_KEYWORDS takes away.
#pragma once

#include <QtCore>

#pragma push_macro("signals")
#pragma push_macro("slots")
#pragma push_macro("foreach")
#undef signals
#undef slots
#undef foreach
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#pragma pop_macro("foreach")
#pragma pop_macro("slots")
#pragma pop_macro("signals")
