// SPDX-License-Identifier: GPL-3.0-or-later
/// Light, dark or as the desktop says: palette and style of the whole program.
/// Threads  UI thread.
#pragma once

#include <QString>
#include <optional>

class QAbstractItemView;
class QApplication;

namespace f8net {

enum class ThemeChoice { kSystem, kLight, kDark };
std::optional<ThemeChoice> themeChoiceFromString(const QString& text);
QString toString(ThemeChoice choice);

/// What the desktop asks for: the portal's org.freedesktop.appearance color-scheme where there is a session bus, else
/// the lightness of the palette the platform gave us. Waits at most 100 ms for the portal.
bool systemPrefersDark();

/// Before the first window: Fusion with our proxy style, a font that exists.
void installStyle(QApplication& application);
void applyTheme(QApplication& application, ThemeChoice choice);

/// The soft row tint belongs to item views alone: application-wide it would wash out sliders. Call on creation and on
/// QEvent::PaletteChange.
void applySelectionTint(QAbstractItemView* view);

}  // namespace f8net
