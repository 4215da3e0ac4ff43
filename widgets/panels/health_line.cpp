// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/health_line.h"

#include <QEvent>
#include <optional>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

/// What became of the loss.
QString learningText(const RunHealth& health) {
    const bool hasEnded = health.has_ended;
    switch (health.learning) {
        case Learning::kNotStarted:
            return health.has_formats() ? HealthLine::tr("no training of its own")
                   : hasEnded           ? HealthLine::tr("no step was taken")
                                        : HealthLine::tr("not started");
        case Learning::kTooEarly:
            return hasEnded ? HealthLine::tr("too few points of the loss to tell whether it learned")
                            : HealthLine::tr("too early to tell whether it learns");
        case Learning::kFallen:
            return hasEnded ? HealthLine::tr("learned") : HealthLine::tr("the loss has fallen");
        case Learning::kDiverged:
            return HealthLine::tr("diverged");
        case Learning::kNotLearning:
            return hasEnded ? HealthLine::tr("did not learn") : HealthLine::tr("not learning");
        case Learning::kLearning:
            return hasEnded ? HealthLine::tr("learned") : HealthLine::tr("learning");
        case Learning::kLevel:
            return hasEnded ? HealthLine::tr("learned") : HealthLine::tr("the loss is level");
        case Learning::kRising:
            return hasEnded ? HealthLine::tr("the loss rose at the end") : HealthLine::tr("the loss rises");
    }
    return {};
}

HealthPart learningPart(const RunHealth& health) {
    const Learning learning = health.learning;
    HealthPart part{learningText(health), learning == Learning::kNotStarted ? "" : "curves", {}, false};
    part.isTrouble =
        learning == Learning::kDiverged || learning == Learning::kNotLearning || learning == Learning::kRising;
    if (health.shows_losses())
        part.text = HealthLine::tr("loss %1 to %2 in few points")
                        .arg(text::significant(health.first_loss), text::significant(health.last_loss));
    if (health.best_top1) part.text = HealthLine::tr("%1, top-1 %2").arg(part.text, text::percent(*health.best_top1));
    return part;
}

QString movingText(const RunHealth& health) {
    const size_t moving = health.moving_layers.size();
    if (moving > 1) return HealthLine::tr("%1 layers still moving").arg(moving);
    if (moving == 1) return HealthLine::tr("%1 still moving").arg(q(health.moving_layers.front()));
    if (health.format_epochs == 1) return HealthLine::tr("formats of one epoch");
    if (health.formats_may_move()) return HealthLine::tr("no format changed in %1 epochs").arg(health.format_epochs);
    return HealthLine::tr("all formats settled");
}

}  // namespace

std::vector<HealthPart> describeHealth(const RunHealth& health) {
    std::vector<HealthPart> parts{learningPart(health)};
    if (health.learning == Learning::kNotStarted) return parts;
    if (!health.has_formats()) {
        parts.push_back({HealthLine::tr("no formats yet"), "formats", {}, false});
    } else {
        const auto& moving = health.moving_layers;
        parts.push_back({movingText(health), "formats", moving.empty() ? QString() : q(moving.front()), false});
        const QString layer = q(health.clipping_layer);
        parts.push_back({health.clipped_share > 0
                             ? HealthLine::tr("%1 clips %2").arg(layer, text::percent(health.clipped_share))
                             : HealthLine::tr("no layer clips"),
                         "distributions", health.clipped_share > 0 ? layer : QString(), health.clips_much()});
    }
    if (health.integer_modes_agree) {
        const bool agree = *health.integer_modes_agree;
        parts.push_back({agree ? HealthLine::tr("integer modes agree") : HealthLine::tr("integer modes differ"),
                         "details",
                         {},
                         !agree});
    } else if (health.has_formats()) {
        parts.push_back({HealthLine::tr("integer modes not compared yet"), HealthPart::kEvaluation, {}, false});
    }
    return parts;
}

HealthWords healthWords(const RunHealth& health) {
    QStringList all, troubles;
    for (const HealthPart& part : describeHealth(health)) {
        all << part.text;
        if (part.isTrouble) troubles << part.text;
    }
    return {troubles.isEmpty() ? learningText(health) : troubles.join("; "), all.join("; "), !troubles.isEmpty()};
}

HealthLine::HealthLine(const ViewContext& context, QWidget* parent)
    : QLabel(parent), m_context(context), m_question(context.store) {
    setTextFormat(Qt::RichText);
    setWordWrap(true);
    setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard | Qt::TextSelectableByMouse);
    setAccessibleName(tr("Health of the chosen run"));
    setToolTip(tr("The chosen run by rules: each part leads to the view that shows it"));
    hide();
    connect(this, &QLabel::linkActivated, this, &HealthLine::follow);
    connect(&context.selection, &Selection::runChanged, this, &HealthLine::ask);
    connect(&context.runActions, &RunActions::runsUpdated, this, [this] {
        if (!m_context.runActions.find(m_context.selection.run())) showParts({});  // it was removed
    });
    ask();
}

void HealthLine::ask() {
    const RunId run = m_context.selection.run();
    if (run.empty()) {
        m_question.forget();
        showParts({});
        return;
    }
    m_question.ask(
        [run](const RunReader& reader) -> std::optional<RunHealth> {
            try {
                return read_health(reader, run);
            } catch (const ConfigError&) {  // removed meanwhile
                return std::nullopt;
            }
        },
        [this](const std::optional<RunHealth>& health) {
            showParts(health ? describeHealth(*health) : std::vector<HealthPart>());
        });
}

void HealthLine::showParts(const std::vector<HealthPart>& parts) {
    m_parts = parts;
    QStringList words;
    for (const HealthPart& part : parts) words << part.text;
    setAccessibleDescription(words.join("; "));
    setVisible(!parts.empty());
    breakLines();
}

/// Between parts, and inside one only where it is alone in its line and still too long. Left to itself the text breaks
/// inside the names of layers (before the 1 of "body.1").
void HealthLine::breakLines() {
    const QColor trouble = colorsOf(this).trouble, plain = palette().color(QPalette::Text);
    QFont bold = font();
    bold.setBold(true);
    const int width = contentsRect().width();
    int used = 0;
    QString lines;
    for (size_t i = 0; i < m_parts.size(); ++i) {
        const HealthPart& part = m_parts[i];
        const int needed = QFontMetrics(part.isTrouble ? bold : font()).horizontalAdvance(part.text + "; ");
        const bool isInNextLine = used > 0 && used + needed > width;
        if (i > 0) lines += isInNextLine ? ";<br>" : "; ";
        used = isInNextLine ? needed : used + needed;
        QString text = part.text.toHtmlEscaped();
        if (needed <= width) text.replace(' ', "&nbsp;");
        lines += part.view.isEmpty() ? text
                                     : QString("<a style=\"color:%1%2\" href=\"%3\">%4</a>")
                                           .arg((part.isTrouble ? trouble : plain).name(),
                                                part.isTrouble ? QString("; font-weight:bold") : QString())
                                           .arg(i)
                                           .arg(text);
    }
    if (lines != this->text()) setText(lines);
}

void HealthLine::follow(const QString& link) {
    const size_t index = link.toUInt();
    if (index >= m_parts.size()) return;
    const HealthPart part = m_parts[index];
    if (!part.layer.isEmpty()) m_context.selection.setLayer(part.layer);
    if (part.view != HealthPart::kEvaluation) {
        Q_EMIT m_context.runActions.viewRequested(part.view);
    } else if (const RunSummary* run = m_context.runActions.find(m_context.selection.run())) {
        m_context.runActions.checks->ask({*run}, "all");
    }
}

void HealthLine::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) breakLines();
}

void HealthLine::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    breakLines();
}

}  // namespace f8net
