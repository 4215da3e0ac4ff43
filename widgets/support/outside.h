// SPDX-License-Identifier: GPL-3.0-or-later
/// What the program asks of others: the desktop's file dialogs and file manager, and programs that it starts.
/// Everything goes through outside(), so that a test can answer in their place and see what would have been started.
/// Threads  UI thread.
#pragma once

#include <QFileDialog>
#include <QString>
#include <QStringList>

class QProcess;
class QWidget;

namespace f8net {

/// The real one. Paths are empty where the user thought better of it.
class Outside {
public:
    Outside() = default;
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;
    virtual ~Outside() = default;
    /// `place` is the folder, or the file proposed; `filter` as QFileDialog takes it.
    virtual QString askOpenFile(QWidget* parent, const QString& title, const QString& place, const QString& filter);
    /// `place`: a name alone is proposed in saveFolder(). The answer ends as the filter chosen says (savedPath).
    virtual QString askSaveFile(QWidget* parent, const QString& title, const QString& place, const QString& filter,
                                QFileDialog::Options options = {});
    virtual QString askFolder(QWidget* parent, const QString& title, const QString& place);
    virtual void openFolder(const QString& path);
    /// Outlives the workbench.
    virtual void startDetached(const QString& program, const QStringList& arguments);
    virtual void start(QProcess& process, const QString& program, const QStringList& arguments);

    /// Where a file was saved last; before the first one, or where that folder is gone: the documents, else home.
    QString saveFolder() const;
    void setSaveFolder(const QString& folder) { m_saveFolder = folder; }

private:
    QString m_saveFolder;
};

/// The file meant by a name and the filter chosen beside it. The filter decides where the name has none of the endings
/// on offer, or still the one `proposed` had; another one on offer was typed, and stays.
QString savedPath(const QString& path, const QString& proposed, const QString& chosenFilter, const QString& filters);

Outside& outside();

/// outside() is `standIn` for as long as this lives.
class OutsideReplaced final {
public:
    explicit OutsideReplaced(Outside& standIn);
    ~OutsideReplaced();
    OutsideReplaced(const OutsideReplaced&) = delete;
    OutsideReplaced& operator=(const OutsideReplaced&) = delete;

private:
    Outside* m_before;
};

}  // namespace f8net
