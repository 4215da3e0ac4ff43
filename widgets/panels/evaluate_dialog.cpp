// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/evaluate_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"

namespace f8net {

EvaluateDialog::EvaluateDialog(const QString& what, const QString& modes, QWidget* parent)
    : QDialog(parent), m_modes(new QComboBox), m_images(new QComboBox), m_folder(new QLineEdit) {
    setWindowTitle(tr("Evaluate %1").arg(what));
    m_modes->addItem(tr("All, and whether the integer modes agree"), "all");
    m_modes->addItem(tr("Integers only (the quickest)"), "integer-only");
    m_modes->addItem(tr("Floating point only"), "float");
    m_modes->addItem(tr("Those of the experiment"), QString());
    m_modes->setCurrentIndex(std::max(0, m_modes->findData(modes)));
    m_modes->setAccessibleName(tr("Numeric modes"));
    m_images->addItem(tr("As many as the experiment says"), 0);
    for (const int count : {500, 2'000, 10'000}) m_images->addItem(tr("The first %1").arg(text::count(count)), count);
    m_images->setAccessibleName(tr("Images of the test set"));
    m_folder->setPlaceholderText(tr("As the run says"));
    m_folder->setAccessibleName(tr("Folder of the data"));
    auto* choose = new QPushButton(tr("&Choose…"));
    choose->setAutoDefault(false);
    connect(choose, &QPushButton::clicked, this, &EvaluateDialog::askFolder);
    auto* folder = new QHBoxLayout;
    folder->setSpacing(8);
    folder->addWidget(m_folder, 1);
    folder->addWidget(choose);
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setHorizontalSpacing(8);
    form->setVerticalSpacing(8);
    form->addRow(tr("&Modes"), m_modes);
    form->addRow(tr("&Images"), m_images);
    auto* folderName = new QLabel(tr("&Data"));
    folderName->setBuddy(m_folder);
    form->addRow(folderName, folder);
    auto* about = new QLabel(
        tr("Runs in the background (Log and jobs, Jobs). The results appear in Details and in Runs; runs that were "
           "evaluated on the same images can be compared beyond chance."));
    about->setWordWrap(true);
    about->setForegroundRole(QPalette::PlaceholderText);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    auto* start = buttons->addButton(tr("&Evaluate"), QDialogButtonBox::AcceptRole);
    start->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(16);
    layout->addLayout(form);
    layout->addWidget(about);
    layout->addWidget(buttons);
    setMinimumWidth(440);
    m_modes->setFocus();
}

EvaluationChoice EvaluateDialog::choice() const {
    return {m_modes->currentData().toString(), m_images->currentData().toInt(), m_folder->text().trimmed()};
}

void EvaluateDialog::askFolder() {
    const QString folder = outside().askFolder(this, tr("Folder of the data"), m_folder->text());
    if (!folder.isEmpty()) m_folder->setText(folder);
}

}  // namespace f8net
