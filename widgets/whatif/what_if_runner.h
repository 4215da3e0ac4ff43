// SPDX-License-Identifier: GPL-3.0-or-later
/// What-if of one run at a time on a thread of its own: opening the run's network and data, evaluating changes, keeping
/// and exporting. Each request makes what was under way worthless: it is stopped, and nothing of it is heard any more.
/// Threads  the object and its signals live in the UI thread.   Lifetime: the destructor stops the work and waits.
#pragma once

#include <QObject>
#include <QString>
#include <QThread>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/base/units.h"
#include "core/whatif/what_if_session.h"
#include "widgets/whatif/what_if_changes.h"

namespace f8net {

struct WhatIfNetwork {
    QString runName;
    std::vector<WhatIfLayer> layers;  ///< conv, linear, sums and pools in the order of execution
    int64_t images = 0;               ///< of the run's test set that can be chosen
};

class WhatIfRunner final : public QObject {
    Q_OBJECT
public:
    static constexpr int64_t kMostImages = 1000;
    enum class Failure { kNoNetwork, kNoData, kImpossible };

    explicit WhatIfRunner(QString storePath, QObject* parent = nullptr);
    ~WhatIfRunner() override;

    /// dataFolder: instead of what the run's configuration says; empty: that.
    void open(const RunId& run, const QString& dataFolder);
    void evaluate(const std::vector<FormatChange>& changes, int64_t images);
    void cancel();
    /// With the accuracy of that result. Stops the evaluation, so that nobody waits for its end.
    void keep(const std::vector<FormatChange>& changes, const QString& name, const WhatIfResult& result);
    void exportTo(const std::vector<FormatChange>& changes, const QString& path);

Q_SIGNALS:
    void opened(const std::shared_ptr<const f8net::WhatIfNetwork>& network);
    void progressed(const std::shared_ptr<const f8net::WhatIfResult>& result);
    void failed(f8net::WhatIfRunner::Failure failure, const QString& message);
    void kept(const f8net::RunId& run, const QString& name);
    void exported(const QString& path);

private:
    class Worker;
    std::stop_token next();  ///< stops what is under way

    const QString m_storePath;
    QThread m_thread;
    Worker* m_worker;
    std::stop_source m_stop;
};

}  // namespace f8net
