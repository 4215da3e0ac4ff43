// SPDX-License-Identifier: Apache-2.0
/// Bytes to read from at any place, of a file or of memory: what the parsers of hostile files stand on.
/// Errors   DataError (naming the source and the place) for a read outside of it; IoError where the system fails.
/// Threads  read() may be called by several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace f8net {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    const std::string& name() const { return name_; }
    int64_t size() const { return size_; }
    /// Exactly `count` bytes from `offset`.
    void read(int64_t offset, void* to, size_t count);

protected:
    explicit ByteSource(std::string name) : name_(std::move(name)) {}
    virtual void read_checked(int64_t offset, void* to, size_t count) = 0;

    std::string name_;
    int64_t size_ = 0;
};

class FileSource : public ByteSource {
public:
    explicit FileSource(const std::string& path);
    ~FileSource() override;

private:
    void read_checked(int64_t offset, void* to, size_t count) override;
    int descriptor_ = -1;
};

/// Does not own the memory.
class MemorySource : public ByteSource {
public:
    MemorySource(const void* data, size_t size_bytes, std::string name);

private:
    void read_checked(int64_t offset, void* to, size_t count) override;
    const std::byte* data_;
};

}  // namespace f8net
