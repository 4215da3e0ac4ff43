// SPDX-License-Identifier: GPL-3.0-or-later
/// A run's network with what is known of its layers at one epoch, and the quantities it can be painted by.
/// Units    shares and accuracies 0 to 1, SQNR in dB, headroom and lengths in bits. Threads  values; readNetwork those
/// of the reader.
#pragma once

#include <QByteArray>
#include <QString>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "widgets/models/format_data.h"

namespace f8net {

class RunReader;

enum class Quantity {
    kInputLength,
    kWeightLength,
    kInputSqnr,
    kWeightSqnr,
    kClipped,
    kAccuracyLost,  ///< when only this layer is quantized
    kHeadroom,      ///< bits left of 32 in the accumulators that were seen
};
const std::vector<Quantity>& allQuantities();
QString titleOf(Quantity quantity);                  ///< "SQNR of the input"
QString keyOf(Quantity quantity);                    ///< for settings: "input_sqnr"
QString textOf(Quantity quantity, double value);     ///< short, for a node: "27.5", "6.10 %", "u8.5" is not known here
QString measureOf(Quantity quantity, double value);  ///< the same with its unit: "27.5 dB"
QString columnOf(Quantity quantity);                 ///< heads numbers: "SQNR of the input [dB]"
bool isLength(Quantity quantity);                    ///< painted in the colours of fractional lengths
/// What the ends of the colour range are, fixed so that a colour means the same in every run: the good end first.
std::pair<QString, QString> rangeOf(Quantity quantity);
/// 0 at the good end of the range, 1 at the bad one; beyond them outside, so that the worst can be found.
double badness(Quantity quantity, double value);
/// What to do where no layer has a value.
QString howToGet(Quantity quantity);

struct NetworkData {
    FormatsData formats;  ///< of the epoch shown, with reasons
    LayerGraph graph;
    QString problem;  ///< why there is no graph; empty where there is one
    std::map<std::string, double> accuracyLost;

    const FormatLayer* find(const std::string& layer) const;
    std::optional<double> value(Quantity quantity, const std::string& layer) const;
    /// Layers with a value from the worst on; equal ones in depth order.
    std::vector<int> worstFirst(Quantity quantity) const;
};

/// Layers that both have a value of, from the one with the largest difference on; equal ones are left out.
std::vector<std::string> differMost(Quantity quantity, const NetworkData& first, const NetworkData& other);

/// "3×3 64→128 /2" of a convolution, "512→10" of a linear layer, else what comes out: "64×56×56".
QString shapeText(const Layer& layer);

/// Where `f8net analyze sensitivity RUN --json` is kept for the run.
std::string sensitivityPath(const std::string& runFolder);
/// Accuracy lost by layer from that document; empty where it is damaged.
std::map<std::string, double> parseSensitivity(const QByteArray& json);

/// Keeps the graph of the last configuration: asked again at every change of the store.
class NetworkReader {
public:
    NetworkData read(const RunReader& reader, const RunId& run, std::optional<Epoch> epoch);

private:
    std::string m_config;
    LayerGraph m_graph;
};

}  // namespace f8net
