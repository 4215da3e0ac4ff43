// SPDX-License-Identifier: GPL-3.0-or-later
/// How numbers are written everywhere in the workbench. What is not there is an en dash, never "nan".
/// Units    shares and accuracies 0 to 1 in, % out; seconds; bytes. Threads  pure.
#pragma once

#include <QDateTime>
#include <QString>
#include <cstdint>
#include <optional>

#include "core/fixedpoint/format.h"

namespace f8net::text {

QString none();                                               ///< the en dash
QString percent(double share);                                ///< "93.04 %", "< 0.01 %", "0 %"
QString percentNumber(double share);                          ///< the same without the unit, for columns headed %
QString points(double difference);                            ///< of two shares, signed, true minus: "−0.14"
QString loss(double value);                                   ///< 4 significant digits
QString significant(double value);                            ///< 4 significant digits, trailing zeros dropped
QString learningRate(double value);                           ///< shortest form: "0.05", "1e-4"
QString decibels(double value);                               ///< "32.4 dB"
QString count(int64_t value);                                 ///< thin spaces between thousands
QString size(int64_t bytes);                                  ///< "147 MB", powers of ten
QString duration(double seconds);                             ///< "7 s", "5 min 12 s", "1 h 52 min", "3 d 4 h"
QString eta(double seconds);                                  ///< one unit coarser: "46 min left"
QString moment(const QDateTime& time, const QDateTime& now);  ///< "today 14:02", "21 Nov 09:12"
QString moment(double secondsSince1970);                      ///< against now; none() at 0
QString isoMoment(double secondsSince1970);                   ///< for tool tips, with zone
QString range(const FixedPointFormat& format);                ///< "0 to 7.969, step 1/32"
QString format(const FixedPointFormat& format);               ///< "u8.5"
/// Tick label or value of an axis, with a true minus.
QString axisNumber(double value);

}  // namespace f8net::text
