// SPDX-License-Identifier: Apache-2.0
/// How much memory the reader of an untrusted file may still take: a multiple of the file's size, so that no small file
/// becomes a large process. What is taken is never given back: a budget belongs to the reading of one file.
/// Errors   DataError naming the file and what asked for the memory.   Threads  one at a time.
#pragma once

#include <cstdint>
#include <string>

namespace f8net {

class MemoryBudget {
public:
    /// Tensors come once out of an honest file; the rest is for shared storages and for values that are larger in
    /// memory than in the file.
    static constexpr int64_t kTimesFileSize = 4;
    static constexpr int64_t kBesides = int64_t{16} << 20;  ///< bytes: small files of many small values

    MemoryBudget(int64_t file_size_bytes, std::string file_name);

    void spend(int64_t bytes, const std::string& what) {
        if (bytes > left_) refuse(what);
        left_ -= bytes;
    }

private:
    [[noreturn]] void refuse(const std::string& what) const;

    int64_t left_;
    int64_t size_;
    std::string name_;
};

}  // namespace f8net
