// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/ask_line.h"

#include <QDialogButtonBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QPushButton>
#include <algorithm>

namespace f8net {

namespace {
constexpr int kFewestCharacters = 64, kMostCharacters = 112;  // of average width
constexpr int kMoreToType = 12;
}  // namespace

std::optional<QString> askLine(QWidget* parent, const QString& title, const QString& label, const QString& proposed,
                               EmptyLine empty) {
    QInputDialog dialog(parent);
    dialog.setWindowTitle(title);
    dialog.setLabelText(label);
    dialog.setTextValue(proposed);
    dialog.sizeHint();  // makes its parts
    auto* line = dialog.findChild<QLineEdit*>();
    line->setAccessibleName(title);
    const QFontMetrics metrics = dialog.fontMetrics();
    const int character = metrics.averageCharWidth();
    line->setMinimumWidth(std::clamp(metrics.horizontalAdvance(proposed) + kMoreToType * character,
                                     kFewestCharacters * character, kMostCharacters * character));
    QPushButton* ok = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    const auto allow = [ok, empty](const QString& text) {
        ok->setEnabled(empty == EmptyLine::kAllowed || !text.trimmed().isEmpty());
    };
    QObject::connect(line, &QLineEdit::textChanged, &dialog, allow);
    allow(proposed);
    if (dialog.exec() != QDialog::Accepted) return std::nullopt;
    return dialog.textValue().trimmed();
}

}  // namespace f8net
