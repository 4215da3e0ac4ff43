// SPDX-License-Identifier: Apache-2.0
#include "core/run/torch_backend.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/places.h"

namespace f8net {

namespace {

/// Beside the program in a build tree and where it is installed (bin/f8net, lib/libf8net_torch.so).
std::string module_path() {
    return (std::filesystem::path(program_folder()) / "../lib/libf8net_torch.so").lexically_normal().string();
}

TorchBackend* open_module() {
    const std::string path = module_path();
    // LibTorch's OpenMP threads spin for milliseconds between two operations by default. On shared cores they spin on
    // the time of the thread they wait for: a step took up to 15 times as long beside a compiler. A short spin costs
    // nothing on idle cores.
    ::setenv("GOMP_SPINCOUNT", "1000", 0);
    // RTLD_LOCAL: LibTorch exports protobuf and ONNX symbols that must not meet others' in this process.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char* reason = ::dlerror();
        throw MissingError(
            std::string("cannot load LibTorch's module: ") + (reason ? reason : path) +
            "; install it with ./quickstart or resources/setup/fetch_libtorch.py and build the release preset");
    }
    const auto factory = reinterpret_cast<TorchBackendFactory>(::dlsym(handle, "f8net_torch_backend"));
    if (!factory) throw MissingError(path + " is not F8Net's LibTorch module: it has no f8net_torch_backend");
    return factory();
}

}  // namespace

TorchBackend& torch_backend() {
    static TorchBackend* const backend = open_module();
    return *backend;
}

bool torch_backend_is_installed() {
    return std::filesystem::exists(module_path());
}

}  // namespace f8net
