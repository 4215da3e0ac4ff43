// SPDX-License-Identifier: Apache-2.0
#include "core/data/cifar_file.h"

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr size_t kPlaneBytes = size_t{32} * 32;

void check_label(std::string_view bytes, size_t at, int num_classes, const char* which, size_t record,
                 const std::string& name) {
    const int label = static_cast<uint8_t>(bytes[at]);
    if (label >= num_classes)
        throw DataError(name + ": " + which + " of record " + std::to_string(record) + " (byte " + std::to_string(at) +
                        ") is " + std::to_string(label) + ", expected 0 to " + std::to_string(num_classes - 1));
}

}  // namespace

CifarImages parse_cifar(std::string_view bytes, CifarKind kind, const std::string& name) {
    const size_t label_bytes = kind == CifarKind::k10 ? 1 : 2;
    const size_t record_bytes = label_bytes + 3 * kPlaneBytes;
    const size_t count = bytes.size() / record_bytes;
    if (count == 0 || bytes.size() % record_bytes != 0)
        throw DataError(name + ": " + std::to_string(bytes.size()) + " bytes, expected whole records of " +
                        std::to_string(record_bytes) + " (" + std::to_string(count) + " would be " +
                        std::to_string(count * record_bytes) + "): the file is truncated or not CIFAR-" +
                        (kind == CifarKind::k10 ? "10" : "100"));
    CifarImages images;
    images.pixels.resize(count * 3 * kPlaneBytes);
    images.labels.resize(count);
    for (size_t i = 0; i < count; ++i) {
        const size_t at = i * record_bytes;
        if (kind == CifarKind::k10) {
            check_label(bytes, at, 10, "label", i, name);
        } else {
            check_label(bytes, at, 20, "coarse label", i, name);
            check_label(bytes, at + 1, 100, "fine label", i, name);
        }
        images.labels[i] = static_cast<uint8_t>(bytes[at + label_bytes - 1]);
        const char* planes = bytes.data() + at + label_bytes;
        uint8_t* to = images.pixels.data() + i * 3 * kPlaneBytes;
        for (size_t p = 0; p < kPlaneBytes; ++p)
            for (size_t c = 0; c < 3; ++c) *to++ = static_cast<uint8_t>(planes[c * kPlaneBytes + p]);
    }
    return images;
}

}  // namespace f8net
