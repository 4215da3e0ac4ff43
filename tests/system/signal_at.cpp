// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program it sends it a signal by what it has written, however fast the machine is:
//     SIGNAL_AT="SIGNAL SAVES WRITES" LD_PRELOAD=.../libtests_signal_at.so f8net train ...
// just before the call number WRITES that changes a file, counted from saved checkpoint number SAVES on. What is on the
// disk changes by such calls alone, so SIGKILL (9) at any of them leaves what a kill at any instant can leave; SIGSTOP
// (19) holds the program there for as long as a test needs.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Plan {
    int number = 0;
    std::atomic<int> saves_left = -1, writes_left = -1;

    Plan() {
        int saves = -1, writes = -1;
        const char* text = std::getenv("SIGNAL_AT");
        if (text == nullptr || std::sscanf(text, "%d %d %d", &number, &saves, &writes) != 3) return;
        saves_left = saves;
        writes_left = writes;
    }
};

Plan& plan() {
    static Plan plan;
    return plan;
}

void count_write() {
    if (plan().saves_left == 0 && --plan().writes_left == 0) kill(getpid(), plan().number);
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
    if (code == 0 && std::strstr(to, "/checkpoints/step-") != nullptr && plan().saves_left > 0) --plan().saves_left;
    return code;
}

}  // extern "C"
