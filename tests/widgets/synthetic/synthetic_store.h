// SPDX-License-Identifier: GPL-3.0-or-later
/// Fills a run store with invented but plausible runs through the store's own writer: for tests, pictures and
/// benchmarks of the workbench, never shown as results.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/units.h"

namespace f8net::synthetic {

struct RunPlan {
    std::string name = "resnet18-w8a8";
    int epochs = 12;
    int doneEpochs = 12;  ///< fewer: the run is left in `state`
    int stepsPerEpoch = 60;
    int floatEpochs = 4;  ///< first stage, without formats
    double finalError = 0.11;
    int numLayers = 21;  ///< with formats: 21 ResNet18, 28 MobileNetV1, 53 MobileNetV2, 54 ResNet50, 105 ResNet101
    std::string state = "finished";  ///< queued, running, stopped, failed, finished
    unsigned seed = 1;
    std::vector<std::string> tags = {};
    bool evaluates = true;
    int histogramsEvery = 1;  ///< epochs; 0: none are recorded
    int extraMetrics = 0;     ///< a step, beside the four that training reports
    /// Called after each step, on the thread of add(): a run that is followed while it trains. False: nothing more is
    /// done, and the run is left in `state`.
    std::function<bool()> goesOn = {};
};

/// Keeps a "running" run alive: it is running as long as this object (and process) is there.
class Store {
public:
    explicit Store(std::string path);
    ~Store();
    RunId add(const RunPlan& plan);
    /// Images that change their class, as `f8net analyze flips` keeps them.
    void addFlips(const RunId& run, unsigned seed = 1);
    const std::string& path() const { return path_; }

private:
    struct Implementation;
    std::string path_;
    Implementation* implementation_;
};

/// Seven runs as in the pictures of the design: one running, one queued, one failed...
std::vector<RunId> fillForPictures(Store& store);
/// Many small ones; with `steps`, of ten metrics in so many steps each.
void fillMany(Store& store, int runs, int steps = 0);

}  // namespace f8net::synthetic
