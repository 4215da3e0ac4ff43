// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/run_table_model.h"

#include <QStringList>
#include <algorithm>

#include "widgets/models/store_follower.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString joined(const std::vector<std::string>& tags) {
    QStringList list;
    for (const std::string& tag : tags) list << QString::fromStdString(tag);
    return list.join(", ");
}

QString share(const std::optional<double>& value) {
    return value ? text::percentNumber(*value) : text::none();
}
QVariant number(const std::optional<double>& value) {
    return value ? QVariant(*value) : QVariant();
}

/// A network kept from What-if has the formats of a trained run, and no epochs of its own. Its accuracy is that of
/// integers on a part of the test images.
bool isKept(const RunSummary& run) {
    return run.state == RunState::kFinished && run.epoch.value == 0;
}

}  // namespace

QString stateIconName(RunState state) {
    return QString::fromStdString(to_string(state));
}

QString stateText(const RunSummary& run) {
    const QString message = QString::fromStdString(run.message).section('\n', 0, 0);
    switch (run.state) {
        case RunState::kQueued:
            if (run.queue_position == 0) return RunTableModel::tr("starting");
            return run.queue_position > 1 ? RunTableModel::tr("queued, %1 before it").arg(run.queue_position - 1)
                                          : RunTableModel::tr("queued");
        case RunState::kRunning:
            return RunTableModel::tr("running");
        case RunState::kPaused:
            return RunTableModel::tr("paused");
        case RunState::kFinished:
            return RunTableModel::tr("finished");
        case RunState::kStopped:
            return RunTableModel::tr("stopped");
        case RunState::kFailed:
            return message.isEmpty() ? RunTableModel::tr("failed") : RunTableModel::tr("failed, %1").arg(message);
        case RunState::kCrashed:
            return run.step.value > 0 ? RunTableModel::tr("crashed, resumable") : RunTableModel::tr("crashed");
    }
    return {};
}

RunTableModel::RunTableModel(Selection& selection, QObject* parent)
    : QAbstractTableModel(parent), m_selection(selection) {
    connect(&selection, &Selection::visibleRunsChanged, this, [this] { columnChanged(kShown, kName); });
    connect(&selection, &Selection::baselineChanged, this, [this] { columnChanged(kName, kDelta); });
}

QString RunTableModel::columnTitle(int column) {
    switch (column) {
        case kShown:
            return tr("Shown");
        case kName:
            return tr("Run");
        case kState:
            return tr("State");
        case kTop1:
            return tr("Top-1 %");
        case kDelta:
            return tr("Δ base");
        case kEpoch:
            return tr("Epoch");
        case kModel:
            return tr("Model");
        case kDataset:
            return tr("Dataset");
        case kMode:
            return tr("Numbers");
        case kLastTop1:
            return tr("Last %");
        case kFloatTop1:
            return tr("Float %");
        case kFixedTop1:
            return tr("Fixed %");
        case kIntegerTop1:
            return tr("Integer %");
        case kDuration:
            return tr("Duration");
        case kStarted:
            return tr("Started");
        case kTags:
            return tr("Tags");
        case kNote:
            return tr("Note");
        case kHealth:
            return tr("Health");
        default:
            return {};
    }
}

void RunTableModel::setKeys(const QStringList& keys) {
    if (keys == m_keys) return;
    if (!m_keys.isEmpty()) {
        beginRemoveColumns({}, kNumColumns, columnCount() - 1);
        m_keys.clear();
        endRemoveColumns();
    }
    if (keys.isEmpty()) return;
    beginInsertColumns({}, kNumColumns, kNumColumns + static_cast<int>(keys.size()) - 1);
    m_keys = keys;
    endInsertColumns();
}

QString RunTableModel::value(const RunSummary& run, int column) const {
    const auto found = run.values.find(m_keys[column - kNumColumns].toStdString());
    return found == run.values.end() ? QString() : QString::fromStdString(found->second);
}

void RunTableModel::apply(const RunsUpdate& update) {
    if (update.isComplete) {
        // The same runs in the same order are changed in place: a reset would lose scroll and selection.
        const bool isSame = m_runs.size() == update.runs.size() &&
                            std::equal(m_runs.begin(), m_runs.end(), update.runs.begin(),
                                       [](const RunSummary& a, const RunSummary& b) { return a.id == b.id; });
        if (!isSame) {
            beginResetModel();
            m_runs = update.runs;
            rebuildRows();
            endResetModel();
            return;
        }
    }
    std::vector<RunSummary> added;
    for (const RunSummary& run : update.runs) {
        const int row = rowOf(run.id);
        if (row < 0) {
            added.push_back(run);
            continue;
        }
        m_runs[static_cast<size_t>(row)] = run;
        Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
        if (m_selection.baseline() == run.id) columnChanged(kDelta, kDelta);
    }
    if (added.empty()) return;
    beginInsertRows({}, 0, static_cast<int>(added.size()) - 1);  // newest first, as the store lists them
    m_runs.insert(m_runs.begin(), added.begin(), added.end());
    rebuildRows();
    endInsertRows();
}

void RunTableModel::rebuildRows() {
    m_rows.clear();
    for (size_t i = 0; i < m_runs.size(); ++i) m_rows[m_runs[i].id] = static_cast<int>(i);
}

int RunTableModel::rowOf(const RunId& run) const {
    const auto at = m_rows.find(run);
    return at == m_rows.end() ? -1 : at->second;
}

const RunSummary* RunTableModel::find(const RunId& run) const {
    const int row = rowOf(run);
    return row < 0 ? nullptr : &m_runs[static_cast<size_t>(row)];
}

void RunTableModel::columnChanged(int first, int last) {
    if (!m_runs.empty()) Q_EMIT dataChanged(index(0, first), index(rowCount() - 1, last));
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}
int RunTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns + static_cast<int>(m_keys.size());
}

std::optional<double> RunTableModel::delta(const RunSummary& run) const {
    if (!m_selection.baseline() || *m_selection.baseline() == run.id || !run.best_top1) return std::nullopt;
    const RunSummary* baseline = find(*m_selection.baseline());
    if (baseline == nullptr || !baseline->best_top1) return std::nullopt;
    if (isKept(run) != isKept(*baseline)) return std::nullopt;  // of other images: What-if and Compare pair them
    return *run.best_top1 - *baseline->best_top1;
}

QStringList RunTableModel::differences(const RunSummary& run) const {
    const RunSummary* base = m_selection.baseline() ? find(*m_selection.baseline()) : nullptr;
    QStringList names;
    if (base == nullptr || base->id == run.id) return names;
    const auto compare = [&](const QString& name, const std::string& here, const std::string& there) {
        if (here != there)
            names << tr("%1 (%2, baseline %3)").arg(name, QString::fromStdString(here), QString::fromStdString(there));
    };
    compare(tr("experiment"), run.experiment, base->experiment);
    compare(tr("model"), run.model, base->model);
    compare(tr("dataset"), run.dataset, base->dataset);
    compare(tr("numbers"), run.numeric_mode, base->numeric_mode);
    // Whole configurations of the run pointed at; of others the keys that have a column.
    const auto mine = m_configurations.find(run.id), theirs = m_configurations.find(base->id);
    const bool areKnown = mine != m_configurations.end() && theirs != m_configurations.end();
    std::map<std::string, std::string> here = run.values, there = base->values;
    if (areKnown) {
        here.insert(mine->second.begin(), mine->second.end());
        there.insert(theirs->second.begin(), theirs->second.end());
    }
    std::set<std::string> keys;
    for (const auto* values : {&here, &there}) {
        for (const auto& [key, value] : *values) keys.insert(key);
    }
    for (const std::string& key : keys) {
        const auto ours = here.find(key), baselines = there.find(key);
        if (!areKnown && (ours == here.end() || baselines == there.end())) continue;
        const std::string nothing = text::none().toStdString();
        compare(QString::fromStdString(key), ours == here.end() ? nothing : ours->second,
                baselines == there.end() ? nothing : baselines->second);
    }
    constexpr qsizetype kMost = 8;
    if (names.size() > kMost) names = names.mid(0, kMost) << tr("%1 more").arg(names.size() - kMost);
    return names;
}

void RunTableModel::setStopping(const std::set<RunId>& runs) {
    m_stopping = runs;
    columnChanged(kState, kState);
}

void RunTableModel::learnHealth(const std::map<RunId, HealthWords>& words) {
    for (const auto& [run, said] : words) {
        m_health[run] = said;
        if (const int row = rowOf(run); row >= 0) Q_EMIT dataChanged(index(row, kHealth), index(row, kHealth));
    }
}

QString RunTableModel::stateOf(const RunSummary& run) const {
    return m_stopping.count(run.id) > 0 ? tr("stopping…") : stateText(run);
}

QString RunTableModel::text(const RunSummary& run, int column) const {
    if (column >= kNumColumns) {
        const QString shown = value(run, column);
        return shown.isEmpty() ? text::none() : shown;
    }
    switch (column) {
        case kName:
            return QString::fromStdString(run.name) + (m_selection.baseline() == run.id ? " *" : "");
        case kState:
            return stateOf(run);
        case kTop1:
            return share(run.best_top1);
        case kDelta: {
            if (m_selection.baseline() == run.id) return tr("baseline");
            const auto difference = delta(run);
            return difference ? text::points(*difference) : text::none();
        }
        case kEpoch:
            if (isKept(run)) return text::none();
            return run.total_epochs.value > 0 ? QString("%1 / %2").arg(run.epoch.value).arg(run.total_epochs.value)
                                              : QString::number(run.epoch.value);
        case kModel:
            return QString::fromStdString(run.model);
        case kDataset:
            return QString::fromStdString(run.dataset);
        case kMode:
            return QString::fromStdString(run.numeric_mode);
        case kLastTop1:
            return share(run.last_top1);
        case kFloatTop1:
            return share(run.float_top1);
        case kFixedTop1:
            return share(run.fixed_top1);
        case kIntegerTop1:
            return share(run.integer_top1);
        case kDuration:
            return run.duration_seconds > 0 ? text::duration(run.duration_seconds) : text::none();
        case kStarted:
            return text::moment(run.started_at);
        case kTags:
            return joined(run.tags);
        case kNote:
            return QString::fromStdString(run.note).section('\n', 0, 0);
        case kHealth: {
            const auto words = m_health.find(run.id);
            return words == m_health.end() ? text::none() : words->second.brief;
        }
        default:
            return {};
    }
}

QVariant RunTableModel::sortValue(const RunSummary& run, int column) const {
    if (column >= kNumColumns) {
        const QString shown = value(run, column);
        bool isNumber = false;
        const double number = shown.toDouble(&isNumber);
        return shown.isEmpty() ? QVariant() : isNumber ? QVariant(number) : QVariant(shown);
    }
    switch (column) {
        case kShown:
            return m_selection.isVisible(run.id) ? 0 : 1;
        case kState:
            return static_cast<int>(run.state) * 100'000 + static_cast<int>(run.queue_position);
        case kTop1:
            return number(run.best_top1);
        case kDelta:
            return m_selection.baseline() == run.id ? QVariant(0.0) : number(delta(run));
        case kEpoch:
            return run.epoch.value;
        case kLastTop1:
            return number(run.last_top1);
        case kFloatTop1:
            return number(run.float_top1);
        case kFixedTop1:
            return number(run.fixed_top1);
        case kIntegerTop1:
            return number(run.integer_top1);
        case kDuration:
            return run.duration_seconds > 0 ? QVariant(run.duration_seconds) : QVariant();
        case kStarted:
            return run.started_at > 0 ? QVariant(run.started_at) : QVariant();
        case kHealth: {  // trouble first
            const auto words = m_health.find(run.id);
            if (words == m_health.end()) return {};
            return QString(words->second.isTrouble ? "0" : "1") + words->second.brief;
        }
        default: {
            const QString value = column == kName ? QString::fromStdString(run.name) : text(run, column);
            return value.isEmpty() ? QVariant() : QVariant(value);
        }
    }
}

/// As other programs take it: without a mark behind the name, shares in percent as the column's title says, moments in
/// full.
QVariant RunTableModel::plainValue(const RunSummary& run, int column) const {
    switch (column) {
        case kName:
            return QString::fromStdString(run.name);
        case kTop1:
        case kDelta:
        case kLastTop1:
        case kFloatTop1:
        case kFixedTop1:
        case kIntegerTop1: {
            const QVariant share = sortValue(run, column);
            return share.isValid() ? QVariant(100 * share.toDouble()) : QVariant();
        }
        case kStarted:
            return run.started_at > 0 ? QVariant(text::isoMoment(run.started_at)) : QVariant();
        case kNote:
            return QString::fromStdString(run.note);
        default:
            return {};
    }
}

QString RunTableModel::card(const RunSummary& run) const {
    QStringList lines;
    const auto add = [&lines](const QString& name, const QString& value) {
        if (!value.isEmpty() && value != text::none()) {
            lines << QString("<tr><td style='padding-right:8px'>%1</td><td>%2</td></tr>")
                         .arg(name, value.toHtmlEscaped());
        }
    };
    add(tr("State"), stateOf(run) + (run.eta_seconds ? ", " + text::eta(*run.eta_seconds) : QString()));
    add(tr("Stage"), QString::fromStdString(run.stage));
    if (run.best_top1 && isKept(run)) {
        add(tr("Top-1"), tr("%1 in integers, kept from What-if").arg(text::percent(*run.best_top1)));
    } else if (run.best_top1) {
        add(tr("Best top-1"), tr("%1, epoch %2").arg(text::percent(*run.best_top1)).arg(run.best_epoch.value));
    }
    if (run.last_top1) add(tr("Last top-1"), text::percent(*run.last_top1));
    if (run.float_top1) add(tr("Float"), text::percent(*run.float_top1));
    if (run.integer_top1) add(tr("Integer only"), text::percent(*run.integer_top1));
    if (run.last_loss) add(tr("Loss"), text::loss(*run.last_loss));
    if (const auto difference = delta(run)) add(tr("To the baseline"), tr("%1 points").arg(text::points(*difference)));
    add(tr("Differs in"), differences(run).join(", "));
    if (const auto words = m_health.find(run.id); words != m_health.end()) add(tr("Health"), words->second.whole);
    add(tr("Model"), QString::fromStdString(run.model));
    add(tr("Dataset"), QString::fromStdString(run.dataset));
    add(tr("Experiment"), QString::fromStdString(run.experiment));
    add(tr("Started"), run.started_at > 0 ? text::isoMoment(run.started_at) : QString());
    add(tr("Tags"), joined(run.tags));
    add(tr("Note"), QString::fromStdString(run.note));
    add(tr("Folder"), QString::fromStdString(run.folder));
    return "<b>" + QString::fromStdString(run.name).toHtmlEscaped() + "</b><table>" + lines.join("") + "</table>";
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const RunSummary& run = m_runs[static_cast<size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return text(run, index.column());
        case Qt::EditRole:
            return plainValue(run, index.column());
        case Qt::ToolTipRole:
            return card(run);
        case Qt::AccessibleTextRole:
            return index.column() == kShown ? (m_selection.isVisible(run.id) ? tr("shown in charts") : tr("not shown"))
                                            : text(run, index.column());
        case Qt::TextAlignmentRole: {
            const int c = index.column();
            const bool isFigure = (c >= kTop1 && c <= kEpoch) || (c >= kLastTop1 && c <= kDuration);
            return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (isFigure ? Qt::AlignRight : Qt::AlignLeft)));
        }
        case kSortRole:
            return sortValue(run, index.column());
        case kRunIdRole:
            return QString::fromStdString(run.id.text());
        case kColourRole:
            return run.colour_index;
        case kShownRole:
            return m_selection.isVisible(run.id);
        case kStateRole:
            return static_cast<int>(run.state);
        case kProgressRole:
            return run.state == RunState::kRunning && m_stopping.count(run.id) == 0 ? QVariant(run.progress)
                                                                                    : QVariant();
        case kEtaRole:
            return run.state == RunState::kRunning && run.eta_seconds ? QVariant(text::eta(*run.eta_seconds))
                                                                      : QVariant();
        case kBaselineRole:
            return m_selection.baseline() == run.id;
        case kTroubleRole: {
            const auto words = m_health.find(run.id);
            return index.column() == kHealth && words != m_health.end() && words->second.isTrouble;
        }
        default:
            return {};
    }
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::DisplayRole) {
        if (section >= kNumColumns) return m_keys[section - kNumColumns].section('.', -1);
        return section == kShown ? QString() : columnTitle(section);
    }
    if (role == Qt::ToolTipRole && section == kShown) return tr("Shown in charts");
    if (role == Qt::ToolTipRole && section >= kNumColumns) return m_keys[section - kNumColumns];
    if (role == Qt::ToolTipRole && section == kDelta) return tr("Difference to the baseline's best top-1, in points");
    if (role == Qt::TextAlignmentRole) {
        const bool isFigure = (section >= kTop1 && section <= kEpoch) || (section >= kLastTop1 && section <= kDuration);
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (isFigure ? Qt::AlignRight : Qt::AlignLeft)));
    }
    return {};
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags result = QAbstractTableModel::flags(index);
    if (index.column() == kName) result |= Qt::ItemIsEditable;
    return result;
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid() || role != Qt::EditRole || index.column() != kName) return false;
    const QString name = value.toString().trimmed();
    const RunSummary& changed = run(index.row());
    if (name.isEmpty() || name == QString::fromStdString(changed.name)) return false;
    Q_EMIT renameRequested(changed.id, name);  // the store answers with the new name
    return true;
}

}  // namespace f8net
