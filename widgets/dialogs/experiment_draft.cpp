// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/experiment_draft.h"

#include <QDir>
#include <QFile>
#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "widgets/dialogs/stage_values.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

Setting formSetting(const std::string& key, const std::string& text) {
    return {key, text, "form", Origin::Kind::kForm};
}

std::string readFile(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

}  // namespace

void ExperimentDraft::openFile(const QString& path) {
    *this = {};
    m_path = path;
    try {
        m_base = load_experiment(path.toStdString(), {}, {});
        m_document = m_base;
        m_yaml = q(to_yaml(current(), YamlDetail::kChanged));
    } catch (const Error& error) {
        // The text can be put right here.
        m_isOwn = true;
        m_yaml = q(readFile(path));
        fail(error.what());
    }
}

void ExperimentDraft::openText(const QString& yaml, const QString& place) {
    *this = {};
    m_path = place;
    m_isOwn = true;
    try {
        m_base = parse_experiment(yaml.toStdString(), place.toStdString(), {}, {});
        m_document = m_base;
        m_yaml = q(to_yaml(current(), YamlDetail::kChanged));
    } catch (const Error& error) {
        m_yaml = yaml;
        fail(error.what());
    }
}

std::map<std::string, std::string> ExperimentDraft::changes() const {
    std::map<std::string, std::string> changes;
    if (!isOpen()) return changes;
    for (const OptionRow& row : option_table()) {
        const std::string now = get_option(current(), row.key);
        const bool isChanged = now != get_option(base(), row.key);
        if (isChanged) changes[row.key] = now;
        for (const Stage& stage : current().stages) {
            const StageKey key{stage.name, row.key};
            const auto own = ownValue(current(), key);
            // Values that a change of all stages has swept away are no changes of their own.
            if (own == ownValue(base(), key) || (isChanged && !own)) continue;
            changes[joinStageKey(key)] = valueIn(current(), key);
        }
    }
    return changes;
}

QString ExperimentDraft::baseYaml() const {
    return isOpen() ? q(to_yaml(base(), YamlDetail::kChanged)) : QString();
}

void ExperimentDraft::setOption(const QString& key, const QString& text) {
    if (!isOpen()) return;
    const Setting setting = formSetting(key.toStdString(), text.toStdString());
    if (m_isOwn) {
        apply({&setting, 1});
        return;
    }
    const StageKey split = splitStageKey(setting.key);
    forgetSetting(setting.key);
    const bool sweepsStages =
        std::any_of(m_settings.begin(), m_settings.end(), [&](const Setting& other) { return other.key == split.key; });
    const std::optional<std::string> inFile =
        split.stage.empty() ? get_option(base(), split.key) : ownValue(base(), split);
    if (sweepsStages || inFile != setting.text) m_settings.push_back(setting);
    apply(m_settings);
}

void ExperimentDraft::resetOption(const QString& key) {
    if (!isOpen()) return;
    const StageKey split = splitStageKey(key.toStdString());
    if (!split.stage.empty()) {
        if (const auto own = ownValue(base(), split)) {
            setOption(key, q(*own));
        } else {
            inheritOption(key);
        }
        return;
    }
    if (!m_isOwn) {
        setOption(key, q(get_option(base(), split.key)));
        return;
    }
    std::vector<Setting> settings{formSetting(split.key, get_option(base(), split.key))};
    for (const Stage& stage : current().stages) {
        const StageKey inStage{stage.name, split.key};
        if (const auto own = ownValue(base(), inStage)) settings.push_back(formSetting(joinStageKey(inStage), *own));
    }
    apply(settings);
}

void ExperimentDraft::inheritOption(const QString& key) {
    if (!isOpen()) return;
    const StageKey split = splitStageKey(key.toStdString());
    forgetSetting(key.toStdString());
    apply(m_settings);
    if (!m_problem.isEmpty() || !ownValue(current(), split)) return;
    // It stands in the file, which --set can only overrule: the text becomes its user's own.
    Experiment without = current();
    for (Stage& stage : without.stages) {
        if (stage.name == split.stage)
            std::erase_if(stage.overrides, [&](const StageOverride& own) { return own.key == split.key; });
    }
    setYaml(q(to_yaml(without, YamlDetail::kChanged)));
}

void ExperimentDraft::forgetSetting(const std::string& key) {
    std::erase_if(m_settings, [&](const Setting& setting) {
        return setting.key == key || splitStageKey(setting.key).key == key;  // a plain key speaks for all stages
    });
}

void ExperimentDraft::apply(std::span<const Setting> settings) {
    try {
        m_document = m_isOwn ? parse_experiment(m_yaml.toStdString(), m_path.toStdString(), settings, {})
                             : load_experiment(m_path.toStdString(), settings, {});
        m_problem.clear();
        m_problemLine = 0;
        m_yaml = q(to_yaml(current(), YamlDetail::kChanged));
    } catch (const Error& error) {
        fail(error.what());
    }
}

void ExperimentDraft::setYaml(const QString& text) {
    if (text == m_yaml) return;
    m_yaml = text;
    m_isOwn = true;
    m_settings.clear();
    m_problem.clear();
    m_problemLine = 0;
    try {
        m_document = parse_experiment(text.toStdString(), m_path.toStdString(), {}, {});
        if (!m_base) m_base = m_document;
    } catch (const Error& error) {
        fail(error.what());
    }
}

void ExperimentDraft::fail(const char* message) {
    m_problem = QString::fromUtf8(message);
    m_problemLine = 0;
    if (m_problem.startsWith("form: ")) m_problem.remove(0, 6);  // the origin of what was set here
    if (!m_isOwn || !m_problem.startsWith(m_path + ":")) return;
    // "path:12:3: what": the path is on the title already, the place is better known as a line.
    const QString rest = m_problem.mid(m_path.size() + 1);
    bool isLine = false;
    const int line = rest.section(':', 0, 0).toInt(&isLine);
    if (!isLine) return;
    m_problemLine = line;
    m_problem = rest.section(':', 2).trimmed();
}

QStringList ExperimentDraft::arguments(const QString& folder, const QString& name) const {
    if (!m_isOwn) {
        QStringList arguments{m_path};
        for (const Setting& setting : m_settings) arguments << "--set" << q(setting.key + "=" + setting.text);
        return arguments;
    }
    QDir().mkpath(folder);
    QString file = name.isEmpty() ? QString("draft") : name;
    file.replace('/', '_');
    const std::string text = m_yaml.toStdString();
    QString path = folder + "/" + file + ".yaml";
    // Another run's draft of this name stays what that run was started with.
    for (int number = 2; QFile::exists(path) && readFile(path) != text; ++number) {
        path = QString("%1/%2-%3.yaml").arg(folder, file).arg(number);
    }
    write_text_file(path.toStdString(), text);
    return {path};
}

}  // namespace f8net
