// SPDX-License-Identifier: GPL-3.0-or-later
/// View 11, Details: everything a run was made of: summary, lineage, accuracies, resolved configuration with the origin
/// of each value, environment, files with size and hash, and a note that is written here.
/// Threads  UI thread; data comes from the store's reader, files are hashed on other threads.
#pragma once

#include <QLineEdit>
#include <QTimer>
#include <QTreeView>
#include <QWidget>
#include <functional>
#include <map>
#include <memory>

#include "core/base/units.h"
#include "widgets/models/property_model.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QPlainTextEdit;
class QSortFilterProxyModel;

namespace f8net {

struct RunDetails;

/// What else the groups say than the store's row does.
struct DetailsContext {
    std::function<QString(const RunId&)> nameOf;  ///< of another run; its id where that is not known
    std::map<QString, QString> verified;          ///< path -> what hashing the file now said
};
/// The groups shown for a run; apart from widgets, so that it can be tested.
std::vector<PropertyGroup> describeRun(const RunDetails& details, const DetailsContext& context);

class DetailsView final : public QWidget {
    Q_OBJECT
public:
    DetailsView(const ViewContext& context, QWidget* parent);
    ~DetailsView() override;

    QTreeView* tree() const { return m_tree; }
    QLineEdit* find() const { return m_find; }
    QPlainTextEdit* note() const { return m_note; }
    /// Of a row of tree()'s model: reads the file and says whether it is still the one that the store knows.
    void verify(const QModelIndex& row);
    /// Selected rows, "name: value (from)".
    void copyRows() const;

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void makeTree();
    void makeNote();
    void showDetails(const std::shared_ptr<const RunDetails>& details);
    void describe();
    void showMenu(const QPoint& at);
    void follow(const QModelIndex& row);
    void saveNote();
    void fitNote();  ///< as high as its lines

    ViewContext m_context;
    QLineEdit* m_find;
    PropertyModel* m_model;
    QSortFilterProxyModel* m_filter;
    QTreeView* m_tree;
    QPlainTextEdit* m_note;
    QTimer m_noteSoon;
    EmptyState* m_empty;
    std::shared_ptr<const RunDetails> m_details;
    std::map<QString, QString> m_verified;
    QString m_savedNote;
};

void registerDetailsView(ViewRegistry& registry);

}  // namespace f8net
