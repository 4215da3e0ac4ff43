// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_health_list.h"

#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/health/run_health.h"
#include "core/store/run_reader.h"
#include "widgets/models/run_table_model.h"
#include "widgets/panels/health_line.h"

namespace f8net {

RunHealthList::RunHealthList(StoreFollower& store, RunTableModel* model, QObject* parent)
    : QObject(parent), m_model(model), m_question(store) {
    connect(&store, &StoreFollower::runsChanged, this, &RunHealthList::readNext, Qt::QueuedConnection);  // model first
}

void RunHealthList::setActive(bool isActive) {
    m_isActive = isActive;
    readNext();
}

void RunHealthList::readNext() {
    if (!m_isActive || m_isReading) return;
    constexpr size_t kAtOnce = 8;  // some milliseconds of the reader's time
    std::vector<RunId> wanted;
    for (const RunSummary& run : m_model->runs()) {
        if (run.trashed_at > 0) continue;
        const auto read = m_read.find(run.id);
        if (read != m_read.end() && read->second == run.revision) continue;
        m_read[run.id] = run.revision;
        wanted.push_back(run.id);
        if (wanted.size() == kAtOnce) break;
    }
    if (wanted.empty()) return;
    m_isReading = true;
    m_question.ask(
        [wanted](const RunReader& reader) {
            std::map<RunId, RunHealth> health;
            for (const RunId& run : wanted) {
                try {
                    health[run] = read_health(reader, run);
                } catch (const ConfigError&) {  // removed meanwhile
                }
            }
            return health;
        },
        [this](const std::map<RunId, RunHealth>& health) {
            m_question.forget();  // once
            m_isReading = false;
            std::map<RunId, HealthWords> words;
            for (const auto& [run, found] : health) words[run] = healthWords(found);
            m_model->learnHealth(words);
            readNext();
        });
}

}  // namespace f8net
