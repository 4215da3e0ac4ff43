// SPDX-License-Identifier: Apache-2.0
#include "core/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/error.h"
#include "core/base/parallel.h"

namespace f8net {

namespace {

Batch empty_batch(const Dataset& dataset, const ImageTransform& transform, std::span<const int64_t> indexes) {
    Batch batch;
    batch.size = static_cast<int64_t>(indexes.size());
    batch.channels = dataset.channels();
    batch.height = transform.height();
    batch.width = transform.width();
    batch.indexes.assign(indexes.begin(), indexes.end());
    batch.labels.resize(indexes.size());
    batch.pixels.resize(indexes.size() * static_cast<size_t>(batch.channels * batch.height * batch.width));
    return batch;
}

void put(Batch& batch, size_t place, const Image& image, int64_t label) {
    const size_t bytes = batch.pixels.size() / static_cast<size_t>(batch.size);
    if (image.pixels.size() != bytes) throw DataError("loader: image of unexpected size");
    std::memcpy(batch.pixels.data() + place * bytes, image.pixels.data(), bytes);
    batch.labels[place] = label;
}

/// A batch that is being made, by any number of threads.
struct Work {
    Batch batch;
    size_t next_image = 0;      // the first that nobody has taken
    size_t images_at_work = 0;  // taken, not ended
    std::exception_ptr error;   // of the first image of the batch that went wrong, whoever came to it first
    size_t error_place = 0;

    bool has_more() const { return !error && next_image < batch.indexes.size(); }
    bool is_finished() const { return !has_more() && images_at_work == 0; }
};

}  // namespace

struct Loader::State {
    State(DatasetPtr data, const ImageTransform& image_transform, const Sampler& image_sampler,
          int64_t prefetch_batches)
        : dataset(std::move(data)), transform(image_transform), sampler(image_sampler), prefetch(prefetch_batches) {
        // Much to do for an image: threads share a batch image by image. Little: they meet less often.
        const int64_t image_bytes = int64_t{dataset->channels()} * transform.height() * transform.width();
        images_at_a_time = static_cast<size_t>(std::clamp<int64_t>((64 << 10) / image_bytes, 1, 64));
    }

    const DatasetPtr dataset;
    const ImageTransform transform;
    const Sampler sampler;
    const int64_t prefetch;
    size_t images_at_a_time = 1;

    std::mutex mutex;  // guards all below
    std::condition_variable work_changed;
    std::condition_variable batch_finished;
    bool stop = false;
    int64_t generation = 0;  // grows with each start(): work of an older one is dropped
    int64_t epoch = 0;
    std::shared_ptr<const std::vector<int64_t>> indexes;
    int64_t next_to_make = 0;
    int64_t next_to_deliver = 0;
    int64_t end = 0;
    std::map<int64_t, std::shared_ptr<Work>> batches;  // begun, not delivered

    std::vector<std::thread> threads;

    /// The earliest batch with images left to take; nothing where there is none. Needs the lock.
    std::shared_ptr<Work> open_batch() const {
        for (const auto& [number, work] : batches) {
            if (work->has_more()) return work;
        }
        return nullptr;
    }
    bool may_begin_batch() const { return next_to_make < end && next_to_make < next_to_deliver + prefetch; }

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            work_changed.wait(lock, [this] { return stop || may_begin_batch() || open_batch(); });
            if (stop) return;
            if (const auto open = open_batch()) {
                make_images(lock, *open);
            } else {
                begin_batch(lock);
            }
        }
    }

    void begin_batch(std::unique_lock<std::mutex>& lock) {
        const int64_t number = next_to_make++;
        const int64_t my_generation = generation;
        const auto my_indexes = indexes;
        lock.unlock();
        auto begun = std::make_shared<Work>();
        try {
            begun->batch = empty_batch(*dataset, transform, sampler.batch_indexes(*my_indexes, number));
            begun->batch.number = number;
        } catch (...) {  // no memory
            begun->error = std::current_exception();
        }
        lock.lock();
        if (my_generation != generation) return;
        batches.emplace(number, begun);
        work_changed.notify_all();
        if (begun->is_finished()) batch_finished.notify_one();  // a rank's last batch may be empty
    }

    void make_images(std::unique_lock<std::mutex>& lock, Work& work) {
        const size_t begin = work.next_image;
        const size_t stop_at = std::min(begin + images_at_a_time, work.batch.indexes.size());
        const int64_t my_epoch = epoch;
        work.next_image = stop_at;
        work.images_at_work += stop_at - begin;
        lock.unlock();
        std::exception_ptr error;
        size_t place = begin;
        try {
            for (; place < stop_at; ++place) {
                const Sample sample = transform.train(*dataset, my_epoch, work.batch.indexes[place]);
                put(work.batch, place, sample.image, sample.label);
            }
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        work.images_at_work -= stop_at - begin;
        if (error && (!work.error || place < work.error_place)) {
            work.error = error;
            work.error_place = place;
        }
        if (work.is_finished()) batch_finished.notify_one();
    }
};

Loader::Loader(DatasetPtr dataset, const ImageTransform& transform, const Sampler& sampler,
               const LoaderOptions& options) {
    if (sampler.options().num_images != dataset->size())
        throw DataError("loader: the sampler is for " + std::to_string(sampler.options().num_images) +
                        " images, the data set has " + std::to_string(dataset->size()));
    state_ = std::make_unique<State>(std::move(dataset), transform, sampler, std::max(options.prefetch_batches, 1));
    for (int i = 0; i < std::max(options.num_threads, 1); ++i)
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

Loader::~Loader() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stop = true;
    }
    state_->work_changed.notify_all();
    for (std::thread& thread : state_->threads) thread.join();
}

void Loader::start(int64_t epoch, int64_t first_batch) {
    auto indexes = std::make_shared<const std::vector<int64_t>>(state_->sampler.epoch_indexes(epoch));
    {
        const std::lock_guard lock(state_->mutex);
        ++state_->generation;
        state_->epoch = epoch;
        state_->indexes = std::move(indexes);
        state_->next_to_make = state_->next_to_deliver = std::max<int64_t>(first_batch, 0);
        state_->end = state_->sampler.num_batches();
        state_->batches.clear();
    }
    state_->work_changed.notify_all();
}

std::optional<Batch> Loader::next() {
    std::unique_lock lock(state_->mutex);
    if (state_->next_to_deliver >= state_->end) return std::nullopt;
    const int64_t wanted = state_->next_to_deliver;
    state_->batch_finished.wait(lock, [&] {
        const auto found = state_->batches.find(wanted);
        return found != state_->batches.end() && found->second->is_finished();
    });
    const std::shared_ptr<Work> result = state_->batches.extract(wanted).mapped();
    if (result->error) {
        ++state_->generation;
        state_->end = state_->next_to_deliver = state_->next_to_make = 0;
        state_->batches.clear();
        std::rethrow_exception(result->error);
    }
    ++state_->next_to_deliver;
    lock.unlock();
    state_->work_changed.notify_one();
    return std::move(result->batch);
}

int64_t Loader::num_batches() const {
    return state_->sampler.num_batches();
}
const Sampler& Loader::sampler() const {
    return state_->sampler;
}

Batch load_batch(const Dataset& dataset, const ImageTransform& transform, std::span<const int64_t> indexes,
                 int num_threads) {
    Batch batch = empty_batch(dataset, transform, indexes);
    parallel_for(num_threads, batch.size, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
            const Sample sample = transform.evaluate(dataset, indexes[static_cast<size_t>(i)]);
            put(batch, static_cast<size_t>(i), sample.image, sample.label);
        }
    });
    return batch;
}

}  // namespace f8net
