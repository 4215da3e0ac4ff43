// SPDX-License-Identifier: Apache-2.0
#include "app/cli/predictions_file.h"

#include <filesystem>

#include "app/cli/artifacts.h"
#include "app/cli/context.h"
#include "core/base/error.h"
#include "core/store/run_store.h"

namespace f8net {

void keep_predictions(Context& context, const RunId& run, Predictions predictions) {
    if (predictions.modes.empty()) return;
    try {
        const std::string path =
            RunStore(context.options.store, RunStore::Mode::kReadOnly).run_folder(run) + "/predictions.safetensors";
        Predictions all = std::move(predictions);
        if (std::filesystem::exists(path)) {
            Predictions older = read_predictions(path);
            older.merge(std::move(all));
            all = std::move(older);
        }
        write_predictions(path, all);
        record_artifact(context, run, path, "predictions");
    } catch (const Error& error) {
        context.console.warning(std::string("the predictions are not kept: ") + error.what());
    }
}

}  // namespace f8net
