// SPDX-License-Identifier: Apache-2.0
/// Images per second that the loader delivers: Fashion-MNIST (where it is installed), and JPEGs of a photograph's size,
/// made here or those of FOLDER/train/CLASS, decoded each time or kept. Usage: data_loading [SECONDS per line [FOLDER]]
/// data_loading_peer.py runs it beside torchvision.
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

/// As torchvision's ToTensor, so that the figures compare: bytes to floats in 0 .. 1.
float to_floats(const Batch& batch, std::vector<float>& floats) {
    floats.resize(batch.pixels.size());
    for (size_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(batch.pixels[i]) * (1.0f / 255);
    return floats[floats.size() / 2];
}

void measure(const char* what, const DatasetPtr& dataset, const TransformOptions& options, int64_t batch_size,
             int threads, double seconds) {
    using Clock = std::chrono::steady_clock;
    const ImageTransform transform(options, *dataset);
    const Sampler sampler({.num_images = dataset->size(), .batch_size = batch_size, .drop_last = true});
    Loader loader(dataset, transform, sampler, {.num_threads = threads});
    int64_t images = 0;
    double checksum = 0;
    std::vector<float> floats;
    const auto begin = Clock::now();
    double passed = 0;
    for (int64_t epoch = 0; passed < seconds; ++epoch) {
        loader.start(epoch);
        while (auto batch = loader.next()) {
            images += batch->size;
            checksum += to_floats(*batch, floats);
            passed = std::chrono::duration<double>(Clock::now() - begin).count();
            if (passed >= seconds) break;
        }
    }
    std::printf("%-52s %d threads  %10.0f images/s  (checksum %.3f)\n", what, threads,
                static_cast<double>(images) / passed, checksum);
}

void measure_jpegs(const std::string& folder, double seconds) {
    DatasetOptions options;
    options.folder = folder;
    const int cores = available_threads();
    const std::string caches = (std::filesystem::temp_directory_path() / "f8net-data-loading-pixels").string();
    for (const auto& [cache, kept] :
         {std::pair{PixelCache::kMemory, "kept in memory"}, {PixelCache::kDisk, "kept on disk"}}) {
        options.cache = cache;
        options.cache_folder = caches;
        options.cache_bytes = int64_t{1} << 30;
        const DatasetPtr pictures = open_dataset(options, Split::kTrain);
        for (int64_t i = 0; i < pictures->size(); ++i) pictures->get(i);  // decoded before the clock runs
        measure((std::string("JPEG to 224, resized crop and flip, ") + kept).c_str(), pictures,
                {.image_size = 224, .augmentation = Augmentation::kResizedCropFlip}, 16, 1, seconds);
        measure((std::string("JPEG to 224, resize and centre crop, ") + kept).c_str(), pictures, {.image_size = 224},
                16, 1, seconds);
    }
    std::filesystem::remove_all(caches);
    options.cache = PixelCache::kNone;
    const DatasetPtr dataset = open_dataset(options, Split::kTrain);
    for (int threads = 1; threads <= cores; threads = threads < cores ? cores : cores + 1) {
        measure("JPEG to 224, resized crop and flip", dataset,
                {.image_size = 224, .augmentation = Augmentation::kResizedCropFlip}, 16, threads, seconds);
        measure("JPEG to 224, resize and centre crop", dataset, {.image_size = 224}, 16, threads, seconds);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
    const int cores = available_threads();
    if (argc > 2) {
        measure_jpegs(argv[2], seconds);
        return 0;
    }
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
    measure_jpegs(folder.string(), seconds);
    std::filesystem::remove_all(folder);
    return 0;
}
