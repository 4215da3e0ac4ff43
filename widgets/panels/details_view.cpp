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
#include <QPlainTextEdit>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/atomic_folder.h"
#include "core/base/error.h"
#include "core/config/option_table.h"
#include "core/store/run_store.h"
#include "widgets/models/run_table_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/background.h"
#include "widgets/support/fonts.h"
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

PropertyGroup summaryOf(const RunDetails& details, const DetailsContext& context) {
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
    const auto addLink = [&](const QString& name, const RunId& other, const QString& remark) {
        PropertyRow row{name, context.nameOf(other), remark};
        row.run = q(other.text());
        group.rows.push_back(std::move(row));
    };
    if (run.parent) {
        addLink(tr("Started from"), *run.parent, q(run.parent_checkpoint));
    } else {
        add(group, tr("Started from"), QFileInfo(q(run.parent_checkpoint)).fileName(), q(run.parent_checkpoint));
    }
    for (const RunId& child : run.children) addLink(tr("Led to"), child, {});
    add(group, tr("Experiment"), q(run.experiment), q(run.config_path));
    add(group, tr("Id"), q(run.id.text()), {}, true);
    add(group, tr("Folder"), q(run.folder), {}, true);
    add(group, tr("Command"), q(run.command), {}, true);
    QStringList tags;
    for (const std::string& tag : run.tags) tags << q(tag);
    add(group, tr("Tags"), tags.join(", "));
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

PropertyGroup artifactsOf(const RunDetails& details, const DetailsContext& context) {
    PropertyGroup group{tr("Files"), {}};
    for (const ArtifactRecord& artifact : details.artifacts) {
        PropertyRow row{q(artifact.role), QFileInfo(q(artifact.path)).fileName(), text::size(artifact.size_bytes)};
        if (artifact.is_checkpoint) row.remark += tr(", epoch %1").arg(artifact.epoch.value);
        row.file = q(artifact.path);
        row.hash = q(artifact.hash);
        if (!row.hash.isEmpty()) row.remark += ", " + row.hash;
        if (const auto verified = context.verified.find(row.file); verified != context.verified.end()) {
            row.remark = verified->second + "; " + row.remark;
        }
        group.rows.push_back(std::move(row));
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
        // The file's name is enough: the experiment's path is above.
        if (const QString origin = origins.value(q(key)).toString().section('/', -1); !origin.isEmpty()) {
            row.remark = row.isEmphasized ? origin + "; " + row.remark : origin;
        } else if (row.remark.isEmpty()) {
            row.remark = tr("set in %1").arg(q(details.run.experiment));
        }
        group.rows.push_back(row);
    }
    return group;
}

/// What hashing it now says of a file. Reads all of it.
QString verifyFile(const QString& path, const QString& hash) {
    try {
        return q(hash_path_hex(path.toStdString())) == hash ? tr("unchanged") : tr("CHANGED since it was written");
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
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

/// As high as the compact rows of tables.
class CompactRows final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QSize size = QStyledItemDelegate::sizeHint(option, index);
        return {size.width(), std::max(size.height(), option.fontMetrics.height() + 8)};
    }
};

}  // namespace

std::vector<PropertyGroup> describeRun(const RunDetails& details, const DetailsContext& context) {
    QJsonObject known = QJsonDocument::fromJson(QByteArray::fromStdString(details.run.environment)).object();
    const QJsonObject origins = known.take("origins").toObject();
    std::vector<PropertyGroup> groups{summaryOf(details, context), evaluationsOf(details),
                                      configurationOf(details, origins), artifactsOf(details, context)};
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
      m_tree(new QTreeView),
      m_note(new QPlainTextEdit) {
    m_filter->setSourceModel(m_model);
    m_find->setObjectName("find");  // Ctrl+F
    m_find->setPlaceholderText(tr("Find a name or value"));
    m_find->setClearButtonEnabled(true);
    m_find->setAccessibleName(tr("Find in details"));
    makeTree();
    makeNote();
    auto* content = new QWidget;
    auto* inner = new QVBoxLayout(content);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(8);
    inner->addWidget(m_find);
    inner->addWidget(m_tree, 1);
    inner->addWidget(m_note);
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
    const auto ask = [this] { m_context.store.followDetails(m_context.selection.run()); };
    connect(&context.selection, &Selection::runChanged, this, ask);
    connect(&context.store, &StoreFollower::detailsReady, this, &DetailsView::showDetails);
    connect(&context.runActions, &RunActions::runsUpdated, this, &DetailsView::describe);  // names of other runs
    ask();
}

DetailsView::~DetailsView() {
    saveNote();
}

void DetailsView::makeTree() {
    m_tree->setModel(m_filter);
    m_tree->setItemDelegate(new CompactRows(m_tree));
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setUniformRowHeights(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setAccessibleName(tr("Details of the run"));
    m_tree->header()->resizeSection(PropertyModel::kName,
                                    columnWidth(fontMetrics(), "quantization.format_policy") + 20);
    // What the names leave is the others': beside a narrow view's edge nothing has to be scrolled to.
    m_tree->header()->setStretchLastSection(false);
    for (const int column : {PropertyModel::kValue, PropertyModel::kRemark})
        m_tree->header()->setSectionResizeMode(column, QHeaderView::Stretch);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    applySelectionTint(m_tree);
    auto* copy = new QAction(tr("&Copy rows"), m_tree);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    m_tree->addAction(copy);
    connect(copy, &QAction::triggered, this, &DetailsView::copyRows);
    connect(m_tree, &QWidget::customContextMenuRequested, this, &DetailsView::showMenu);
    connect(m_tree, &QTreeView::activated, this, &DetailsView::follow);
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == PropertyModel::kValue) follow(index);
    });
}

void DetailsView::makeNote() {
    m_note->setPlaceholderText(tr("Note: what this run was for, what came of it"));
    m_note->setAccessibleName(tr("Note of the run"));
    m_note->setTabChangesFocus(true);
    fitNote();
    m_note->installEventFilter(this);
    constexpr int kPause = 800;  // ms of no typing
    m_noteSoon.setSingleShot(true);
    m_noteSoon.setInterval(kPause);
    connect(&m_noteSoon, &QTimer::timeout, this, &DetailsView::saveNote);
    connect(m_note, &QPlainTextEdit::textChanged, &m_noteSoon, qOverload<>(&QTimer::start));
    connect(m_note, &QPlainTextEdit::textChanged, this, &DetailsView::fitNote);
}

void DetailsView::fitNote() {
    constexpr int kMostLines = 5;
    const int lines = std::clamp(m_note->blockCount(), 1, kMostLines);
    const int margins = 2 * (m_note->frameWidth() + static_cast<int>(m_note->document()->documentMargin()));
    m_note->setFixedHeight(lines * QFontMetrics(m_note->font()).lineSpacing() + margins + 2);
}

void DetailsView::saveNote() {
    m_noteSoon.stop();
    const QString written = m_note->toPlainText();
    if (!m_details || written == m_savedNote) return;
    m_savedNote = written;
    m_context.store.perform(tr("write the note"), [id = m_details->run.id, written](RunStore& store) {
        store.set_note(id, written.toStdString());
    });
}

bool DetailsView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_note && event->type() == QEvent::FocusOut) saveNote();
    return QWidget::eventFilter(watched, event);
}

void DetailsView::showDetails(const std::shared_ptr<const RunDetails>& details) {
    if (details->run.id != m_context.selection.run()) return;
    const bool isOther = !m_details || m_details->run.id != details->run.id;
    if (isOther) {
        saveNote();  // what was typed belongs to the run before
        m_verified.clear();
    }
    m_details = details;
    // What is being typed stands; the store's word comes when it is not.
    if (const QString note = q(details->run.note); note != m_savedNote && (isOther || !m_noteSoon.isActive())) {
        m_savedNote = note;
        const QSignalBlocker quiet(m_note);
        m_note->setPlainText(note);
        fitNote();
    }
    describe();
    m_empty->setEmpty(false);
    if (!isOther) return;
    m_tree->expandAll();
    for (int row = 0; row < m_filter->rowCount(); ++row) m_tree->setFirstColumnSpanned(row, {}, true);
}

void DetailsView::describe() {
    if (!m_details) return;
    const auto nameOf = [this](const RunId& run) {
        const RunSummary* known = m_context.runActions.find(run);
        return known ? q(known->name) : q(run.text());
    };
    m_model->setGroups(describeRun(*m_details, {nameOf, m_verified}));
}

void DetailsView::follow(const QModelIndex& row) {
    const QString run = row.data(PropertyModel::kRunRole).toString();
    if (!run.isEmpty()) m_context.selection.setRun(RunId(run.toStdString()));
}

void DetailsView::verify(const QModelIndex& row) {
    const QString path = row.data(PropertyModel::kFileRole).toString();
    m_verified[path] = tr("reading…");
    describe();
    inBackground(
        this, [path, hash = row.data(PropertyModel::kHashRole).toString()] { return verifyFile(path, hash); },
        [this, path](const QString& found) {
            if (!m_verified.contains(path)) return;  // another run by now
            m_verified[path] = found;
            describe();
        });
}

void DetailsView::copyRows() const {
    QModelIndexList rows = m_tree->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [this](const QModelIndex& a, const QModelIndex& b) {
        return m_tree->visualRect(a).top() < m_tree->visualRect(b).top();
    });
    QStringList lines;
    for (const QModelIndex& row : rows) {
        const auto text = [&](int column) { return row.siblingAtColumn(column).data().toString(); };
        QString line = text(PropertyModel::kName);
        if (!text(PropertyModel::kValue).isEmpty()) line += ": " + text(PropertyModel::kValue);
        if (!text(PropertyModel::kRemark).isEmpty()) line += " (" + text(PropertyModel::kRemark) + ")";
        lines << line;
    }
    QApplication::clipboard()->setText(lines.join('\n'));
}

void DetailsView::showMenu(const QPoint& at) {
    const QModelIndex index = m_tree->indexAt(at);
    if (!index.isValid()) return;
    QMenu menu(this);
    // A run that goes on may change its rows while the menu is open: nothing here keeps a plain index.
    const auto addCopy = [&](const QString& title, const QString& copied) {
        QAction* action = menu.addAction(title, this, [copied] { QApplication::clipboard()->setText(copied); });
        action->setStatusTip(tr("Copy %1").arg(copied));
        action->setEnabled(!copied.isEmpty());
    };
    addCopy(tr("&Copy value"), index.siblingAtColumn(PropertyModel::kValue).data().toString());
    menu.addAction(tr("Copy &rows"), this, &DetailsView::copyRows)->setStatusTip(tr("Copy the selected rows"));
    if (!index.data(PropertyModel::kRunRole).toString().isEmpty()) {
        menu.addAction(tr("&Go to the run"), this,
                       [this, row = QPersistentModelIndex(index)] {
                           if (row.isValid()) follow(row);
                       })
            ->setStatusTip(tr("Choose this run in all views"));
    }
    if (const QString file = index.data(PropertyModel::kFileRole).toString(); !file.isEmpty()) {
        const QString hash = index.data(PropertyModel::kHashRole).toString();
        addCopy(tr("Copy &path"), file);
        addCopy(tr("Copy &hash"), hash);
        QAction* check = menu.addAction(tr("&Verify the file"), this, [this, row = QPersistentModelIndex(index)] {
            if (row.isValid()) verify(row);
        });
        check->setStatusTip(tr("Read the file and compare it with the hash that was recorded"));
        check->setEnabled(!hash.isEmpty());
    }
    menu.exec(m_tree->viewport()->mapToGlobal(at));
}

void DetailsView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_tree);
    if (event->type() == QEvent::FontChange) fitNote();
}

void registerDetailsView(ViewRegistry& registry) {
    registry.add(
        {"details", tr("Details"), "details", ViewPlace::kLeftBottom, true, QKeySequence("Alt+Return"),
         tr("Everything the chosen run was made of. Values in bold differ from the program's defaults. Files carry "
            "size and hash; accuracies are listed by the numbers they were computed with."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new DetailsView(context, parent); }});
}

}  // namespace f8net
