// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/scratch_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/base/error.h"

namespace f8net {
namespace {

/// Not every file system makes files without names.
int open_unnamed(const std::string& folder) {
    const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
    std::string name = folder + "/scratch-XXXXXX";
    const int named = mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) unlink(name.c_str());
    return named;
}

class Descriptor {
public:
    explicit Descriptor(int file) : file_(file) {}
    ~Descriptor() {
        if (file_ >= 0) close(file_);
    }
    Descriptor(const Descriptor&) = delete;
    int get() const { return file_; }

private:
    const int file_;
};

}  // namespace

ScratchFile::ScratchFile(const std::string& folder, int64_t size_bytes) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw IoError("make the folder", folder, error.value());
    const Descriptor file(open_unnamed(folder));
    if (file.get() < 0) throw IoError("make a temporary file in", folder, errno);
    if (const int failed = posix_fallocate(file.get(), 0, size_bytes)) {
        throw IoError("keep " + std::to_string(size_bytes) + " bytes in", folder, failed);
    }
    void* const memory =
        mmap(nullptr, static_cast<size_t>(size_bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) throw IoError("map a temporary file of", folder, errno);
    bytes_ = {static_cast<std::byte*>(memory), static_cast<size_t>(size_bytes)};
}

ScratchFile::~ScratchFile() {
    munmap(bytes_.data(), bytes_.size());
}

}  // namespace f8net
