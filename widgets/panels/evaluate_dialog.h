// SPDX-License-Identifier: GPL-3.0-or-later
/// Asks how a trained run is evaluated: in which modes, on how many images, of which folder.
/// Threads  UI thread.
#pragma once

#include <QComboBox>
#include <QDialog>
#include <QLineEdit>

#include "widgets/panels/run_checks.h"

namespace f8net {

class EvaluateDialog final : public QDialog {
    Q_OBJECT
public:
    /// `what` is evaluated: "quickstart", "3 runs"; `modes` are those proposed, as in EvaluationChoice.
    EvaluateDialog(const QString& what, const QString& modes, QWidget* parent);
    EvaluationChoice choice() const;

private:
    void askFolder();

    QComboBox *m_modes, *m_images;
    QLineEdit* m_folder;
};

}  // namespace f8net
