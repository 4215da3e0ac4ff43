// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/details_view.h"

#include <QApplication>
#include <QClipboard>
#include <QCoreApplication>
#include <QFileInfo>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMenu>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

#include "core/config/option_table.h"
#include "widgets/models/run_table_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::DetailsView", text);
}
QString q(const std::string& text) {
    return QString::fromStdString(text);
}

void add(PropertyGroup& group, const QString& name, const QString& value, const QString& remark = {},
         bool isMono = false) {
    if (!value.isEmpty() && value != text::none()) group.rows.push_back({name, value, remark, isMono, false});
}

PropertyGroup summaryOf(const RunDetails& details) {
    const RunRecord& run = details.run;
    PropertyGroup group{tr("Run"), {}};
    add(group, tr("Name"), q(run.name));
    add(group, tr("State"), stateText(run), q(run.message));
    add(group, tr("Stage"), q(run.stage));
    if (run.best_top1)
        add(group, tr("Best top-1"), text::percent(*run.best_top1), tr("epoch %1").arg(run.best_epoch.value));
    if (run.last_top1) add(group, tr("Last top-1"), text::percent(*run.last_top1), tr("epoch %1").arg(run.epoch.value));
    add(group, tr("Model"), q(run.model));
    add(group, tr("Dataset"), q(run.dataset), q(run.dataset_fingerprint));
    add(group, tr("Device"), q(run.device));
    add(group, tr("Started"), text::moment(run.started_at),
        run.started_at > 0 ? text::isoMoment(run.started_at) : QString());
    if (run.duration_seconds > 0) {
        add(group, tr("Duration"), text::duration(run.duration_seconds),
            details.attempts.size() > 1 ? tr("%1 attempts").arg(details.attempts.size()) : QString());
    }
    if (run.parent) add(group, tr("Started from"), q(run.parent->text()), q(run.parent_checkpoint), true);
    add(group, tr("Experiment"), q(run.experiment), q(run.config_path));
    add(group, tr("Id"), q(run.id.text()), {}, true);
    add(group, tr("Folder"), q(run.folder), {}, true);
    add(group, tr("Command"), q(run.command), {}, true);
    QStringList tags;
    for (const std::string& tag : run.tags) tags << q(tag);
    add(group, tr("Tags"), tags.join(", "));
    add(group, tr("Note"), q(run.note));
    return group;
}

PropertyGroup evaluationsOf(const RunDetails& details) {
    PropertyGroup group{tr("Accuracy by numbers"), {}};
    for (const EvaluationRecord& e : details.evaluations) {
        QString remark = tr("%1 images, %2").arg(text::count(e.images), q(e.split));
        if (e.integer_modes_agree)
            remark += *e.integer_modes_agree ? tr("; integer modes agree") : tr("; integer modes differ");
        add(group, q(e.mode),
            text::percent(e.top1) + (e.top5 > 0 ? tr(", top-5 %1").arg(text::percent(e.top5)) : QString()), remark);
    }
    return group;
}

PropertyGroup artifactsOf(const RunDetails& details) {
    PropertyGroup group{tr("Files"), {}};
    for (const ArtifactRecord& artifact : details.artifacts) {
        QString remark = text::size(artifact.size_bytes);
        if (artifact.is_checkpoint) remark += tr(", epoch %1").arg(artifact.epoch.value);
        if (!artifact.hash.empty()) remark += ", " + q(artifact.hash).left(12);
        add(group, q(artifact.role), QFileInfo(q(artifact.path)).fileName(), remark, true);
    }
    return group;
}

/// Flat JSON as rows; what lies deeper gets dotted names.
void addJson(PropertyGroup& group, const QString& prefix, const QJsonObject& object) {
    for (auto entry = object.begin(); entry != object.end(); ++entry) {
        const QString name = prefix.isEmpty() ? entry.key() : prefix + "." + entry.key();
        if (entry->isObject()) {
            addJson(group, name, entry->toObject());
        } else {
            add(group, name, entry->toVariant().toString());
        }
    }
}

PropertyGroup configurationOf(const RunDetails& details, const QJsonObject& origins) {
    PropertyGroup group{tr("Configuration"), {}};
    for (const auto& [key, value] : details.run.config_values) {
        PropertyRow row{q(key), q(value), {}, false, false};
        if (row.value.isEmpty()) row.value = text::none();
        if (const OptionRow* option = find_option(key)) {
            const std::string fallback = format_value(option->default_value());
            row.isEmphasized = value != fallback;
            row.remark = row.isEmphasized ? tr("default is %1").arg(fallback.empty() ? text::none() : q(fallback))
                                          : tr("default");
        }
        // Where it was set: "quickstart.yaml:14:3", "--set", a variable.
        if (const QString origin = origins.value(q(key)).toString(); !origin.isEmpty()) {
            row.remark = row.isEmphasized ? origin + "; " + row.remark : origin;
        } else if (row.remark.isEmpty()) {
            row.remark = tr("set in %1").arg(q(details.run.experiment));
        }
        group.rows.push_back(row);
    }
    return group;
}

/// Headings stay as long as one of their rows is left.
class TreeFilter final : public QSortFilterProxyModel {
public:
    explicit TreeFilter(QObject* parent) : QSortFilterProxyModel(parent) {
        setRecursiveFilteringEnabled(true);
        setFilterKeyColumn(-1);
        setFilterCaseSensitivity(Qt::CaseInsensitive);
    }
};

}  // namespace

std::vector<PropertyGroup> describeRun(const RunDetails& details) {
    QJsonObject known = QJsonDocument::fromJson(QByteArray::fromStdString(details.run.environment)).object();
    const QJsonObject origins = known.take("origins").toObject();
    std::vector<PropertyGroup> groups{summaryOf(details), evaluationsOf(details), configurationOf(details, origins),
                                      artifactsOf(details)};
    PropertyGroup environment{tr("Environment"), {}};
    addJson(environment, {}, known);
    groups.push_back(environment);
    std::erase_if(groups, [](const PropertyGroup& group) { return group.rows.empty(); });
    return groups;
}

DetailsView::DetailsView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_find(new QLineEdit),
      m_model(new PropertyModel(this)),
      m_filter(new TreeFilter(this)),
      m_tree(new QTreeView) {
    m_filter->setSourceModel(m_model);
    m_find->setPlaceholderText(tr("Find a name or value"));
    m_find->setClearButtonEnabled(true);
    m_find->setAccessibleName(tr("Find in details"));
    m_tree->setModel(m_filter);
    m_tree->setItemDelegate(new QStyledItemDelegate(m_tree));
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setUniformRowHeights(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setAccessibleName(tr("Details of the run"));
    m_tree->header()->setStretchLastSection(true);
    m_tree->header()->resizeSection(PropertyModel::kName, 200);
    m_tree->header()->resizeSection(PropertyModel::kValue, 200);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    applySelectionTint(m_tree);
    auto* content = new QWidget;
    auto* inner = new QVBoxLayout(content);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(8);
    inner->addWidget(m_find);
    inner->addWidget(m_tree, 1);
    m_empty =
        new EmptyState(content, tr("Choose a run (Ctrl+1); its configuration, environment and files are listed here."));
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_empty);

    connect(m_find, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_filter->setFilterFixedString(text);
        m_tree->expandAll();
    });
    connect(m_tree, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        const QModelIndex index = m_tree->indexAt(at);
        if (!index.isValid()) return;
        QMenu menu(this);
        menu.addAction(tr("&Copy value"), this, [index] {
            QApplication::clipboard()->setText(index.siblingAtColumn(PropertyModel::kValue).data().toString());
        });
        menu.exec(m_tree->viewport()->mapToGlobal(at));
    });
    const auto ask = [this] { m_context.store.followDetails(m_context.selection.run()); };
    connect(&context.selection, &Selection::runChanged, this, ask);
    connect(&context.store, &StoreFollower::detailsReady, this, &DetailsView::showDetails);
    ask();
}

void DetailsView::showDetails(const std::shared_ptr<const RunDetails>& details) {
    if (details->run.id != m_context.selection.run()) return;
    m_model->setGroups(describeRun(*details));
    m_empty->setEmpty(false);
    const QString id = q(details->run.id.text());
    if (id == m_shownRun) return;
    m_shownRun = id;
    m_tree->expandAll();
    for (int row = 0; row < m_filter->rowCount(); ++row) m_tree->setFirstColumnSpanned(row, {}, true);
}

void DetailsView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_tree);
}

void registerDetailsView(ViewRegistry& registry) {
    registry.add(
        {"details", tr("Details"), "details", ViewPlace::kLeftBottom, true, QKeySequence("Alt+Return"),
         tr("Everything the chosen run was made of. Values in bold differ from the program's defaults. Files carry "
            "size and hash; accuracies are listed by the numbers they were computed with."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new DetailsView(context, parent); }});
}

}  // namespace f8net
