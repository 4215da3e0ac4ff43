// SPDX-License-Identifier: Apache-2.0
#include "core/data/pixel_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/hash.h"

namespace f8net {

namespace {

constexpr char kMagic[8] = {'F', '8', 'N', 'P', 'I', 'X', '0', '1'};
constexpr size_t kHashDigits = 32;

struct Header {
    char magic[8];
    int64_t num_images;
    int64_t channels;
    std::atomic<int64_t> end;  ///< where the next picture goes
};

struct Entry {
    std::atomic<int64_t> offset;  ///< of the pixels; 0: not kept
    int32_t height;
    int32_t width;
    int64_t changed;  ///< source's time of change, nanoseconds
    char hash[kHashDigits];
};
static_assert(std::atomic<int64_t>::is_always_lock_free);  // else they would not work between processes

[[noreturn]] void fail(const std::string& path, const std::string& what) {
    throw IoError(path + ": " + what + ": " + std::strerror(errno));
}

int64_t time_of_change(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return 0;
    return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// All bytes or false.
bool read_at(int file, void* bytes, size_t size_bytes, int64_t offset) {
    auto* to = static_cast<uint8_t*>(bytes);
    while (size_bytes > 0) {
        const ssize_t count = ::pread(file, to, size_bytes, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        to += count;
        offset += count;
        size_bytes -= static_cast<size_t>(count);
    }
    return true;
}
bool write_at(int file, const void* bytes, size_t size_bytes, int64_t offset) {
    const auto* from = static_cast<const uint8_t*>(bytes);
    while (size_bytes > 0) {
        const ssize_t count = ::pwrite(file, from, size_bytes, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        from += count;
        offset += count;
        size_bytes -= static_cast<size_t>(count);
    }
    return true;
}

class PixelFile : public PixelStore {
public:
    PixelFile(const std::string& folder, const Dataset& dataset, int64_t max_bytes)
        : dataset_(dataset),
          path_(folder + "/" + dataset.fingerprint() + "-" + std::to_string(dataset.channels()) + ".pixels"),
          num_images_(dataset.size()),
          table_bytes_(sizeof(Header) + static_cast<size_t>(num_images_) * sizeof(Entry)),
          max_bytes_(max_bytes),
          is_checked_(static_cast<size_t>(num_images_)),
          is_claimed_(static_cast<size_t>(num_images_)) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) throw IoError(folder + ": cannot be made: " + error.message());
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (file_ < 0) fail(path_, "cannot be opened for writing");
        try {
            open_table();
        } catch (...) {
            ::close(file_);
            throw;
        }
    }
    ~PixelFile() override {
        ::munmap(header_, table_bytes_);
        ::close(file_);
    }

    std::optional<Image> find(int64_t index, const ChoosePart& choose) override {
        const Entry& entry = entries_[index];
        const int64_t offset = entry.offset.load(std::memory_order_acquire);
        if (offset == 0 || !is_trusted(index, offset)) return std::nullopt;
        const Box whole{0, 0, entry.height, entry.width};
        const Box part = choose ? choose({entry.height, entry.width}) : whole;
        // Whole rows in one go: cheaper than a call per row of the part.
        Image rows(part.height, entry.width, dataset_.channels());
        const auto row_bytes = int64_t{1} * entry.width * dataset_.channels();
        if (!read_at(file_, rows.pixels.data(), rows.pixels.size(), offset + part.top * row_bytes))
            fail(path_, "cannot be read");
        return part.width == entry.width ? std::move(rows) : crop(rows, {0, part.left, part.height, part.width});
    }
    bool has_room(int64_t size_bytes) const override {
        return !is_disk_full_.load() && header_->end.load() + size_bytes <= max_bytes_;
    }
    void keep(int64_t index, const Image& image) override {
        const auto size_bytes = static_cast<int64_t>(image.pixels.size());
        if (is_claimed_[static_cast<size_t>(index)].exchange(true)) return;  // by another thread
        int64_t offset = header_->end.load();
        do {
            if (offset + size_bytes > max_bytes_) return;
        } while (!header_->end.compare_exchange_weak(offset, offset + size_bytes));
        if (!write_at(file_, image.pixels.data(), image.pixels.size(), offset)) {
            is_disk_full_ = true;
            return;
        }
        // Another process may write the same entry at this moment: it writes the same but for the offset.
        Entry& entry = entries_[index];
        entry.height = image.height;
        entry.width = image.width;
        entry.changed = time_of_change(dataset_.name(index));
        hash_hex(image.pixels.data(), image.pixels.size()).copy(entry.hash, kHashDigits);
        entry.offset.store(offset, std::memory_order_release);
        is_checked_[static_cast<size_t>(index)] = true;
    }

private:
    void open_table() {
        if (::flock(file_, LOCK_EX) != 0) fail(path_, "cannot be locked");
        struct stat status {};
        if (::fstat(file_, &status) != 0) fail(path_, "cannot be read");
        // A file whose table is not there yet was just made, or its maker died: nothing in it is of use.
        Header found{};
        const bool is_new = status.st_size < static_cast<off_t>(table_bytes_) ||
                            !read_at(file_, &found, sizeof(found.magic), 0) || found.magic[0] == 0;
        if (is_new) {
            if (::ftruncate(file_, 0) != 0) fail(path_, "cannot be emptied");
            // Written through a map later: without its blocks, a full disk would kill the process.
            errno = ::posix_fallocate(file_, 0, static_cast<off_t>(table_bytes_));
            if (errno != 0) fail(path_, "no room for the table of pictures");
        }
        void* map = ::mmap(nullptr, table_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
        if (map == MAP_FAILED) fail(path_, "cannot be mapped");
        header_ = static_cast<Header*>(map);
        entries_ = reinterpret_cast<Entry*>(static_cast<uint8_t*>(map) + sizeof(Header));
        if (is_new) {
            header_->num_images = num_images_;
            header_->channels = dataset_.channels();
            header_->end = static_cast<int64_t>(table_bytes_);
            std::copy(std::begin(kMagic), std::end(kMagic), header_->magic);
        }
        ::flock(file_, LOCK_UN);
        if (!std::equal(std::begin(kMagic), std::end(kMagic), header_->magic) || header_->num_images != num_images_ ||
            header_->channels != dataset_.channels()) {
            ::munmap(map, table_bytes_);
            throw IoError(path_ + ": is no file of pixels of this data set; remove it");
        }
    }

    /// Is what the entry says true? Looked at once for each picture.
    bool is_trusted(int64_t index, int64_t offset) {
        std::atomic<bool>& is_checked = is_checked_[static_cast<size_t>(index)];
        if (is_checked.load(std::memory_order_relaxed)) return true;
        const Entry& entry = entries_[index];
        struct stat status {};
        if (::fstat(file_, &status) != 0) fail(path_, "cannot be read");
        const int64_t row_bytes = int64_t{1} * entry.width * dataset_.channels();
        if (entry.height <= 0 || entry.width <= 0 || offset < static_cast<int64_t>(table_bytes_) ||
            row_bytes > (status.st_size - offset) / entry.height)
            return false;
        if (entry.changed != time_of_change(dataset_.name(index))) return false;
        Image image(entry.height, entry.width, dataset_.channels());
        if (!read_at(file_, image.pixels.data(), image.pixels.size(), offset)) return false;
        if (hash_hex(image.pixels.data(), image.pixels.size()).compare(0, kHashDigits, entry.hash, kHashDigits) != 0)
            return false;
        is_checked.store(true, std::memory_order_relaxed);
        return true;
    }

    const Dataset& dataset_;
    std::string path_;
    int64_t num_images_;
    size_t table_bytes_;
    int64_t max_bytes_;
    int file_ = -1;
    Header* header_ = nullptr;
    Entry* entries_ = nullptr;
    std::atomic<bool> is_disk_full_ = false;
    std::vector<std::atomic<bool>> is_checked_, is_claimed_;
};

}  // namespace

std::unique_ptr<PixelStore> open_pixel_file(const std::string& folder, const Dataset& dataset, int64_t max_bytes) {
    return std::make_unique<PixelFile>(folder, dataset, max_bytes);
}

}  // namespace f8net
