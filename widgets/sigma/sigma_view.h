// SPDX-License-Identifier: GPL-3.0-or-later
/// View 9, Sigma explorer: why a spread of data wants its fractional length, and where the chosen run's layers are on
/// these curves. Without a run the curves alone.
/// Threads  UI thread; curves and marks are made on the store reader's thread.
#pragma once

#include <QLabel>
#include <QWidget>
#include <memory>

#include "widgets/models/store_follower.h"
#include "widgets/sigma/sigma_data.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QSpinBox;

namespace f8net {

class SigmaChart;

class SigmaView final : public QWidget {
    Q_OBJECT
public:
    SigmaView(const ViewContext& context, QWidget* parent);
    SigmaChart* chart(bool isSigned) const { return isSigned ? m_signed : m_unsigned; }
    QString sentence() const { return m_sentence->text(); }
    Q_INVOKABLE void exportView();  ///< asks where to; the chart with the focus, else the unsigned one

private:
    void ask();
    void showData(const SigmaData& shown);
    void showLayer();

    ViewContext m_context;
    StoreQuestion m_question;
    std::shared_ptr<SigmaReader> m_reader;  ///< used on the reader's thread alone
    QSpinBox* m_wordLength;
    SigmaChart *m_unsigned, *m_signed;
    QLabel* m_sentence;
    std::shared_ptr<const SigmaData> m_data;
    Remembered m_remembered;
};

void registerSigmaView(ViewRegistry& registry);

}  // namespace f8net
