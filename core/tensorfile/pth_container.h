// SPDX-License-Identifier: Apache-2.0
/// The two forms of PyTorch's files behind one face: a pickle of values and storages under keys.
/// Zip     torch.save since 1.6: NAME/data.pkl, NAME/data/KEY.
/// Legacy  before: five pickles one after another (magic number, protocol, machine, values, keys of the storages), then
///         the storages.
/// Errors  DataError naming file and place.   Threads  one at a time.   Not for users: they call read_pth().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tensorfile/pickle.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

class PthContainer {
public:
    virtual ~PthContainer() = default;
    const Pickle& pickle() const { return pickle_; }
    /// The bytes of a storage, at least `size_bytes`, with their memory taken from the budget; `what` is the tensor
    /// that asks.
    virtual std::vector<std::byte> storage(const std::string& key, int64_t size_bytes, const std::string& what) = 0;

protected:
    Pickle pickle_;
};

/// By content; source and budget must outlive the container.
std::unique_ptr<PthContainer> open_pth_container(ByteSource& source, MemoryBudget& budget);

/// Whether a file begins as one of the two does.
bool begins_as_pth(const unsigned char* head, size_t size_bytes);

/// Of the global "torch FloatStorage" and the like; DataError naming `what` for a type that no tensor here has.
DType dtype_of_storage(const std::string& type, const std::string& what);

}  // namespace f8net
