// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program it kills it, as kill -9 does, by what it has written, however fast the machine is:
//     KILL_AFTER_SAVES=M KILL_AT_WRITE=N LD_PRELOAD=.../libkill_at.so f8net train ...
// The N-th call that changes a file, counted from the M-th saved checkpoint on, is not made any more. What is on the
// disk changes by such calls alone, so these are all the states that a kill at any instant can leave.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

long number(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? -1 : std::atol(text);
}

std::atomic<long> saves_left{number("KILL_AFTER_SAVES")};
std::atomic<long> writes_left{number("KILL_AT_WRITE")};

void count_write() {
    if (saves_left == 0 && --writes_left == 0) kill(getpid(), SIGKILL);
}

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* data, size_t size) {
    static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
    count_write();
    return next(file, data, size);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
    static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    count_write();
    return next(file, data, size, offset);
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
    static auto* const next = real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    count_write();
    return next(file, data, size, offset);
}

int ftruncate(int file, off_t size) noexcept {
    static auto* const next = real<int(int, off_t)>("ftruncate");
    count_write();
    return next(file, size);
}

int ftruncate64(int file, off64_t size) noexcept {
    static auto* const next = real<int(int, off64_t)>("ftruncate64");
    count_write();
    return next(file, size);
}

int fsync(int file) {
    static auto* const next = real<int(int)>("fsync");
    count_write();
    return next(file);
}

int fdatasync(int file) {
    static auto* const next = real<int(int)>("fdatasync");
    count_write();
    return next(file);
}

int unlink(const char* path) noexcept {
    static auto* const next = real<int(const char*)>("unlink");
    count_write();
    return next(path);
}

int rename(const char* from, const char* to) noexcept {
    static auto* const next = real<int(const char*, const char*)>("rename");
    count_write();
    const int code = next(from, to);
    if (code == 0 && std::strstr(to, "/checkpoints/step-") != nullptr && saves_left > 0) --saves_left;
    return code;
}

}  // extern "C"
