// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/mnemonics.h"

#include <QAction>
#include <QMenu>
#include <set>

namespace f8net {

namespace {

/// Where the single '&' stands; -1: nowhere.
qsizetype findMark(const QString& text) {
    for (qsizetype i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '&') continue;
        if (text[i + 1] != '&') return i;
        ++i;
    }
    return -1;
}

/// The best place for a mark before a letter that is still free; -1: none.
qsizetype findPlace(const QString& text, const std::set<QChar>& taken) {
    const auto isFree = [&](qsizetype i) { return text[i].isLetterOrNumber() && taken.count(text[i].toLower()) == 0; };
    for (qsizetype i = 0; i < text.size(); ++i) {
        if ((i == 0 || !text[i - 1].isLetterOrNumber()) && isFree(i)) return i;
    }
    for (qsizetype i = 0; i < text.size() && text[i] != '\t'; ++i) {
        if (isFree(i)) return i;
    }
    return -1;
}

}  // namespace

void fillMnemonics(QMenu& menu) {
    std::set<QChar> taken;
    for (const QAction* action : menu.actions()) {
        if (const qsizetype mark = findMark(action->text()); mark >= 0)
            taken.insert(action->text()[mark + 1].toLower());
    }
    for (QAction* action : menu.actions()) {
        const QString text = action->text();
        if (action->isSeparator() || findMark(text) >= 0) continue;
        const qsizetype place = findPlace(text, taken);
        if (place < 0) continue;
        taken.insert(text[place].toLower());
        action->setText(QString(text).insert(place, '&'));
    }
}

}  // namespace f8net
