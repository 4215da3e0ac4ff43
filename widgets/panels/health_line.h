// SPDX-License-Identifier: GPL-3.0-or-later
/// The chosen run's health in one line of links: is it learning, which layers still move, which one clips most, do the
/// integer modes agree. A link chooses the layer it speaks of and asks for the view that shows it.
/// Threads  UI thread; the rules (core/health) are read on the reader's.
#pragma once

#include <QLabel>
#include <vector>

#include "core/health/run_health.h"
#include "widgets/models/run_table_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/view_registry.h"

namespace f8net {

/// One part of the line and where it leads.
struct HealthPart {
    QString text;   ///< "2 layers still moving"
    QString view;   ///< id, or kEvaluation: asks to evaluate the run; empty: leads nowhere
    QString layer;  ///< to choose; empty: as it is
    bool isTrouble = false;
    static constexpr const char* kEvaluation = "evaluation";
};
std::vector<HealthPart> describeHealth(const RunHealth& health);
/// The same without links.
HealthWords healthWords(const RunHealth& health);

class HealthLine final : public QLabel {
    Q_OBJECT
public:
    explicit HealthLine(const ViewContext& context, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void ask();
    void showParts(const std::vector<HealthPart>& parts);
    void breakLines();
    void follow(const QString& link);

    ViewContext m_context;
    StoreQuestion m_question;
    std::vector<HealthPart> m_parts;
};

}  // namespace f8net
