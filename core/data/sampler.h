// SPDX-License-Identifier: Apache-2.0
/// Which images an epoch consists of, in which order, and which of them are this rank's: a pure function of the options
/// and the epoch, so that a resumed run needs no more than (epoch, batch) to go on.
///
/// Order    an endless stream of passes; pass p is a permutation of all images keyed by (seed, p), or 0, 1, 2, ...
///          in order without shuffling. Epoch e is positions [e * m, (e + 1) * m) of the stream, m = images_per_epoch
///          (all images where 0). With m smaller than the data set, successive epochs therefore walk on through one
///          permutation until all images have been used; with m = 0 an epoch is one pass.
/// Ranks    global batch b is positions [b * B * W, (b + 1) * B * W) of the epoch (B = batch size, W = world), of which
///          rank r takes every W-th from r: nothing dropped, nothing doubled, and every rank has the same number of
///          batches (the last may be smaller on some ranks, even empty; drop_last avoids that).
/// Threads  const: any.
#pragma once

#include <cstdint>
#include <vector>

namespace f8net {

struct SamplerOptions {
    int64_t num_images = 0;
    int64_t images_per_epoch = 0;  ///< over all ranks; 0: num_images
    int64_t batch_size = 64;       ///< of one rank
    bool shuffle = true;
    bool drop_last = false;  ///< leave out a last global batch that is not full
    uint64_t seed = 0;
    int rank = 0;
    int world = 1;
};

class Sampler {
public:
    /// DataError where there are no images or a number is out of range.
    explicit Sampler(const SamplerOptions& options);

    const SamplerOptions& options() const { return options_; }
    int64_t images_per_epoch() const;  ///< over all ranks, with drop_last taken into account
    int64_t num_batches() const;       ///< per epoch; the same on every rank
    /// Indexes of this rank for an epoch (from 0), batch after batch.
    std::vector<int64_t> epoch_indexes(int64_t epoch) const;
    /// The part of epoch_indexes() that is batch `number`.
    std::vector<int64_t> batch_indexes(const std::vector<int64_t>& of_epoch, int64_t number) const;

private:
    SamplerOptions options_;
};

}  // namespace f8net
