// SPDX-License-Identifier: Apache-2.0
#include "core/training/recalibration.h"

#include "core/base/error.h"

namespace f8net {

bool recalibrate_batch_norm(Network& network, NumericMode mode, Loader& loader, int64_t epoch, int batches,
                            const std::function<torch::Tensor(const Batch&)>& to_input,
                            const std::function<bool()>& keep_going) {
    const torch::NoGradGuard no_grad;
    const bool was_training = network.is_training();
    network.train(true);
    network.recalibrate_batch_norm(true);
    loader.start(epoch, 0);
    bool is_complete = true;
    for (int seen = 0; seen < batches && is_complete; ++seen) {
        std::optional<Batch> batch = loader.next();
        if (!batch) {
            loader.start(++epoch, 0);
            batch = loader.next();
        }
        if (!batch) throw DataError("the training data have no batch to estimate batch-norm statistics from");
        // A short batch of all ranks can leave one of them without images.
        if (batch->size > 0) network.forward(to_input(*batch), mode);
        is_complete = keep_going();
    }
    network.recalibrate_batch_norm(false);
    network.train(was_training);
    return is_complete;
}

}  // namespace f8net
