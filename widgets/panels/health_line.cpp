// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/health_line.h"

#include <QEvent>
#include <optional>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

HealthPart learningPart(const RunHealth& health) {
    const auto part = [](const QString& text, bool isTrouble = false) {
        return HealthPart{text, "curves", {}, isTrouble};
    };
    const bool hasEnded = health.has_ended;
    switch (health.learning) {
        case Learning::kNotStarted:
            return {HealthLine::tr("not started"), {}, {}, false};
        case Learning::kTooEarly:
            return part(hasEnded ? HealthLine::tr("ended too early to tell whether it learned")
                                 : HealthLine::tr("too early to tell whether it learns"));
        case Learning::kDiverged:
            return part(HealthLine::tr("diverged"), true);
        case Learning::kNotLearning:
            return part(hasEnded ? HealthLine::tr("did not learn") : HealthLine::tr("not learning"), true);
        case Learning::kLearning:
            return part(hasEnded ? HealthLine::tr("learned") : HealthLine::tr("learning"));
        case Learning::kLevel:
            return part(hasEnded ? HealthLine::tr("learned") : HealthLine::tr("the loss is level"));
        case Learning::kRising:
            return part(hasEnded ? HealthLine::tr("the loss rose at the end") : HealthLine::tr("the loss rises"), true);
    }
    return {};
}

}  // namespace

std::vector<HealthPart> describeHealth(const RunHealth& health) {
    std::vector<HealthPart> parts{learningPart(health)};
    if (health.learning == Learning::kNotStarted) return parts;
    if (!health.has_formats) {
        parts.push_back({HealthLine::tr("no formats yet"), "formats", {}, false});
    } else {
        const size_t moving = health.moving_layers.size();
        if (moving == 0) {
            parts.push_back({HealthLine::tr("all formats settled"), "formats", {}, false});
        } else {
            const QString first = q(health.moving_layers.front());
            parts.push_back({moving == 1 ? HealthLine::tr("%1 still moving").arg(first)
                                         : HealthLine::tr("%1 layers still moving").arg(moving),
                             "formats", first, false});
        }
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
    } else if (health.has_formats) {
        parts.push_back({HealthLine::tr("integer modes not compared yet"), "details", {}, false});
    }
    return parts;
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
    QStringList links, words;
    const QColor trouble = colorsOf(this).trouble, plain = palette().color(QPalette::Text);
    for (const HealthPart& part : parts) {
        const QString text = part.text.toHtmlEscaped().replace(' ', "&nbsp;");  // lines break between parts
        words << part.text;
        links << (part.view.isEmpty() ? text
                                      : QString("<a style=\"color:%1%2\" href=\"%3\">%4</a>")
                                            .arg((part.isTrouble ? trouble : plain).name(),
                                                 part.isTrouble ? QString("; font-weight:bold") : QString())
                                            .arg(links.size())
                                            .arg(text));
    }
    setText(links.join("; "));
    setAccessibleDescription(words.join("; "));
    setVisible(!parts.empty());
}

void HealthLine::follow(const QString& link) {
    const size_t index = link.toUInt();
    if (index >= m_parts.size()) return;
    const HealthPart part = m_parts[index];
    if (!part.layer.isEmpty()) m_context.selection.setLayer(part.layer);
    Q_EMIT m_context.runActions.viewRequested(part.view);
}

void HealthLine::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_parts.empty()) showParts(std::vector<HealthPart>(m_parts));
}

}  // namespace f8net
