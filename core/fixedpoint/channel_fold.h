// SPDX-License-Identifier: Apache-2.0
/// What batch norm and the clipping scales make of one output channel in a training step: forward, what folds into the
/// second convolution; backward, what becomes of its gradients. The node of a CPU and the kernels of a GPU both take it
/// from here.
/// Formula  forward: gain = gamma / sqrt(var + eps), b = (beta - gain * mean) / eta_next, each operation rounded to T
/// in
///          this order, because codes depend on it.  Backward, in float64: d gain = (d We . W eta - d b mean) /
///          eta_next, d mean = -d b gain / eta_next, d var = -d gain gain / (2 dev^2); d eta from d We and, since mean
///          and variance of the first convolution grow with eta and its square, from these.
/// Source   method.md 3.2.   Threads  pure, host and device.
#pragma once

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

/// One channel after forward; numbers of T held in doubles, but for mean and variance, which keep what was summed up.
struct ChannelFold {
    double mean, variance;  ///< of the first convolution's output; biased
    double deviation, gain, bias;

    /// Fills in the rest from mean and variance.
    template <typename T>
    F8NET_ELEMENTWISE void fold(T gamma, T beta, T eta_next) {
        const T rounded_deviation = batch_deviation(static_cast<T>(variance), static_cast<T>(kBatchNormEpsilon));
        const T rounded_gain = gamma / rounded_deviation;
        deviation = static_cast<double>(rounded_deviation);
        gain = static_cast<double>(rounded_gain);
        bias = static_cast<double>(effective_bias(beta, rounded_gain, static_cast<T>(mean), eta_next));
    }
    /// d We to d W.
    F8NET_ELEMENTWISE double weight_factor(double eta, double eta_next) const { return gain * eta / eta_next; }
};

/// Gradients of one channel's parameters and statistics, and its part of those of the scales.
struct ChannelGradient {
    double gamma, beta, mean, variance, eta, eta_next;

    /// product: sum of d We * W over the channel's weights; db: d loss / d bias.
    F8NET_ELEMENTWISE static ChannelGradient unfold(const ChannelFold& fold, double product, double db, double eta,
                                                    double eta_next) {
        const double d_gain = (product * eta - db * fold.mean) / eta_next;
        ChannelGradient d;
        d.gamma = d_gain / fold.deviation;
        d.beta = db / eta_next;
        d.mean = -db * fold.gain / eta_next;
        d.variance = -d_gain * fold.gain / (2 * fold.deviation * fold.deviation);
        d.eta = fold.gain * product / eta_next + (2 * d.variance * fold.variance + d.mean * fold.mean) / eta;
        d.eta_next = -(fold.gain * product * eta / eta_next + db * fold.bias) / eta_next;
        return d;
    }
};

/// d y0 = moments_gradient(y0, mean, slope, offset) from the gradients of a channel's mean and biased variance over so
/// many values.
F8NET_ELEMENTWISE double moments_slope(double d_variance, double samples) {
    return 2 * d_variance / samples;
}
F8NET_ELEMENTWISE double moments_offset(double d_mean, double samples) {
    return d_mean / samples;
}

/// A running mean or variance after a batch: kept = 1 - momentum, added = momentum, factor makes a biased variance
/// unbiased.
template <typename T>
F8NET_ELEMENTWISE T averaged_statistic(T running, T batch, T kept, T added, T factor) {
    return kept * running + added * (factor * batch);
}

}  // namespace f8net
