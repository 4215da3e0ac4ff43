// SPDX-License-Identifier: Apache-2.0
// One folder with everything that whoever builds the hardware or the firmware needs: formats of `export`, made of one
// integer network, run and compared before the folder appears.
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/export.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/exported_file.h"
#include "app/cli/handoff_readme.h"
#include "app/cli/number_check.h"
#include "app/cli/signals.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_folder.h"
#include "core/base/sha256.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

constexpr const char* kNetwork = "network.f8n";

struct Options {
    std::string subject, config, data, output;
    int64_t images = 200;
};

struct Part {
    const char* format;
    const char* name;
    const char* what;
    bool is_run;  ///< what was written is run and compared with the scalar engine
};
constexpr Part kParts[] = {
    {"onnx", "network.onnx", "for ONNX Runtime and other runtimes: QLinear operators, 8-bit inputs and weights", true},
    {"c", "c", "for firmware: C source in integers alone, with a Makefile and a test of itself", true},
    {"vectors", "vectors", "for test benches: golden vectors, inputs, codes and accumulators of every layer", false},
    {"csv", "layers.csv", "the layers with shapes and formats, as a table", false},
    {"report", "report.html", "how the network was trained and what it reaches, with pictures", false},
};

ExitCode hand_off_answer(Context& context, const Json& document) {
    if (context.options.json) print_json(context.console, document);
    return document["equal"] == false ? ExitCode::kAnswerIsNo : ExitCode::kOk;
}

/// As a file that `verify` checked.
Json to_json(const Part& part, const ExportedFileCheck& check) {
    const std::optional<CodeDifference>& difference = check.comparison.first_difference;
    return {{"path", part.name},
            {"equal", or_null(check.equal())},
            {"skipped", or_null(check.why_not)},
            {"images", check.comparison.images},
            {"first_difference", difference ? to_json(*difference) : Json(nullptr)}};
}

/// The parts in words, with what came of running them.
std::vector<HandoffFile> described_files(const Json& checked) {
    std::vector<HandoffFile> files{
        {kNetwork,
         std::string("the integer network itself, which all else is made of; `f8net verify ") + kNetwork + "`",
         {}}};
    for (const Part& part : kParts) files.push_back({part.name, part.what, {}});
    for (const Json& file : checked) {
        const auto described = std::ranges::find(files, file.value("path", ""), &HandoffFile::name);
        described->verified = file["skipped"].is_string()
                                  ? fmt::format("not run on this machine ({})", file["skipped"].get<std::string>())
                                  : fmt::format("the same integers in {} images", file.value("images", 0));
    }
    return files;
}

/// README.md, with what the store knows of a run.
std::string readme(const Context& context, const Subject& subject, const IntegerNetwork& network, const Json& checked) {
    HandoffFacts facts;
    facts.files = described_files(checked);
    if (!subject.run()) {
        facts.title = fs::path(subject.text()).filename().string();
        return handoff_readme(network, facts);
    }
    facts.title = subject.run_name();
    facts.origin =
        fmt::format("Run {} ({}), checkpoint {}", subject.run()->text(), subject.run_name(), subject.checkpoint_name());
    facts.checkpoint = subject.checkpoint_name();
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    facts.evaluations = RunReader(store).evaluations(*subject.run());
    return handoff_readme(network, facts);
}

/// Lines of SHA256SUMS; `files` for the JSON document. The lists of files that folders are replaced by are ours alone.
std::string sums(const fs::path& folder, Json& files) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const bool is_handed_off = entry.is_regular_file() && entry.path().filename() != ".f8net-files";
        if (is_handed_off) names.push_back(entry.path().lexically_relative(folder).generic_string());
    }
    std::sort(names.begin(), names.end());
    std::string lines;
    for (const std::string& name : names) {
        const std::string path = (folder / name).string();
        const std::string sum = sha256_file_hex(path);
        lines += sum + "  " + name + "\n";
        files.push_back({{"name", name}, {"bytes", size_on_disk(path)}, {"sha256", sum}});
    }
    return lines;
}

ExitCode hand_off(Context& context, const Options& options) {
    const Interruptible steps("hand-off stopped; nothing was written");
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    AtomicFolder folder(options.output);
    IntegerNetwork network = subject.integer_network();
    network.class_names = class_names_of(subject);
    const std::string network_file = folder.file(kNetwork);
    save_integer_network(network_file, network);
    const fs::path inside = fs::path(network_file).parent_path();

    Json document{{"path", options.output}, {"bytes", nullptr},       {"verified", true},
                  {"equal", true},          {"files", Json::array()}, {"checked", Json::array()}};
    for (const Part& part : kParts) {
        steps.need_going_on();
        context.console.transient(std::string("writing ") + part.name);
        ExportOptions parts;
        parts.format = part.format;
        parts.output = (inside / part.name).string();
        parts.data = options.data;
        write_export(context, subject, parts);
        if (!part.is_run) continue;
        const ExportedFileCheck check = check_exported_file(context, subject, part.format, parts.output, options.data,
                                                            options.images, [&] { steps.need_going_on(); });
        document["checked"].push_back(to_json(part, check));
        if (!check.equal()) document["verified"] = nullptr;  // it cannot be run here
        if (check.equal() != false) continue;
        document["verified"] = document["equal"] = false;
        context.console.error(std::string(part.name) + " differs: " + check.comparison.first_difference->description() +
                              "; nothing was written");
        return hand_off_answer(context, document);
    }
    steps.need_going_on();
    folder.write("README.md", readme(context, subject, network, document["checked"]));
    folder.write("SHA256SUMS", sums(inside, document["files"]));
    folder.commit();
    document["bytes"] = size_on_disk(options.output);
    record_artifact(context, subject, options.output, "handoff");
    context.console.note(
        fmt::format("wrote {} ({}, {} files){}", options.output, format_bytes(document["bytes"].get<int64_t>()),
                    document["files"].size() + 1,
                    document["verified"].is_null() ? "; not all of it could be run on this machine" : ", verified"));
    return hand_off_answer(context, document);
}

}  // namespace

void add_handoff_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add(
        "handoff", "One folder for whoever builds with it: ONNX, C source, golden vectors, report; verified",
        "f8net handoff quickstart -o quickstart-handoff\n"
        "cd quickstart-handoff && sha256sum -c SHA256SUMS",
        [options](Context& context) { return hand_off(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("-o,--output", options->output, "Folder to make")->required()->option_text("DIR");
    app.add_option("--images", options->images, "Run what was written on so many; default: 200")
        ->check(count_from_one())
        ->option_text("N");
    app.add_option("--data", options->data, "Folder of the images; random ones where nothing names data")
        ->option_text("DIR");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
