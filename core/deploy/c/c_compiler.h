// SPDX-License-Identifier: Apache-2.0
/// The C compiler of this machine, where there is one.   Threads  reentrant.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

/// A folder of one's own for temporary files, removed with its contents at the end.   Errors  IoError.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// Program and first words of its command line: $CC, else cc, gcc or clang, whichever is in PATH; empty where none is.
std::vector<std::string> find_c_compiler();

/// Called again and again while the compiler runs. What it throws ends the compiler and all that it has started, and
/// nothing of theirs is left.
using NeedGoingOn = std::function<void()>;

/// Runs the compiler.   Errors  DataError with what it said, where it does not succeed; what `need_going_on` throws.
void compile_c(const std::vector<std::string>& compiler, const std::vector<std::string>& arguments,
               const NeedGoingOn& need_going_on = {});

/// Bytes of machine code of the network's C source, compiled for size; nothing where there is no compiler that makes
/// ELF objects.   Errors  what `need_going_on` throws.
std::optional<int64_t> c_code_bytes(const IntegerNetwork& network, const NeedGoingOn& need_going_on = {});

}  // namespace f8net
