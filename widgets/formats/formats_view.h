// SPDX-License-Identifier: GPL-3.0-or-later
/// View 3, Formats: where the binary point is in each layer, how it got there, why, and the same as a table.
/// Threads  UI thread; data comes finished from the store's reader.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QWidget>
#include <memory>

#include "widgets/models/format_table_model.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QSplitter;

namespace f8net {

class FormatsPicture;
class LayerAnalysis;

class FormatsView final : public QWidget {
    Q_OBJECT
public:
    FormatsView(const ViewContext& context, QWidget* parent);
    FormatsPicture* picture() const { return m_picture; }
    LayerAnalysis* analysis() const { return m_analysis; }
    Q_INVOKABLE void exportView();  ///< the picture; asks where to
    /// All layers with all columns as CSV; false where the file cannot be written.
    bool exportTable(const QString& path) const;

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    static QString noRunText();
    void ask();
    void showFormats(const std::shared_ptr<const FormatsData>& formats);
    void showLayer();
    void askForTable();
    void showMenu(QWidget* at, const QPoint& position);
    void makeColumns();
    void fitColumns();
    void showColumnMenu(const QPoint& position);
    void followColumns();  ///< what is shown decides what is read
    void sortByNearness(bool on);

    ViewContext m_context;
    QComboBox* m_tensor;
    QCheckBox* m_movingFirst;
    FormatsPicture* m_picture;
    QLabel *m_layerLine, *m_why;
    FormatTableModel* m_model;
    QSortFilterProxyModel* m_sorted;
    QTableView* m_table;
    LayerAnalysis* m_analysis;
    QSplitter* m_splitter;
    EmptyState* m_empty;
    std::shared_ptr<const FormatsData> m_formats;
    Remembered m_remembered;
};

void registerFormatsView(ViewRegistry& registry);

}  // namespace f8net
