// SPDX-License-Identifier: Apache-2.0
#include "core/training/gradient_average.h"

#include <algorithm>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

namespace f8net {

// The first bucket is small, so that the exchange starts early.
struct GradientAverage::Reducer {
    static constexpr size_t kFirstBucketBytes = 1 << 20;
    static constexpr size_t kBucketBytes = 25 << 20;

    Reducer(const std::vector<torch::Tensor>& parameters, Ranks& ranks)
        : reducer(parameters, buckets_of(parameters), ranks.group(), no_sparse(parameters), kBucketBytes,
                  /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true,
                  std::unordered_map<size_t, std::string>{}, kFirstBucketBytes,
                  /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false, std::vector<int64_t>{}) {}

    static std::vector<bool> no_sparse(const std::vector<torch::Tensor>& parameters) {
        return std::vector<bool>(parameters.size(), false);
    }
    static std::vector<std::vector<size_t>> buckets_of(const std::vector<torch::Tensor>& parameters) {
        return std::get<0>(c10d::compute_bucket_assignment_by_size(parameters, {kFirstBucketBytes, kBucketBytes},
                                                                   no_sparse(parameters)));
    }

    c10d::Reducer reducer;
};

GradientAverage::GradientAverage(std::vector<torch::Tensor> parameters, Ranks& ranks) : ranks_(ranks) {
    std::reverse(parameters.begin(), parameters.end());
    reducer_ = ranks.guarded([&] { return std::make_unique<Reducer>(parameters, ranks); });
}

GradientAverage::~GradientAverage() = default;

void GradientAverage::backward(const torch::Tensor& loss) {
    ranks_.guarded([&] {
        reducer_->reducer.prepare_for_forward();
        reducer_->reducer.prepare_for_backward({loss});
        loss.backward();
    });
}

}  // namespace f8net
