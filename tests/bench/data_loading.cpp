// SPDX-License-Identifier: Apache-2.0
/// Images per second that the loader delivers: Fashion-MNIST (where it is installed) and photographs-sized JPEGs made
/// here. Usage: data_loading [seconds per line]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/data/loader.h"
#include "tests/core/data/image_files.h"

namespace {

using namespace f8net;

void measure(const char* what, const DatasetPtr& dataset, const TransformOptions& options, int64_t batch_size,
             int threads, double seconds) {
    using Clock = std::chrono::steady_clock;
    const ImageTransform transform(options, *dataset);
    const Sampler sampler({.num_images = dataset->size(), .batch_size = batch_size, .drop_last = true});
    Loader loader(dataset, transform, sampler, {.num_threads = threads});
    int64_t images = 0;
    unsigned checksum = 0;
    const auto begin = Clock::now();
    double passed = 0;
    for (int64_t epoch = 0; passed < seconds; ++epoch) {
        loader.start(epoch);
        while (auto batch = loader.next()) {
            images += batch->size;
            checksum += batch->pixels[batch->pixels.size() / 2];
            passed = std::chrono::duration<double>(Clock::now() - begin).count();
            if (passed >= seconds) break;
        }
    }
    std::printf("%-44s %d threads  %10.0f images/s  (checksum %u)\n", what, threads,
                static_cast<double>(images) / passed, checksum);
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
    const int cores = available_threads();
    try {
        const DatasetPtr fashion = open_dataset({}, Split::kTrain);
        for (const int threads : {1, cores}) {
            measure("Fashion-MNIST 28x28, crop and flip", fashion, {.augmentation = Augmentation::kCropFlip}, 64,
                    threads, seconds);
            measure("Fashion-MNIST to 32x32, no augmentation", fashion, {.image_size = 32}, 64, threads, seconds);
        }
    } catch (const MissingError& error) {
        std::printf("Fashion-MNIST: %s\n", error.what());
    }
    // The usual size of an ImageNet photograph; smooth pictures decode somewhat faster than real ones.
    const auto folder = std::filesystem::temp_directory_path() / ("f8net-data-loading-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "train" / "made");
    for (int i = 0; i < 64; ++i)
        write_text_file((folder / "train" / "made" / (std::to_string(i) + ".jpg")).string(),
                        testing_support::jpeg_of(testing_support::smooth_image(375, 500, 3, i)));
    const DatasetPtr made = open_dataset({.folder = folder.string()}, Split::kTrain);
    for (const int threads : {1, cores}) {
        measure("JPEG 500x375 to 224, resized crop and flip", made,
                {.image_size = 224, .augmentation = Augmentation::kResizedCropFlip}, 16, threads, seconds);
        measure("JPEG 500x375 to 224, resize and centre crop", made, {.image_size = 224}, 16, threads, seconds);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
