// SPDX-License-Identifier: Apache-2.0
#include "app/cli/artifacts.h"

#include <filesystem>

#include "app/cli/subject.h"
#include "core/base/atomic_folder.h"
#include "core/base/error.h"
#include "core/store/run_store.h"

namespace f8net {

void record_artifact(Context& context, const Subject& subject, const std::string& path, const std::string& role) {
    if (subject.run()) record_artifact(context, *subject.run(), path, role);
}

void record_artifact(Context& context, const RunId& run, const std::string& path, const std::string& role) {
    try {
        ArtifactRecord artifact;
        artifact.path = std::filesystem::absolute(path).lexically_normal().string();
        artifact.role = role;
        artifact.size_bytes = size_on_disk(path);
        artifact.hash = hash_path_hex(path);
        artifact.created_at = now_seconds();
        RunStore(context.options.store, RunStore::Mode::kReadWrite).add_artifact(run, artifact);
    } catch (const Error& error) {
        context.console.warning(path + " was not noted in the store: " + error.what());
    }
}

}  // namespace f8net
