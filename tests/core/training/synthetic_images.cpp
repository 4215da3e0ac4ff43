// SPDX-License-Identifier: Apache-2.0
#include "tests/core/training/synthetic_images.h"

#include <fstream>
#include <random>
#include <vector>

namespace f8net::testing_support {

namespace {

constexpr int kSize = 16;

void write_big_endian(std::ofstream& file, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(value >> shift));
}

void write_split(const std::filesystem::path& folder, const std::string& prefix, int count, std::mt19937& random) {
    std::ofstream images(folder / (prefix + "-images-idx3-ubyte"), std::ios::binary);
    std::ofstream labels(folder / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
    write_big_endian(images, 0x803);
    for (const int size : {count, kSize, kSize}) write_big_endian(images, static_cast<uint32_t>(size));
    write_big_endian(labels, 0x801);
    write_big_endian(labels, static_cast<uint32_t>(count));
    std::uniform_int_distribution<int> noise(0, 90);
    for (int i = 0; i < count; ++i) {
        const int label = i % 4;
        labels.put(static_cast<char>(label));
        for (int y = 0; y < kSize; ++y) {
            for (int x = 0; x < kSize; ++x) {
                const bool is_bright = (y / (kSize / 2)) * 2 + x / (kSize / 2) == label;
                images.put(static_cast<char>(noise(random) + (is_bright ? 120 : 0)));
            }
        }
    }
}

}  // namespace

void write_synthetic_images(const std::filesystem::path& folder, int num_train, int num_test, unsigned seed) {
    std::filesystem::create_directories(folder);
    std::mt19937 random(seed);
    write_split(folder, "train", num_train, random);
    write_split(folder, "t10k", num_test, random);
}

std::string synthetic_experiment(const std::filesystem::path& folder) {
    return "data:\n"
           "  dataset: fashion-mnist\n"
           "  folder: " +
           folder.string() +
           "\n"
           "  random_crop_padding: 1\n"
           "  flip: false\n"
           "network: {architecture: resnet18, width_multiplier: 0.125, stem: small, image_size: 16, input_channels: 1, "
           "num_classes: 10}\n"
           "quantization: {rescale_forward: false}\n"
           "optimizer: {lr: 0.05}\n"
           "training: {epochs: 2, batch_size: 16, images_per_epoch: 64, seed: 5, threads: 2, probe_images: 16, "
           "log_every_steps: 1}\n"
           "stages:\n"
           "  - name: float\n"
           "    quantization: {mode: float}\n"
           "    training: {epochs: 1}\n"
           "  - name: fixed-point\n"
           "    quantization: {mode: fake-quant}\n";
}

}  // namespace f8net::testing_support
