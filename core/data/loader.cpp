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

/// A finished batch, or what went wrong in making it.
struct Finished {
    Batch batch;
    std::exception_ptr error;
};

}  // namespace

struct Loader::State {
    State(DatasetPtr data, const ImageTransform& image_transform, const Sampler& image_sampler,
          int64_t prefetch_batches)
        : dataset(std::move(data)), transform(image_transform), sampler(image_sampler), prefetch(prefetch_batches) {}

    const DatasetPtr dataset;
    const ImageTransform transform;
    const Sampler sampler;
    const int64_t prefetch;

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
    std::map<int64_t, Finished> finished;

    std::vector<std::thread> threads;

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            work_changed.wait(
                lock, [this] { return stop || (next_to_make < end && next_to_make < next_to_deliver + prefetch); });
            if (stop) return;
            const int64_t number = next_to_make++;
            const int64_t my_generation = generation;
            const int64_t my_epoch = epoch;
            const auto my_indexes = indexes;
            lock.unlock();
            Finished result = make(number, my_generation, my_epoch, *my_indexes);
            lock.lock();
            if (my_generation != generation) continue;
            finished.emplace(number, std::move(result));
            batch_finished.notify_one();
        }
    }

    Finished make(int64_t number, int64_t my_generation, int64_t my_epoch, const std::vector<int64_t>& of_epoch) {
        Finished result;
        try {
            result.batch = empty_batch(*dataset, transform, sampler.batch_indexes(of_epoch, number));
            result.batch.number = number;
            for (size_t i = 0; i < result.batch.indexes.size(); ++i) {
                if (i % 16 == 0 && outdated(my_generation)) return result;
                const int64_t index = result.batch.indexes[i];
                Sample sample = dataset->get(index);
                put(result.batch, i, transform.train(std::move(sample.image), my_epoch, index), sample.label);
            }
        } catch (...) {
            result.error = std::current_exception();
        }
        return result;
    }

    bool outdated(int64_t my_generation) {
        const std::lock_guard lock(mutex);
        return stop || my_generation != generation;
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
        state_->finished.clear();
    }
    state_->work_changed.notify_all();
}

std::optional<Batch> Loader::next() {
    std::unique_lock lock(state_->mutex);
    if (state_->next_to_deliver >= state_->end) return std::nullopt;
    const int64_t wanted = state_->next_to_deliver;
    state_->batch_finished.wait(lock, [&] { return state_->finished.contains(wanted); });
    auto node = state_->finished.extract(wanted);
    Finished& result = node.mapped();
    if (result.error) {
        ++state_->generation;
        state_->end = state_->next_to_deliver = state_->next_to_make = 0;
        state_->finished.clear();
        std::rethrow_exception(result.error);
    }
    ++state_->next_to_deliver;
    lock.unlock();
    state_->work_changed.notify_one();
    return std::move(result.batch);
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
            Sample sample = dataset.get(indexes[static_cast<size_t>(i)]);
            put(batch, static_cast<size_t>(i), transform.evaluate(std::move(sample.image)), sample.label);
        }
    });
    return batch;
}

}  // namespace f8net
