// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/App.hpp>
#include <filesystem>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/environment_record.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/base/parallel.h"
#include "core/base/places.h"
#include "core/cuda/driver.h"
#include "core/data/dataset.h"
#include "core/deploy/onnx_runtime.h"
#include "core/inference/executor.h"
#include "core/run/torch_backend.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

enum class Health { kGood, kAbsent, kBad };

struct Finding {
    std::string what;
    Health health = Health::kGood;
    std::string detail;
};

const char* name_of(Health health) {
    switch (health) {
        case Health::kGood:
            return "ok";
        case Health::kAbsent:
            return "absent";
        case Health::kBad:
            return "problem";
    }
    return "problem";
}

Finding check_integer_engine() {
    std::string paths;
    for (const std::string& path : executor_paths()) paths += (paths.empty() ? "" : ", ") + path;
    return {"integer engine", Health::kGood, "paths " + paths};
}

Finding check_torch() {
    if (!torch_backend_is_installed()) {
        return {"LibTorch", Health::kAbsent,
                "no training and only integer-only evaluation here; ./quickstart installs it"};
    }
    try {
        std::string text;
        for (const auto& [name, version] : torch_backend().versions())
            text += (text.empty() ? "" : ", ") + name + " " + version;
        return {"LibTorch", Health::kGood, text};
    } catch (const Error& error) {
        return {"LibTorch", Health::kBad, error.what()};
    }
}

Finding check_gpu() {
    const DriverFacts facts = read_driver_facts();
    const std::string reason = why_no_gpu(facts);
    if (facts.gpus.empty()) return {"GPU", Health::kAbsent, reason + "; everything works on the processor"};
    std::string found;
    for (const GpuDescription& gpu : facts.gpus) found += (found.empty() ? "" : ", ") + gpu.to_text();
    if (!reason.empty()) return {"GPU", Health::kBad, found + "; " + reason};
    if (!torch_backend_is_installed()) return {"GPU", Health::kAbsent, found + "; needs LibTorch's module"};
    try {
        torch_backend().require_device("cuda");
        return {"GPU", Health::kGood, found};
    } catch (const Error& error) {
        return {"GPU", Health::kAbsent, found + "; " + error.what()};
    }
}

Finding check_onnx_runtime() {
    const std::string reason = OnnxRuntime::why_not();
    if (!reason.empty()) return {"ONNX Runtime", Health::kAbsent, reason + "; verify checks exported files with it"};
    const OnnxRuntime& runtime = OnnxRuntime::instance();
    return {"ONNX Runtime", Health::kGood, runtime.version() + ", " + runtime.path()};
}

Finding check_store(const std::string& path) {
    if (!std::filesystem::exists(path)) return {"store", Health::kGood, path + " (made by the first run)"};
    try {
        const RunStore store(path, RunStore::Mode::kReadOnly);
        const auto runs = RunReader(store).list().runs.size();
        const std::string newer = store.newer_version_message();
        return {"store", newer.empty() ? Health::kGood : Health::kBad,
                path + ", " + std::to_string(runs) + " runs, schema " + std::to_string(store.schema_version()) +
                    ", journal " + store.journal_mode() + (newer.empty() ? "" : "; " + newer)};
    } catch (const Error& error) {
        return {"store", Health::kBad, error.what()};
    }
}

Finding check_disk(const std::string& store) {
    constexpr int64_t kLittle = 1'000'000'000;
    const int64_t free = free_bytes(store);
    return {"disk", free < kLittle ? Health::kBad : Health::kGood, format_bytes(free) + " free where the store is"};
}

Finding check_data() {
    const std::string folder = default_fashion_mnist_folder();
    if (!std::filesystem::is_directory(folder)) {
        return {"Fashion-MNIST", Health::kAbsent, "apt-get install dataset-fashion-mnist"};
    }
    try {
        DatasetOptions options;
        options.kind = DatasetKind::kFashionMnist;
        return {"Fashion-MNIST", Health::kGood, open_dataset(options, Split::kTest)->description()};
    } catch (const Error& error) {
        return {"Fashion-MNIST", Health::kBad, error.what()};
    }
}

Finding check_workbench() {
    const std::string program = program_folder() + "/f8net-workbench";
    if (std::filesystem::exists(program)) return {"workbench", Health::kGood, program};
    return {"workbench", Health::kAbsent, "not built here (needs Qt); f8net works without"};
}

Finding check_experiments() {
    const std::string folder = experiments_place();
    if (std::filesystem::is_directory(folder)) return {"experiments", Health::kGood, folder};
    return {"experiments", Health::kAbsent, "no shipped configurations found"};
}

ExitCode diagnose(Context& context) {
    const std::vector<Finding> findings{
        {"processor", Health::kGood, processor_name() + ", " + std::to_string(available_threads()) + " threads"},
        check_integer_engine(),
        check_torch(),
        check_gpu(),
        check_onnx_runtime(),
        check_store(context.options.store),
        check_disk(context.options.store),
        check_data(),
        check_experiments(),
        check_workbench(),
    };
    bool healthy = true;
    Json list = Json::array();
    TextTable table{"part", "state", "detail"};
    for (const Finding& finding : findings) {
        healthy = healthy && finding.health != Health::kBad;
        list.push_back({{"part", finding.what}, {"state", name_of(finding.health)}, {"detail", finding.detail}});
        table.add_row({finding.what, name_of(finding.health), finding.detail});
    }
    if (context.options.json) {
        print_json(context.console, {{"healthy", healthy}, {"findings", list}});
    } else {
        context.console.print(table.text());
    }
    return healthy ? ExitCode::kOk : ExitCode::kAnswerIsNo;
}

}  // namespace

void add_doctor_command(CommandRegistry& registry) {
    registry.add("doctor", "Check installation, GPU, data and store", "f8net doctor", diagnose);
}

}  // namespace f8net
