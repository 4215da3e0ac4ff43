// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/number_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace f8net::text {

namespace {

constexpr QChar kMinus(0x2212);
constexpr QChar kThinSpace(0x202F);  // narrow, and no line breaks at it

QString withTrueMinus(QString text) {
    if (text.startsWith('-')) text[0] = kMinus;
    return text;
}

QString tr(const char* source) {
    return QCoreApplication::translate("f8net::text", source);
}

}  // namespace

QString none() {
    return QChar(0x2013);
}

QString percentNumber(double share) {
    if (!std::isfinite(share)) return none();
    if (share == 0) return "0";
    if (std::abs(share) < 1e-4) return "< 0.01";
    return withTrueMinus(QString::number(share * 100, 'f', 2));
}

QString percent(double share) {
    return std::isfinite(share) ? percentNumber(share) + " %" : none();
}

QString points(double difference) {
    if (!std::isfinite(difference)) return none();
    const QString digits = QString::number(std::abs(difference) * 100, 'f', 2);
    if (digits == "0.00") return "0";
    return (difference < 0 ? kMinus : QChar('+')) + digits;
}

QString loss(double value) {
    if (!std::isfinite(value)) return none();
    if (value == 0) return "0";
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
    if (exponent < -4 || exponent > 5) return withTrueMinus(QString::number(value, 'e', 3));
    return withTrueMinus(QString::number(value, 'f', std::max(0, 3 - exponent)));
}

QString significant(double value) {
    if (!std::isfinite(value)) return none();
    return withTrueMinus(QString::number(value, 'g', 4));
}

QString learningRate(double value) {
    if (!std::isfinite(value)) return none();
    // Schedules make numbers such as 0.04999999: six digits are more than anyone reads.
    const QString plain = QString::number(value, 'g', 4);
    QString exponential = QString::number(value, 'e', 3);
    const qsizetype e = exponential.indexOf('e');
    QString mantissa = exponential.left(e);
    while (mantissa.contains('.') && (mantissa.endsWith('0') || mantissa.endsWith('.'))) mantissa.chop(1);
    exponential = mantissa + 'e' + QString::number(exponential.mid(e + 1).toInt());
    return value != 0 && (plain.contains('e') || exponential.size() < plain.size()) ? exponential : plain;
}

QString decibels(double value) {
    return std::isfinite(value) ? withTrueMinus(QString::number(value, 'f', 1)) + " dB" : none();
}

QString count(int64_t value) {
    QString digits = QString::number(std::abs(value));
    for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, kThinSpace);
    return value < 0 ? kMinus + digits : digits;
}

QString size(int64_t bytes) {
    if (bytes < 1000) return tr("%1 bytes").arg(bytes);
    double value = static_cast<double>(bytes);
    int unit = -1;
    while (value >= 999.5 && unit < 4) {
        value /= 1000;
        ++unit;
    }
    static const char* const units[] = {"kB", "MB", "GB", "TB", "PB"};
    return QString::number(value, 'f', value < 9.95 ? 1 : 0) + ' ' + units[unit];
}

QString duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return none();
    const int64_t s = std::llround(seconds);
    if (s < 60) return tr("%1 s").arg(s);
    if (s < 3600) return tr("%1 min %2 s").arg(s / 60).arg(s % 60);
    if (s < 86400) return tr("%1 h %2 min").arg(s / 3600).arg(s % 3600 / 60);
    return tr("%1 d %2 h").arg(s / 86400).arg(s % 86400 / 3600);
}

QString eta(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return {};
    if (seconds < 60) return tr("< 1 min left");
    if (seconds < 99.5 * 60) return tr("%1 min left").arg(std::llround(seconds / 60));
    if (seconds < 47.5 * 3600) return tr("%1 h left").arg(std::llround(seconds / 3600));
    return tr("%1 d left").arg(std::llround(seconds / 86400));
}

QString moment(const QDateTime& time, const QDateTime& now) {
    const QLocale locale = QLocale::c();
    const QString clock = time.toString("HH:mm");
    const qint64 days = time.date().daysTo(now.date());
    if (days == 0) return tr("today %1").arg(clock);
    if (days == 1) return tr("yesterday %1").arg(clock);
    if (time.date().year() == now.date().year()) return locale.toString(time, "d MMM HH:mm");
    return locale.toString(time, "d MMM yyyy HH:mm");
}

QString moment(double secondsSince1970) {
    if (!(secondsSince1970 > 0)) return none();
    return moment(QDateTime::fromMSecsSinceEpoch(std::llround(secondsSince1970 * 1000)), QDateTime::currentDateTime());
}

QString isoMoment(double secondsSince1970) {
    if (!(secondsSince1970 > 0)) return none();
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(std::llround(secondsSince1970 * 1000));
    return time.toOffsetFromUtc(time.offsetFromUtc()).toString(Qt::ISODate);
}

QString range(const FixedPointFormat& format) {
    const QString maximum = QString::number(format.max_value(), 'g', 4);
    const QString step = format.fractional_length > 0
                             ? "1/" + QString::number(int64_t{1} << std::min(format.fractional_length, 62))
                             : QString::number(format.scale(), 'g', 6);
    return format.is_signed ? QString(QChar(0x00B1)) + tr("%1, step %2").arg(maximum, step)
                            : tr("0 to %1, step %2").arg(maximum, step);
}

QString format(const FixedPointFormat& format) {
    return QString::fromStdString(format.to_string());
}

QString axisNumber(double value) {
    return withTrueMinus(QString::number(value, 'g', 6));
}

}  // namespace f8net::text
