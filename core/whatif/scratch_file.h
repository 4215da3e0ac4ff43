// SPDX-License-Identifier: Apache-2.0
/// Memory that the system may put on disk: a file without a name, mapped. It is gone with the process, however that
/// ends.
///
/// Errors   IoError naming the folder: no permission, disk full (its blocks are reserved at once, so that writing to
///          the memory cannot fail later).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace f8net {

class ScratchFile {
public:
    /// The folder is made where it is missing.
    ScratchFile(const std::string& folder, int64_t size_bytes);
    ~ScratchFile();
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    std::span<std::byte> bytes() const { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

}  // namespace f8net
