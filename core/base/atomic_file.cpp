// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>

#include "core/base/error.h"

namespace f8net {

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
    static std::atomic<int> counter{0};
    temporary_ = path_ + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw IoError("create", path_, errno);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
    descriptor_ = -1;
}

void AtomicFile::write(const void* data, size_t size_bytes) {
    const char* next = static_cast<const char*>(data);
    while (size_bytes > 0) {
        // One write call takes at most 2 GiB.
        const ssize_t written = ::write(descriptor_, next, std::min(size_bytes, size_t{1} << 30));
        if (written < 0) {
            if (errno == EINTR) continue;
            const int error_number = errno;
            IoError error("write", path_, error_number);
            discard();
            throw error;
        }
        next += written;
        size_bytes -= static_cast<size_t>(written);
    }
}

void AtomicFile::commit() {
    const auto fail = [this](const char* action) {
        IoError error(action, path_, errno);
        discard();
        throw error;
    };
    if (::fsync(descriptor_) != 0) fail("sync");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename to");
    ::close(descriptor_);
    descriptor_ = -1;
    std::string folder = std::filesystem::path(path_).parent_path().string();
    if (folder.empty()) folder = ".";
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);  // some file systems refuse to sync a folder; the rename itself has happened
        ::close(directory);
    }
}

std::string read_text_file(const std::string& path, size_t limit_bytes) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw IoError("read", path, errno);
    std::string text;
    char buffer[1 << 16];
    while (true) {
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int error_number = errno;
            ::close(descriptor);
            throw IoError("read", path, error_number);
        }
        if (got == 0) break;
        text.append(buffer, static_cast<size_t>(got));
        if (text.size() > limit_bytes) {
            ::close(descriptor);
            throw IoError("cannot read " + path + ": larger than " + std::to_string(limit_bytes) + " bytes");
        }
    }
    ::close(descriptor);
    return text;
}

void write_text_file(const std::string& path, std::string_view text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

int64_t free_bytes(const std::string& path) noexcept {
    std::error_code ignored;
    std::filesystem::path at = std::filesystem::absolute(path, ignored);
    while (!at.empty() && !std::filesystem::exists(at, ignored) && at != at.root_path()) at = at.parent_path();
    struct statvfs info {};
    if (::statvfs(at.c_str(), &info) != 0) return 0;
    return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

}  // namespace f8net
