// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace f8net {

void ByteSource::read(int64_t offset, void* to, size_t count) {
    if (offset < 0 || offset > size_ || count > static_cast<uint64_t>(size_ - offset))
        throw DataError(name_ + ": " + std::to_string(count) + " bytes at byte " + std::to_string(offset) +
                        " are outside the file's " + std::to_string(size_) + " bytes (truncated?)");
    if (count > 0) read_checked(offset, to, count);
}

FileSource::FileSource(const std::string& path) : ByteSource(path) {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a named pipe must not block us
    if (descriptor_ < 0) throw IoError("read", path, errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor_);
        throw DataError(path + ": not a regular file");
    }
    size_ = status.st_size;
}

FileSource::~FileSource() {
    ::close(descriptor_);
}

void FileSource::read_checked(int64_t offset, void* to, size_t count) {
    char* next = static_cast<char*>(to);
    while (count > 0) {
        const ssize_t got = ::pread(descriptor_, next, std::min(count, size_t{1} << 30), offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw IoError("read", name_, errno);
        if (got == 0) throw DataError(name_ + ": became shorter while it was read");
        next += got;
        offset += got;
        count -= static_cast<size_t>(got);
    }
}

MemorySource::MemorySource(const void* data, size_t size_bytes, std::string name)
    : ByteSource(std::move(name)), data_(static_cast<const std::byte*>(data)) {
    size_ = static_cast<int64_t>(size_bytes);
}

void MemorySource::read_checked(int64_t offset, void* to, size_t count) {
    std::memcpy(to, data_ + offset, count);
}

}  // namespace f8net
