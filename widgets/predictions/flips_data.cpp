// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/flips_data.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/subject/run_network.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

QString tr(const char* text, int number = -1) {
    return QCoreApplication::translate("f8net::PredictionsView", text, nullptr, number);
}

/// Members of one object of the file; what is not there or of another kind is an error that names it.
class Fields {
public:
    Fields(const QJsonValue& value, QString place) : m_place(std::move(place)) {
        if (!value.isObject()) fail(m_place, "an object");
        m_object = value.toObject();
    }
    double number(const char* key) const {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isDouble()) fail(placeOf(key), "a number");
        return value.toDouble();
    }
    int64_t integer(const char* key) const { return static_cast<int64_t>(number(key)); }
    std::string text(const char* key) const {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isString()) fail(placeOf(key), "a text");
        return value.toString().toStdString();
    }
    QString textOrNothing(const char* key) const { return m_object.value(QLatin1String(key)).toString(); }
    double numberOrNothing(const char* key) const { return m_object.value(QLatin1String(key)).toDouble(); }
    QJsonArray array(const char* key) const {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isArray()) fail(placeOf(key), "an array");
        return value.toArray();
    }
    /// Of each object of an array.
    template <typename Read>
    auto each(const char* key, Read read) const {
        std::vector<decltype(read(std::declval<const Fields&>()))> all;
        for (const QJsonValue& value : array(key)) {
            all.push_back(read(Fields(value, placeOf(key) + QString("[%1]").arg(all.size()))));
        }
        return all;
    }
    QString placeOf(const char* key) const { return m_place.isEmpty() ? QString(key) : m_place + "." + key; }
    [[noreturn]] static void fail(const QString& place, const char* expected) {
        throw DataError(place.toStdString() + ": expected " + expected);
    }

private:
    QJsonObject m_object;
    QString m_place;
};

std::vector<RankedClass> readRanking(const Fields& fields, const char* key) {
    auto ranking = fields.each(key, [](const Fields& each) {
        return RankedClass{each.integer("class"), each.number("logit"), each.number("probability")};
    });
    if (ranking.empty()) Fields::fail(fields.placeOf(key), "at least one class");
    return ranking;
}

FlippedImage readImage(const Fields& fields, size_t layers) {
    FlippedImage image;
    image.image = fields.integer("image");
    image.label = fields.integer("label");
    image.real_class = fields.integer("real_class");
    image.integer_class = fields.integer("integer_class");
    image.real_margin = fields.number("real_margin");
    image.integer_margin = fields.number("integer_margin");
    image.confidence_lost = fields.number("confidence_lost");
    image.grew_at = fields.text("grew_at");
    image.error_before = fields.number("error_before");
    image.error_after = fields.number("error_after");
    image.real_top = readRanking(fields, "real_top");
    image.integer_top = readRanking(fields, "integer_top");
    for (const QJsonValue& error : fields.array("errors")) image.errors.push_back(error.toDouble());
    if (image.errors.size() != layers) Fields::fail(fields.placeOf("errors"), "a number for each layer");
    return image;
}

}  // namespace

FlipVerdict verdictOf(const FlippedImage& image) {
    if (image.real_class == image.label) return FlipVerdict::kIntegerIsWrong;
    return image.integer_class == image.label ? FlipVerdict::kRealIsWrong : FlipVerdict::kBothAreWrong;
}

QString FlipsData::className(int64_t label) const {
    return label >= 0 && label < classNames.size() ? classNames[static_cast<qsizetype>(label)] : QString::number(label);
}

int FlipsData::count(FlipVerdict verdict) const {
    return static_cast<int>(
        std::count_if(flips.flipped.begin(), flips.flipped.end(),
                      [verdict](const FlippedImage& image) { return verdictOf(image) == verdict; }));
}

int FlipsData::layerIndex(const QString& layer) const {
    const auto found =
        std::find_if(flips.layers.begin(), flips.layers.end(),
                     [name = layer.toStdString()](const LayerDeviation& each) { return each.layer == name; });
    return found == flips.layers.end() ? -1 : static_cast<int>(found - flips.layers.begin());
}

FlipsData parseFlips(const QByteArray& json) {
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (document.isNull()) {
        throw DataError("byte " + std::to_string(error.offset) + ": " + error.errorString().toStdString());
    }
    const Fields fields(document.isObject() ? QJsonValue(document.object()) : QJsonValue(), {});
    FlipsData data;
    data.checkpoint = fields.textOrNothing("checkpoint");
    data.checkpointHash = fields.textOrNothing("checkpoint_hash");
    data.dataFolder = fields.textOrNothing("data_folder");
    for (const QJsonValue& name : fields.array("class_names")) data.classNames << name.toString();
    Flips& flips = data.flips;
    flips.images = fields.integer("images");
    flips.real_top1 = fields.number("real_top1");
    flips.integer_top1 = fields.number("integer_top1");
    flips.layers = fields.each("layers", [](const Fields& layer) {
        return LayerDeviation{layer.text("name"), layer.number("relative_error"),
                              layer.numberOrNothing("relative_error_of_flipped")};
    });
    flips.flipped = fields.each("flipped", [&](const Fields& image) { return readImage(image, flips.layers.size()); });
    return data;
}

QString flipsSentence(const FlipsData& data) {
    const Flips& flips = data.flips;
    const QString accuracy = tr("Top-1 is %1 without rounding and %2 in integers.")
                                 .arg(text::percent(flips.real_top1), text::percent(flips.integer_top1));
    if (flips.flipped.empty()) {
        return tr("None of %1 images changes its class in integers.").arg(text::count(flips.images)) + " " + accuracy;
    }
    QStringList parts;
    if (const int better = data.count(FlipVerdict::kRealIsWrong)) parts << tr("%1 for the better").arg(better);
    if (const int worse = data.count(FlipVerdict::kIntegerIsWrong)) parts << tr("%1 for the worse").arg(worse);
    if (const int wrong = data.count(FlipVerdict::kBothAreWrong))
        parts << tr("%1 from one wrong class to another").arg(wrong);
    const auto changed = static_cast<int64_t>(flips.flipped.size());
    return tr("%1 of %2 images (%3) change their class in integers: %4. ")
               .arg(text::count(changed), text::count(flips.images),
                    text::percent(static_cast<double>(changed) / static_cast<double>(flips.images)), parts.join(", ")) +
           accuracy;
}

QString imageSentence(const FlipsData& data, const FlippedImage& image) {
    return tr("Image %1 (%2): %3 without rounding (margin %4), %5 in integers (%6). The error grew most at %7, from %8 "
              "to "
              "%9.")
        .arg(QString::number(image.image), data.className(image.label), data.className(image.real_class),
             text::significant(image.real_margin), data.className(image.integer_class),
             text::significant(image.integer_margin), QString::fromStdString(image.grew_at),
             text::percent(image.error_before), text::percent(image.error_after));
}

RunFlips readFlips(const RunReader& reader, const RunId& run, FlipsFile& before) {
    const RunRecord record = reader.run(run);
    RunFlips found;
    found.runName = QString::fromStdString(record.name);
    found.config = record.config;
    found.hasNetwork = network_source(reader, run).has_value();
    for (const ArtifactRecord& artifact : reader.artifacts(run)) {  // newest first
        if (artifact.role != "flips") continue;
        if (artifact.hash != before.hash || artifact.created_at != before.createdAt) {
            before = {artifact.hash, artifact.created_at, nullptr, {}};
            try {
                before.data = std::make_shared<const FlipsData>(
                    parseFlips(QByteArray::fromStdString(read_text_file(artifact.path))));
            } catch (const Error& error) {
                before.problem = QString::fromStdString(artifact.path + ": " + error.what());
            }
        }
        found.data = before.data;
        found.problem = before.problem;
        break;
    }
    if (found.data && !found.data->checkpointHash.isEmpty()) {
        const auto now = reader.checkpoint(run, found.data->checkpoint.toStdString());
        found.isStale = now && now->hash != found.data->checkpointHash.toStdString();
    }
    return found;
}

}  // namespace f8net
