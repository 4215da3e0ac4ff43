// SPDX-License-Identifier: GPL-3.0-or-later
/// View 11, Details: everything a run was made of: summary, accuracies, resolved configuration, environment, files,
/// notes. Threads  UI thread; data comes from the store's reader.
#pragma once

#include <QLineEdit>
#include <QTreeView>
#include <QWidget>
#include <memory>

#include "widgets/models/property_model.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QSortFilterProxyModel;

namespace f8net {

struct RunDetails;

/// The groups shown for a run; apart from widgets, so that it can be tested.
std::vector<PropertyGroup> describeRun(const RunDetails& details);

class DetailsView final : public QWidget {
    Q_OBJECT
public:
    DetailsView(const ViewContext& context, QWidget* parent);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showDetails(const std::shared_ptr<const RunDetails>& details);

    ViewContext m_context;
    QLineEdit* m_find;
    PropertyModel* m_model;
    QSortFilterProxyModel* m_filter;
    QTreeView* m_tree;
    EmptyState* m_empty;
    QString m_shownRun;
};

void registerDetailsView(ViewRegistry& registry);

}  // namespace f8net
