// SPDX-License-Identifier: Apache-2.0
/// ONNX Runtime, where it is installed: its C library, opened when it is wanted. Nothing is linked; of its C interface
/// only what is called here is declared (version 1 of it, which stays where it is in all later ones).
/// Found    by $F8NET_ONNXRUNTIME (the library, or the folder it is in), as the system's libonnxruntime.so, or in the
///          `onnxruntime` package of a Python: that of $F8NET_TEST_PYTHON, $VIRTUAL_ENV or $CONDA_PREFIX, the tests'
///          own in the cache place, the user's, the system's.
/// Errors   MissingError: none that can be used, with what was tried and how to get one; DataError: it refuses a model.
/// Threads  sessions are independent; one run() at a time per session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/deploy/onnx_builder.h"

namespace f8net {

struct OrtFunctions;

class OnnxRuntime {
public:
    /// Opened at the first call and never closed.
    static const OnnxRuntime& instance();
    /// Why instance() would throw; empty where it would not.
    static std::string why_not();

    const std::string& version() const { return version_; }
    const std::string& path() const { return path_; }
    const OrtFunctions& functions() const { return *functions_; }
    void* environment() const { return environment_; }

private:
    OnnxRuntime() = default;
    static std::unique_ptr<OnnxRuntime> open(const std::string& path, std::string& reason);
    static std::unique_ptr<OnnxRuntime> find(std::string& reason);
    struct Found;
    static const Found& found();

    std::string version_, path_;
    std::shared_ptr<OrtFunctions> functions_;
    void* environment_ = nullptr;
};

/// What a session gives for one edge.
struct OnnxTensor {
    OnnxType type = OnnxType::kFloat;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;

    template <typename T>
    std::span<const T> as() const {
        return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
    }
};

class OnnxSession {
public:
    /// optimized: with everything that ONNX Runtime does to a graph, else with nothing of it.
    OnnxSession(const OnnxRuntime& runtime, std::string_view model, bool optimized, int threads);
    ~OnnxSession();
    OnnxSession(const OnnxSession&) = delete;
    OnnxSession& operator=(const OnnxSession&) = delete;

    /// Values of the edges `outputs` for one uint8 input, in their order.
    std::vector<OnnxTensor> run(const std::string& input, std::span<const uint8_t> data,
                                const std::vector<int64_t>& shape, const std::vector<std::string>& outputs) const;

private:
    const OnnxRuntime& runtime_;
    void* session_ = nullptr;
};

}  // namespace f8net
