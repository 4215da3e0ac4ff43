// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/experiment_list.h"

#include <QDir>
#include <QFileInfo>
#include <QPainter>
#include <map>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "widgets/dialogs/data_preview.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/background.h"
#include "widgets/support/colors.h"
#include "widgets/support/icons.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

// kDataProblem: invalid until it was looked for; kLoads: false where it did not get as far.
enum Roles { kPath = Qt::UserRole, kAbout, kDataProblem, kKey, kLoads };

QString dataText(const QModelIndex& index) {
    const QVariant problem = index.data(kDataProblem);
    if (!problem.isValid()) return {};
    if (!index.data(kLoads).toBool()) return ExperimentList::tr("Does not load");
    return problem.toString().isEmpty() ? ExperimentList::tr("Data: there") : ExperimentList::tr("Data: not found");
}

struct Found {
    QString problem;  ///< with its data, or why it does not load; empty: none
    bool loads = true;
};

QString keyOf(const QListWidgetItem* item) {
    return item->data(kKey).toString();
}

/// Name bold, then what it is for, how long, and its data.
class ExperimentDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        const QRect area = option.rect.adjusted(12, 8, -8, -8);
        QFont bold = option.font;
        bold.setBold(true);
        painter->save();
        painter->setFont(bold);
        painter->setPen(colors.text);
        const int line = QFontMetrics(bold).height() + 2;
        painter->drawText(area, Qt::AlignLeft | Qt::AlignTop, index.data().toString());
        painter->setFont(option.font);
        painter->setPen(option.state & QStyle::State_Selected ? colors.text : colors.dim);
        painter->drawText(area.adjusted(0, line, 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                          index.data(kAbout).toString());
        if (const QString data = dataText(index); !data.isEmpty()) {
            const bool isMissing = !index.data(kDataProblem).toString().isEmpty();
            if (isMissing) painter->setPen(colors.warning);
            painter->drawText(area, Qt::AlignLeft | Qt::AlignBottom, data);
        }
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const int width =
            std::max(120, option.widget != nullptr && option.widget->isVisible() ? option.widget->width() - 40 : 240);
        const QFontMetrics metrics(option.font);
        const QRect text =
            metrics.boundingRect(QRect(0, 0, width, 1000), Qt::TextWordWrap, index.data(kAbout).toString());
        const bool isFile = !index.data(kPath).toString().isEmpty();
        return {width, metrics.height() + text.height() + 20 + (isFile ? metrics.lineSpacing() + 2 : 0)};
    }
};

}  // namespace

ExperimentList::ExperimentList(QWidget* parent) : QListWidget(parent) {
    setItemDelegate(new ExperimentDelegate(this));
    setAccessibleName(tr("Experiments"));
    setMinimumWidth(220);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setResizeMode(QListView::Adjust);
    applySelectionTint(this);
    connect(this, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        if (item != nullptr) Q_EMIT chosen(keyOf(item));
    });
}

void ExperimentList::fill(const QString& folder) {
    std::vector<std::string> problems;
    QStringList paths;
    for (const ExperimentSummary& summary : list_experiments(folder.toStdString(), &problems)) {
        const QString path = QString::fromStdString(summary.path);
        auto* item = new QListWidgetItem(QDir(folder).relativeFilePath(path).section('.', 0, 0));
        QString about = QString::fromStdString(summary.description).simplified();
        if (!summary.duration.empty())
            about += (about.isEmpty() ? "" : "\n") + QString::fromStdString(summary.duration);
        item->setData(kPath, path);
        item->setData(kKey, path);
        item->setData(kAbout, about);
        item->setData(Qt::AccessibleDescriptionRole, about);
        // The example first: it is what a newcomer should start.
        insertItem(path.endsWith("/quickstart.yaml") ? 0 : count(), item);
        paths << path;
    }
    for (const std::string& problem : problems) {
        auto* item = new QListWidgetItem(icon("crashed"), tr("Does not load"), this);
        item->setData(kAbout, QString::fromStdString(problem));
        item->setFlags(Qt::NoItemFlags);
    }
    lookForData(paths);
}

void ExperimentList::lookForData(const QStringList& paths) {
    inBackground(
        this,
        [paths] {
            std::map<QString, Found> all;  // by path
            for (const QString& path : paths) {
                try {
                    all[path] = {dataProblem(load_experiment(path.toStdString(), {}, {}).experiment), true};
                } catch (const Error& error) {
                    all[path] = {QString::fromUtf8(error.what()), false};
                }
            }
            return all;
        },
        [this](const std::map<QString, Found>& all) {
            for (int row = 0; row < count(); ++row) {
                const auto found = all.find(item(row)->data(kPath).toString());
                if (found == all.end()) continue;
                item(row)->setData(kLoads, found->second.loads);
                item(row)->setData(kDataProblem, found->second.problem);
                item(row)->setToolTip(found->second.problem);
            }
        });
}

void ExperimentList::addFirst(const QString& title, const QString& about) {
    auto* item = new QListWidgetItem(title);
    item->setData(kKey, title);
    item->setData(kAbout, about);
    item->setData(Qt::AccessibleDescriptionRole, about);
    insertItem(0, item);
    setCurrentRow(0);
}

QString ExperimentList::chosenKey() const {
    return currentItem() != nullptr ? keyOf(currentItem()) : QString();
}

void ExperimentList::chooseFile(const QString& path) {
    for (int row = 0; row < count(); ++row) {
        if (QFileInfo(item(row)->data(kPath).toString()) != QFileInfo(path)) continue;
        setCurrentRow(row);
        return;
    }
    auto* item = new QListWidgetItem(QFileInfo(path).fileName());
    item->setData(kPath, path);
    item->setData(kKey, path);
    item->setData(kAbout, QFileInfo(path).absolutePath());
    insertItem(0, item);
    setCurrentRow(0);
    lookForData({path});
}

}  // namespace f8net
