// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_runtime.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <type_traits>
#include <utility>

#include "core/base/error.h"
#include "core/base/places.h"

namespace f8net {

/// What is called of the C interface. Objects are opaque; a function gives a status, null where all went well.
struct OrtFunctions {
    using Status = void;
    const char* (*error_message)(const Status*);
    Status* (*create_environment)(int log_level, const char* log_name, void** environment);
    Status* (*create_session)(const void* environment, const void* model, size_t size, const void* options,
                              void** session);
    Status* (*run)(void* session, const void* options, const char* const* input_names, const void* const* inputs,
                   size_t inputs_size, const char* const* output_names, size_t outputs_size, void** outputs);
    Status* (*create_options)(void** options);
    Status* (*set_optimization_level)(void* options, int level);
    Status* (*set_threads)(void* options, int threads);
    Status* (*create_tensor)(const void* memory, void* data, size_t size, const int64_t* shape, size_t rank, int type,
                             void** value);
    Status* (*tensor_data)(void* value, void** data);
    Status* (*element_type)(const void* info, int* type);
    Status* (*rank)(const void* info, size_t* rank);
    Status* (*dimensions)(const void* info, int64_t* shape, size_t rank);
    Status* (*tensor_info)(const void* value, void** info);
    Status* (*create_cpu_memory)(int allocator, int memory, void** result);
    void (*release_status)(void*);
    void (*release_memory)(void*);
    void (*release_session)(void*);
    void (*release_value)(void*);
    void (*release_info)(void*);
    void (*release_options)(void*);

    /// The table that GetApi gives: these places have been fixed since version 1.
    explicit OrtFunctions(void* const* table) {
        const auto take = [&](auto& function, size_t place) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(table[place]);
        };
        take(error_message, 2);
        take(create_environment, 3);
        take(create_session, 8);
        take(run, 9);
        take(create_options, 10);
        take(set_optimization_level, 23);
        take(set_threads, 24);
        take(create_tensor, 49);
        take(tensor_data, 51);
        take(element_type, 60);
        take(rank, 61);
        take(dimensions, 62);
        take(tensor_info, 65);
        take(create_cpu_memory, 69);
        take(release_status, 93);
        take(release_memory, 94);
        take(release_session, 95);
        take(release_value, 96);
        take(release_info, 99);
        take(release_options, 100);
    }
};

namespace {

namespace fs = std::filesystem;

struct ApiBase {
    void* const* (*table)(uint32_t version);
    const char* (*version)();
};

constexpr uint32_t kApiVersion = 1;
constexpr int kFatalMessagesOnly = 4;
/// The first that reads opset 18.
constexpr int kOldestMajor = 1, kOldestMinor = 14;
constexpr const char* kHowToGetIt = "pip install onnxruntime, or name a libonnxruntime.so in F8NET_ONNXRUNTIME";

std::string environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

void add_libraries_in(const fs::path& folder, std::vector<std::string>& paths) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().filename().string().starts_with("libonnxruntime.so")) paths.push_back(entry.path().string());
    }
}

/// prefix/lib/python3.11/site-packages/onnxruntime/capi, and Debian's dist-packages.
void add_libraries_of_python(const fs::path& prefix, std::vector<std::string>& paths) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(prefix / "lib", ignored)) {
        if (!entry.path().filename().string().starts_with("python3")) continue;
        for (const char* packages : {"site-packages", "dist-packages"})
            add_libraries_in(entry.path() / packages / "onnxruntime" / "capi", paths);
    }
}

/// Paths to open, the best one first.
std::vector<std::string> candidates() {
    std::vector<std::string> paths;
    if (const std::string named = environment_variable("F8NET_ONNXRUNTIME"); !named.empty()) {
        std::error_code ignored;
        if (!fs::is_directory(named, ignored)) return {named};
        add_libraries_in(named, paths);
        return paths;
    }
    paths = {"libonnxruntime.so.1", "libonnxruntime.so"};
    if (const std::string python = environment_variable("F8NET_TEST_PYTHON"); !python.empty())
        add_libraries_of_python(fs::path(python).parent_path().parent_path(), paths);
    for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
        if (const std::string prefix = environment_variable(name); !prefix.empty())
            add_libraries_of_python(prefix, paths);
    }
    add_libraries_of_python(fs::path(cache_place()) / "venv-tests", paths);
    if (const std::string home = environment_variable("HOME"); !home.empty())
        add_libraries_of_python(fs::path(home) / ".local", paths);
    for (const char* prefix : {"/usr/local", "/usr"}) add_libraries_of_python(prefix, paths);
    return paths;
}

bool is_old(const std::string& version) {
    int major = 0, minor = 0;
    char dot = 0;
    std::istringstream(version) >> major >> dot >> minor;
    return major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor);
}

void need(const OnnxRuntime& runtime, void* status) {
    if (status == nullptr) return;
    const std::string message = runtime.functions().error_message(status);
    runtime.functions().release_status(status);
    throw DataError("ONNX Runtime " + runtime.version() + " (" + runtime.path() + "): " + message);
}

/// An object of the library, released with its own function.
class Held {
public:
    explicit Held(void (*release)(void*)) : release_(release) {}
    ~Held() {
        if (object != nullptr) release_(object);
    }
    Held(Held&& other) noexcept : object(std::exchange(other.object, nullptr)), release_(other.release_) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    void* object = nullptr;

private:
    void (*release_)(void*);
};

size_t element_size(OnnxType type) {
    switch (type) {
        case OnnxType::kUint8:
        case OnnxType::kInt8:
            return 1;
        case OnnxType::kFloat:
        case OnnxType::kInt32:
            return 4;
        case OnnxType::kInt64:
        case OnnxType::kDouble:
            return 8;
    }
    return 0;
}

OnnxTensor copy_of(const OnnxRuntime& runtime, void* value) {
    const OrtFunctions& ort = runtime.functions();
    OnnxTensor tensor;
    Held info(ort.release_info);
    need(runtime, ort.tensor_info(value, &info.object));
    int type = 0;
    need(runtime, ort.element_type(info.object, &type));
    tensor.type = static_cast<OnnxType>(type);
    size_t rank = 0;
    need(runtime, ort.rank(info.object, &rank));
    tensor.shape.resize(rank);
    need(runtime, ort.dimensions(info.object, tensor.shape.data(), rank));
    size_t size = element_size(tensor.type);
    for (const int64_t each : tensor.shape) size *= static_cast<size_t>(each);
    void* data = nullptr;
    need(runtime, ort.tensor_data(value, &data));
    tensor.bytes.resize(size);
    if (size > 0) std::memcpy(tensor.bytes.data(), data, size);
    return tensor;
}

}  // namespace

struct OnnxRuntime::Found {
    std::unique_ptr<OnnxRuntime> runtime;
    std::string reason;
};

std::unique_ptr<OnnxRuntime> OnnxRuntime::open(const std::string& path, std::string& reason) {
    // RTLD_LOCAL: LibTorch's module may be in the process, with a protobuf and an ONNX of its own.
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* const message = ::dlerror();
        reason = message == nullptr ? path : message;
        return nullptr;
    }
    const auto base_of = reinterpret_cast<const ApiBase* (*)()>(::dlsym(handle, "OrtGetApiBase"));
    const ApiBase* const base = base_of == nullptr ? nullptr : base_of();
    void* const* const table = base == nullptr ? nullptr : base->table(kApiVersion);
    if (table == nullptr) {
        reason = path + " is no ONNX Runtime";
        return nullptr;
    }
    std::unique_ptr<OnnxRuntime> runtime(new OnnxRuntime);
    runtime->version_ = base->version();
    runtime->path_ = path;
    if (is_old(runtime->version_)) {
        reason = path + " is version " + runtime->version_ + ", older than " + std::to_string(kOldestMajor) + "." +
                 std::to_string(kOldestMinor);
        return nullptr;
    }
    runtime->functions_ = std::make_shared<OrtFunctions>(table);
    need(*runtime, runtime->functions_->create_environment(kFatalMessagesOnly, "f8net", &runtime->environment_));
    return runtime;
}

std::unique_ptr<OnnxRuntime> OnnxRuntime::find(std::string& reason) {
    const std::vector<std::string> paths = candidates();
    for (const std::string& path : paths) {
        if (auto runtime = open(path, reason)) return runtime;
    }
    if (paths.empty()) reason = "there is no libonnxruntime.so in " + environment_variable("F8NET_ONNXRUNTIME");
    return nullptr;
}

const OnnxRuntime::Found& OnnxRuntime::found() {
    // Never destroyed: its threads may outlive static objects.
    static const Found* const found = [] {
        auto* const result = new Found;
        result->runtime = find(result->reason);
        return result;
    }();
    return *found;
}

std::string OnnxRuntime::why_not() {
    if (found().runtime) return {};
    return "no ONNX Runtime (" + found().reason + "): " + kHowToGetIt;
}

const OnnxRuntime& OnnxRuntime::instance() {
    if (!found().runtime) throw MissingError(why_not());
    return *found().runtime;
}

OnnxSession::OnnxSession(const OnnxRuntime& runtime, std::string_view model, bool optimized, int threads)
    : runtime_(runtime) {
    constexpr int kNothing = 0, kEverything = 99;
    const OrtFunctions& ort = runtime.functions();
    Held options(ort.release_options);
    need(runtime, ort.create_options(&options.object));
    need(runtime, ort.set_optimization_level(options.object, optimized ? kEverything : kNothing));
    need(runtime, ort.set_threads(options.object, threads));
    need(runtime, ort.create_session(runtime.environment(), model.data(), model.size(), options.object, &session_));
}

OnnxSession::~OnnxSession() {
    if (session_ != nullptr) runtime_.functions().release_session(session_);
}

std::vector<OnnxTensor> OnnxSession::run(const std::string& input, std::span<const uint8_t> data,
                                         const std::vector<int64_t>& shape,
                                         const std::vector<std::string>& outputs) const {
    constexpr int kDeviceAllocator = 0, kDefaultMemory = 0;
    const OrtFunctions& ort = runtime_.functions();
    Held memory(ort.release_memory);
    need(runtime_, ort.create_cpu_memory(kDeviceAllocator, kDefaultMemory, &memory.object));
    Held pixels(ort.release_value);
    // The interface takes no constant data, but a run does not write to its inputs.
    need(runtime_, ort.create_tensor(memory.object, const_cast<uint8_t*>(data.data()), data.size(), shape.data(),
                                     shape.size(), static_cast<int>(OnnxType::kUint8), &pixels.object));
    std::vector<const char*> names;
    for (const std::string& name : outputs) names.push_back(name.c_str());
    std::vector<void*> values(outputs.size(), nullptr);
    const char* const input_name = input.c_str();
    const void* const input_value = pixels.object;
    need(runtime_, ort.run(session_, nullptr, &input_name, &input_value, 1, names.data(), names.size(), values.data()));
    std::vector<Held> held;
    for (void* const value : values) held.emplace_back(ort.release_value).object = value;
    std::vector<OnnxTensor> tensors;
    for (const Held& value : held) tensors.push_back(copy_of(runtime_, value.object));
    return tensors;
}

}  // namespace f8net
