// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_observer.h"

namespace f8net {

RunObserver::~RunObserver() = default;

std::string to_string(EventLevel level) {
    switch (level) {
        case EventLevel::kInfo:
            return "info";
        case EventLevel::kWarning:
            return "warning";
        case EventLevel::kError:
            return "error";
    }
    return "info";
}

void ObserverList::on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers,
                                  Step total_steps, Epoch total_epochs) {
    for (RunObserver* observer : observers_) observer->on_stage_start(stage, layers, total_steps, total_epochs);
}
void ObserverList::on_step(const StepReport& report) {
    for (RunObserver* observer : observers_) observer->on_step(report);
}
void ObserverList::on_epoch(const EpochReport& report) {
    for (RunObserver* observer : observers_) observer->on_epoch(report);
}
void ObserverList::on_checkpoint(const CheckpointReport& report) {
    for (RunObserver* observer : observers_) observer->on_checkpoint(report);
}
void ObserverList::on_event(const EventReport& report) {
    for (RunObserver* observer : observers_) observer->on_event(report);
}

}  // namespace f8net
