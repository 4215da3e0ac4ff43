// SPDX-License-Identifier: Apache-2.0
#include "core/data/pixel_cache.h"

#include <atomic>
#include <utility>

namespace f8net {

namespace {

class MemoryPixelStore : public PixelStore {
public:
    MemoryPixelStore(int64_t num_images, int64_t max_bytes)
        : images_(static_cast<size_t>(num_images)), max_bytes_(max_bytes) {}
    ~MemoryPixelStore() override {
        for (const auto& image : images_) delete image.load();
    }

    std::optional<Image> find(int64_t index, const ChoosePart& choose) override {
        const Image* image = images_[static_cast<size_t>(index)].load(std::memory_order_acquire);
        if (image == nullptr) return std::nullopt;
        return choose ? crop(*image, choose(image->size())) : *image;
    }
    bool has_room(int64_t size_bytes) const override { return used_.load() + size_bytes <= max_bytes_; }
    void keep(int64_t index, const Image& image) override {
        const auto size_bytes = static_cast<int64_t>(image.pixels.size());
        if (used_.fetch_add(size_bytes) + size_bytes > max_bytes_) {
            used_.fetch_sub(size_bytes);
            return;
        }
        auto copy = std::make_unique<Image>(image);
        const Image* none = nullptr;
        if (images_[static_cast<size_t>(index)].compare_exchange_strong(none, copy.get(), std::memory_order_release)) {
            static_cast<void>(copy.release());
        } else {
            used_.fetch_sub(size_bytes);  // another thread was first
        }
    }

private:
    std::vector<std::atomic<const Image*>> images_;
    std::atomic<int64_t> used_ = 0;
    const int64_t max_bytes_;
};

class CachedDataset : public Dataset {
public:
    CachedDataset(DatasetPtr dataset, std::unique_ptr<PixelStore> store)
        : dataset_(std::move(dataset)), store_(std::move(store)) {}

    int64_t size() const override { return dataset_->size(); }
    const std::vector<std::string>& class_names() const override { return dataset_->class_names(); }
    int channels() const override { return dataset_->channels(); }
    std::optional<ImageSize> image_size() const override { return dataset_->image_size(); }
    int64_t label(int64_t index) const override { return dataset_->label(index); }
    std::string name(int64_t index) const override { return dataset_->name(index); }
    std::string fingerprint() const override { return dataset_->fingerprint(); }
    std::string description() const override { return dataset_->description(); }

    Sample get(int64_t index) const override { return get_part(index, {}); }
    Sample get_part(int64_t index, const ChoosePart& choose) const override {
        if (auto image = store_->find(index, choose)) return {std::move(*image), dataset_->label(index)};
        // A picture that is kept is decoded whole, which is more work than the part: only where there is room for it,
        // which its header tells.
        bool keeps = false;
        Box part;
        Sample sample = dataset_->get_part(index, [&](ImageSize size) {
            const Box whole{0, 0, size.height, size.width};
            part = choose ? choose(size) : whole;
            keeps = store_->has_room(int64_t{1} * size.height * size.width * dataset_->channels());
            return keeps ? whole : part;
        });
        if (!keeps) return sample;
        store_->keep(index, sample.image);
        if (choose) sample.image = crop(sample.image, part);
        return sample;
    }

private:
    DatasetPtr dataset_;
    std::unique_ptr<PixelStore> store_;
};

}  // namespace

std::unique_ptr<PixelStore> make_memory_pixel_store(int64_t num_images, int64_t max_bytes) {
    return std::make_unique<MemoryPixelStore>(num_images, max_bytes);
}

DatasetPtr make_cached(DatasetPtr dataset, std::unique_ptr<PixelStore> store) {
    return std::make_shared<CachedDataset>(std::move(dataset), std::move(store));
}

}  // namespace f8net
