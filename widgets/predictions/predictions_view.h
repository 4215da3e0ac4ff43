// SPDX-License-Identifier: GPL-3.0-or-later
/// View 8, Predictions: which images change their class between the unrounded network and the integer one, with both
/// answers, and where in the network the difference grew. What it shows is the file that `f8net analyze flips` keeps
/// with the run; the view starts that.
/// Threads  UI thread; the file is read on the reader's thread, pictures on others, the analysis is another process.
#pragma once

#include <QLabel>
#include <QWidget>
#include <memory>

#include "widgets/models/store_follower.h"
#include "widgets/predictions/flips_data.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QComboBox;
class QLineEdit;
class QSplitter;
class QTableView;
class QHBoxLayout;
class QVBoxLayout;

namespace f8net {

class DatasetPictures;
class EmptyState;
class FlipFilterModel;
class FlipSearch;
class FlipTableModel;
class ImagePanel;

class PredictionsView final : public QWidget {
    Q_OBJECT
public:
    PredictionsView(const ViewContext& context, QWidget* parent);

    QString sentence() const { return m_sentence->text(); }
    bool isEmpty() const;
    QString emptyText() const;
    QTableView* table() const { return m_table; }
    QComboBox* verdicts() const { return m_verdicts; }
    QLineEdit* words() const { return m_words; }
    FlipSearch* search() const { return m_search; }
    ImagePanel* panel() const { return m_panel; }

    Q_INVOKABLE void exportView();  ///< asks where to: the plot with the focus, else the list as CSV
    bool exportTo(const QString& path) const;

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeContent();
    void ask();
    void showFound(const RunFlips& found);
    void showList(const RunFlips& found);
    void showEmpty();
    void showImage();
    void showCount();

    ViewContext m_context;
    StoreQuestion m_question;
    RunFlips m_found;
    RunId m_shownRun;
    bool m_isAnswered = false;
    DatasetPictures* m_pictures;
    FlipTableModel* m_model;
    FlipFilterModel* m_filter;
    QLabel *m_sentence, *m_count;
    QComboBox* m_verdicts;
    QLineEdit* m_words;
    QTableView* m_table;
    ImagePanel* m_panel;
    QSplitter* m_splitter;
    EmptyState* m_empty;
    FlipSearch* m_search;
    QHBoxLayout* m_top;  ///< the sentence, and beside it the search once something is found
    QVBoxLayout* m_layout;
    Remembered m_remembered;
};

void registerPredictionsView(ViewRegistry& registry);

}  // namespace f8net
