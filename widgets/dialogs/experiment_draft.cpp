// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/experiment_draft.h"

#include <QDir>
#include <QFile>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
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
        if (now != get_option(base(), row.key)) changes[row.key] = now;
    }
    return changes;
}

QString ExperimentDraft::baseYaml() const {
    return isOpen() ? q(to_yaml(base(), YamlDetail::kChanged)) : QString();
}

void ExperimentDraft::setOption(const QString& key, const QString& text) {
    if (!isOpen()) return;
    const std::string name = key.toStdString();
    if (m_isOwn) {
        const Setting setting{name, text.toStdString(), "form", Origin::Kind::kForm};
        try {
            m_document = parse_experiment(m_yaml.toStdString(), m_path.toStdString(), {&setting, 1}, {});
            m_problem.clear();
            m_problemLine = 0;
            m_yaml = q(to_yaml(current(), YamlDetail::kChanged));
        } catch (const Error& error) {
            fail(error.what());
        }
        return;
    }
    if (get_option(base(), name) == text.toStdString()) {
        m_settings.erase(name);
    } else {
        m_settings[name] = text.toStdString();
    }
    apply();
}

void ExperimentDraft::resetOption(const QString& key) {
    if (isOpen()) setOption(key, q(get_option(base(), key.toStdString())));
}

void ExperimentDraft::apply() {
    std::vector<Setting> settings;
    for (const auto& [key, text] : m_settings) settings.push_back({key, text, "form", Origin::Kind::kForm});
    try {
        m_document = load_experiment(m_path.toStdString(), settings, {});
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
        for (const auto& [key, text] : m_settings) arguments << "--set" << q(key + "=" + text);
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
