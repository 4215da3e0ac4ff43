// SPDX-License-Identifier: Apache-2.0
/// A function made at load time: written once, then read-only and executable.   Threads  may be called from many.
#pragma once

#include <functional>
#include <memory>

#include "core/base/error.h"
#include "core/inference/kernels/epilogue.h"

namespace f8net {

class GeneratedKernel {
public:
    /// emit writes the function's body; its caller-saved registers are those of kernel_registers.
    explicit GeneratedKernel(const std::function<void(Code&)>& emit) : code_(kLargestSize, Xbyak::DontSetProtectRWE) {
        try {
            emit(code_);
            code_.vzeroupper();
            code_.ret();
            code_.setProtectModeRE();
        } catch (const Xbyak::Error& error) {
            throw Error(ExitCode::kInternal, std::string("a kernel could not be generated: ") + error.what());
        }
    }
    GeneratedKernel(const GeneratedKernel&) = delete;

    void operator()(KernelArguments& arguments) const { code_.getCode<KernelFunction>()(&arguments); }

private:
    static constexpr size_t kLargestSize = 256 * 1024;
    Code code_;
};

}  // namespace f8net
