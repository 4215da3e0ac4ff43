// SPDX-License-Identifier: GPL-3.0-or-later
/// Experiments as cards: name, what it is for, how long it takes, whether its data are there.
/// Threads  UI thread; the data are looked for on another one.
#pragma once

#include <QListWidget>

namespace f8net {

class ExperimentList final : public QListWidget {
    Q_OBJECT
public:
    explicit ExperimentList(QWidget* parent = nullptr);

    /// The shipped ones; the example first.
    void fill(const QString& folder);
    /// One more card before the others, chosen at once: a run that is cloned, a file that was imported.
    void addFirst(const QString& title, const QString& about);
    /// Of the chosen card: its file, or the title given to addFirst().
    QString chosenKey() const;
    void chooseFile(const QString& path);

Q_SIGNALS:
    void chosen(const QString& key);

private:
    void lookForData(const QStringList& paths);
};

}  // namespace f8net
