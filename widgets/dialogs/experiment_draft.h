// SPDX-License-Identifier: GPL-3.0-or-later
/// An experiment being prepared for a run: a file or a text as the beginning, changes made option by option or in the
/// YAML. Both ways lead to the same document. Errors   what is wrong is in problem(), with its line; what was typed and
/// the last document that was right stay. Threads  UI thread; no widgets.
#pragma once

#include <QString>
#include <QStringList>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/config/experiment_document.h"

namespace f8net {

class ExperimentDraft {
public:
    void openFile(const QString& path);
    /// A configuration that is no file, such as a run's. `place` names it in messages.
    void openText(const QString& yaml, const QString& place);

    bool isOpen() const { return m_base.has_value(); }
    const Experiment& base() const { return m_base->experiment; }         ///< as it was opened
    const Experiment& current() const { return m_document->experiment; }  ///< with the changes
    /// Options that differ from the base, those of one stage by their "stages.NAME.key" (stage_values.h).
    std::map<std::string, std::string> changes() const;
    bool isChanged() const { return m_isOwn || !m_settings.empty(); }

    /// A plain key sets the value of all stages, "stages.NAME.key" that of one.
    void setOption(const QString& key, const QString& text);
    void resetOption(const QString& key);  ///< as it was opened; a plain key in all stages
    /// "stages.NAME.key": the stage has no value of its own any more and takes the whole experiment's.
    void inheritOption(const QString& key);
    void setYaml(const QString& text);
    const QString& yaml() const { return m_yaml; }
    QString baseYaml() const;  ///< as it was opened

    const QString& problem() const { return m_problem; }  ///< empty: it can be trained
    int problemLine() const { return m_problemLine; }     ///< in yaml(), from 1; 0: not about a line of it

    /// What `f8net train` and `f8net queue add` take: the file with --set for each change, or, where the YAML is its
    /// user's own, a file of its own in `folder` called `name`. IoError where that cannot be written.
    QStringList arguments(const QString& folder, const QString& name) const;

private:
    void apply(std::span<const Setting> settings);
    void forgetSetting(const std::string& key);
    void fail(const char* message);

    QString m_path, m_yaml, m_problem;
    int m_problemLine = 0;
    bool m_isOwn = false;             ///< the text is the truth, not the file
    std::vector<Setting> m_settings;  ///< on top of the file, in the order they were made; none on a text
    std::optional<ExperimentDocument> m_base, m_document;
};

}  // namespace f8net
