// SPDX-License-Identifier: GPL-3.0-or-later
/// Collects Qt's warnings so that tests and --tour can fail on them; what the offscreen platform lacks and says
/// passes. Messages still go to stderr. Threads  messages may come from any; one MessageLog at a time.
#pragma once

#include <QStringList>

namespace f8net {

class MessageLog final {
public:
    MessageLog();
    ~MessageLog();
    MessageLog(const MessageLog&) = delete;
    MessageLog& operator=(const MessageLog&) = delete;
    QStringList warnings() const;
};

bool isHarmlessMessage(const QString& message);

}  // namespace f8net
