// SPDX-License-Identifier: Apache-2.0
#include "tests/core/tensorfile/peak_memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {
// One thread allocates in these tests.
int64_t held = 0, peak = 0;

void* allocate(std::size_t size) {
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    held += static_cast<int64_t>(malloc_usable_size(memory));
    peak = std::max(peak, held);
    return memory;
}
void release(void* memory) noexcept {
    if (memory != nullptr) held -= static_cast<int64_t>(malloc_usable_size(memory));
    std::free(memory);
}
}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void operator delete(void* memory) noexcept {
    release(memory);
}
void operator delete[](void* memory) noexcept {
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    release(memory);
}

namespace f8net::testing {

PeakMemory::PeakMemory() : before_(held) {
    peak = held;
}

int64_t PeakMemory::bytes() const {
    return peak - before_;
}

}  // namespace f8net::testing
