// SPDX-License-Identifier: Apache-2.0
/// Labelled images by index, wherever they come from; and the factory that opens them.
/// Errors   DataError naming file, place, expected and got for damaged data; MissingError with the command to install
///          for a default data set that is not there.
/// Threads  every const member may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/image.h"

namespace f8net {

struct Sample {
    Image image;
    int64_t label = 0;
};

class Dataset {
public:
    virtual ~Dataset() = default;
    Dataset(const Dataset&) = delete;
    Dataset& operator=(const Dataset&) = delete;

    virtual int64_t size() const = 0;
    /// As many as there are classes; a label is an index into it.
    virtual const std::vector<std::string>& class_names() const = 0;
    int num_classes() const { return static_cast<int>(class_names().size()); }
    virtual int channels() const = 0;                         ///< of every image that get() returns: 1 or 3
    virtual std::optional<ImageSize> image_size() const = 0;  ///< nothing where images differ in size
    /// Decoded as stored, not resized. 0 <= index < size().
    virtual Sample get(int64_t index) const = 0;
    /// Only the part of it that `choose` names when told its size: the same pixels as a crop of get(), for less work
    /// where the format allows.
    virtual Sample get_part(int64_t index, const ChoosePart& choose) const;
    virtual int64_t label(int64_t index) const = 0;     ///< without decoding
    virtual std::string name(int64_t index) const = 0;  ///< for messages: a file's path, "FILE image 17"
    /// XXH3 over what is trained on, the same on every machine; changes with any image, label or their order. (Image
    /// folders above 1 GiB: all names and sizes, the content of evenly chosen files.) Computed at the first call.
    virtual std::string fingerprint() const = 0;
    virtual std::string description() const = 0;  ///< one line: "Fashion-MNIST train, 60000 images 28x28, 10 classes"

protected:
    Dataset() = default;
};

using DatasetPtr = std::shared_ptr<const Dataset>;

enum class DatasetKind {
    kAuto,          ///< by what is in the folder; without a folder as kFashionMnist
    kFashionMnist,  ///< IDX files, by default Debian's package dataset-fashion-mnist
    kIdx,           ///< any IDX files with MNIST's names, plain or .gz
    kCifar10,       ///< data_batch_1.bin .. data_batch_5.bin, test_batch.bin
    kCifar100,      ///< train.bin, test.bin
    kImageFolder,   ///< FOLDER/{train,val|validation|test}/CLASS/*.{jpg,jpeg,png}
};
/// "auto", "fashion-mnist", "idx", "cifar-10", "cifar-100", "image-folder".
const char* dataset_kind_name(DatasetKind kind);
std::optional<DatasetKind> parse_dataset_kind(std::string_view name);

/// kValidation is a part split off the training data (DatasetOptions); kTest is the data set's own other part.
enum class Split { kTrain, kValidation, kTest };
const char* split_name(Split split);  ///< "train", "validation", "test"

/// Pictures that were decoded are kept (core/data/pixel_cache.h); data sets that are not compressed need none.
enum class PixelCache { kNone, kMemory, kDisk };

struct DatasetOptions {
    DatasetKind kind = DatasetKind::kAuto;
    std::string folder;  ///< empty: the Debian package's
    /// Image folders: of the two parts, below `folder` (or absolute). Where "val" is not there, validation and test are
    /// looked for.
    std::string train_folder = "train";
    std::string test_folder = "val";
    int channels = 0;              ///< 1 or 3: convert; 0: as the data are (IDX 1, image folders 3)
    double validation_share = 0;   ///< 0 <= share < 1 of the training images become kValidation ...
    int64_t validation_count = 0;  ///< ... or so many (not both)
    uint64_t seed = 0;             ///< of that choice: the same seed gives the same two disjoint parts
    int64_t limit = 0;             ///< only the first so many images of the split; 0: all
    PixelCache cache = PixelCache::kNone;
    std::string cache_folder = {};  ///< kDisk: where the file of pixels lies
    int64_t cache_bytes = 0;        ///< at most so much for the training and so much for the test images
};

/// Opens one split. Image folders are ordered class by class in turn (first image of each class, then the second, ...),
/// so that the first N images are spread over the classes. Errors   DataError: folder or file missing or damaged, or an
/// option that does not fit the data.
DatasetPtr open_dataset(const DatasetOptions& options, Split split);

/// What kAuto takes for the folder; nothing where it is none.
std::optional<DatasetKind> detect_dataset(const DatasetOptions& options);
/// Is there that split? (kValidation: are there training images to split it off?) Errors: as open_dataset() where it is
/// the folder that is missing or unknown.
bool has_split(const DatasetOptions& options, Split split);

/// DataError where there are more classes than a network tells apart. (Fewer are fine: class i is output i.)
void require_classes_fit(const Dataset& dataset, int network_classes);

/// Where Debian's package dataset-fashion-mnist has its files (there or not).
std::string default_fashion_mnist_folder();

/// Chosen images of another data set, in the order of `indexes`.
DatasetPtr make_subset(DatasetPtr dataset, std::vector<int64_t> indexes, const std::string& what);

}  // namespace f8net
