// SPDX-License-Identifier: Apache-2.0
#include "core/run/torch_backend.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/places.h"
#include "core/run/torch_version.h"

namespace f8net {

namespace {

constexpr const char* kModule = "libf8net_torch.so";

/// Where fetch_libtorch.py puts LibTorch for a user; a package does not carry it.
std::string users_libtorch() {
    const char* chosen = std::getenv("F8NET_LIBTORCH_DIR");
    return chosen && *chosen ? chosen : cache_place() + "/libtorch-" F8NET_LIBTORCH_VERSION;
}

/// "...; get LibTorch 2.11.0 with ..."
std::string way_out() {
    return "; get LibTorch " F8NET_LIBTORCH_VERSION " with " + libtorch_fetch_command("", false);
}

/// Asks the loaded LibTorch itself, through its C interface, before any of its C++ is used.
void check_version(void* module, const std::string& path) {
    const auto version = reinterpret_cast<uint64_t (*)()>(::dlsym(module, "aoti_torch_abi_version"));
    const std::string reason = version ? why_libtorch_does_not_fit(F8NET_LIBTORCH_VERSION, version())
                                       : "this program was built for LibTorch " F8NET_LIBTORCH_VERSION
                                         ", the one that is loaded does not say its version: it is older than 2.9";
    if (!reason.empty()) throw MissingError(path + ": " + reason + way_out());
}

TorchBackend* open_module() {
    const std::string path = module_file(kModule);
    // LibTorch's OpenMP threads spin for milliseconds between two operations by default. On shared cores they spin on
    // the time of the thread they wait for: a step took up to 15 times as long beside a compiler. A short spin costs
    // nothing on idle cores.
    ::setenv("GOMP_SPINCOUNT", "1000", 0);
    // RTLD_LOCAL: LibTorch exports protobuf and ONNX symbols that must not meet others' in this process.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char* reason = ::dlerror();
        const std::string words = reason ? reason : path;
        // An installed module knows no user's folder: once LibTorch is loaded, the loader has what the module asks for.
        if (::dlopen((users_libtorch() + "/torch/lib/libtorch_cpu.so").c_str(), RTLD_NOW | RTLD_LOCAL)) {
            handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        }
        if (!handle) {
            const bool is_other_version = words.find("undefined symbol") != std::string::npos;
            throw MissingError("cannot load LibTorch's module: " + words +
                               (is_other_version ? " (the LibTorch that is found is of another version)" : "") +
                               way_out());
        }
    }
    check_version(handle, path);
    const auto factory = reinterpret_cast<TorchBackendFactory>(::dlsym(handle, "f8net_torch_backend"));
    if (!factory) throw MissingError(path + " is not F8Net's LibTorch module: it has no f8net_torch_backend");
    return factory();
}

}  // namespace

TorchBackend& torch_backend() {
    static TorchBackend* const backend = open_module();
    return *backend;
}

std::string module_file(const std::string& name) {
    const std::filesystem::path here = program_folder();
    // Benchmarks of a build lie one folder deeper.
    for (const char* folder : {"../lib/f8net", "../lib", "../../lib"}) {
        const auto file = (here / folder / name).lexically_normal();
        if (std::filesystem::exists(file)) return file.string();
    }
    return (here / "../lib" / name).lexically_normal().string();
}

/// "python3 .../fetch_libtorch.py DIR" where that is installed, else the way of a source tree.
std::string libtorch_fetch_command(const std::string& folder, bool with_gpu_libraries) {
    const auto script =
        (std::filesystem::path(program_folder()) / "../share/f8net/setup/fetch_libtorch.py").lexically_normal();
    if (std::filesystem::exists(script)) {
        return "python3 " + script.string() + " " + (folder.empty() ? users_libtorch() : folder) +
               (with_gpu_libraries ? " --cuda" : "");
    }
    if (with_gpu_libraries) return "./quickstart --cuda";
    return "./quickstart or resources/setup/fetch_libtorch.py, and build the release preset";
}

bool torch_backend_is_installed() {
    return std::filesystem::exists(module_file(kModule));
}

}  // namespace f8net
