// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "app/cli/commands/export.h"
#include "app/cli/layer_measurement.h"
#include "app/cli/sample_images.h"
#include "core/analysis/layer_profile.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "core/report/report.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

constexpr int64_t kImages = 100;
constexpr int kBatch = 20;

SampleImages images_for(Context& context, Subject& subject, const std::string& folder, int64_t images, Report& report) {
    try {
        return sample_images(context, subject, folder, images);
    } catch (const Error& error) {
        if (!folder.empty()) throw;
        report.missing.push_back(std::string("Statistics and verification on images of the data: ") + error.what());
        return random_images(subject, images);
    }
}

void verify(Context& context, const IntegerNetwork& network, const SampleImages& images, Report& report) {
    const std::vector<std::string> here = executor_paths();
    const auto law = make_executor(network, "scalar", context.threads());
    report.verified_on = std::to_string(images.count) + " images: " + images.source;
    for (const std::string path : {"scalar", "avx2", "avx512vnni"}) {
        VerifiedPath& verified = report.verified.emplace_back();
        verified.path = path;
        if (std::find(here.begin(), here.end(), path) == here.end()) {
            verified.skipped = "not on this processor";
            continue;
        }
        context.console.transient("checking " + path);
        // The law against itself with its work split otherwise.
        const auto other = make_executor(network, path, context.threads() + (path == "scalar" ? 1 : 0));
        const PathComparison compared = compare_paths(*law, *other, images.pixels, images.count, kBatch);
        verified.images = compared.images;
        if (compared.first_difference) verified.first_difference = compared.first_difference->description();
    }
}

void add_network(Context& context, Subject& subject, const ExportOptions& options, Report& report) {
    const int64_t count = options.images > 0 ? options.images : kImages;
    const IntegerNetwork& network = subject.integer_network();
    const SampleImages images = images_for(context, subject, options.data, count, report);
    report.architecture = network.architecture;
    report.layers = report_layers(network, clip_levels(subject));
    report.profiles = profile_layers(network);
    if (images.data) {
        if (const auto statistics = measure_layers(context, subject, {options.data, count}))
            add_statistics(report.layers, *statistics);
    }
    verify(context, network, images, report);
}

}  // namespace

void export_report(Context& context, Subject& subject, const ExportOptions& options) {
    Report report;
    report.subject = subject.text();
    report.title = std::filesystem::path(subject.text()).filename().string();
    report.checkpoint = subject.checkpoint_name();
    report.made_at = now_seconds();
    if (subject.run()) {
        read_run(RunStore(context.options.store, RunStore::Mode::kReadOnly), *subject.run(), report);
    } else {
        report.missing.push_back(
            "Accuracy, curves, formats over the epochs, histograms, configuration, files: these are of a run of the "
            "store, and this is a report about a file.");
    }
    try {
        add_network(context, subject, options, report);
    } catch (const ConfigError& error) {
        // A run that has no checkpoint yet still has its curves.
        if (!subject.run() || subject.has_checkpoint()) throw;
        report.missing.push_back(std::string("Layers and verification: ") + error.what());
    }
    write_text_file(options.output, render_report(report));
}

}  // namespace f8net
