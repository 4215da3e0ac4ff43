// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>

#include "core/fixedpoint/requantize.h"
#include "core/inference/engine/step.h"
#include "core/inference/law_node.h"
#include "core/inference/node_operations.h"

namespace f8net {
namespace {

/// Rows of a plane that a part does.
struct Rows {
    int64_t begin, end;
    Rows(const StepContext& context, int64_t height)
        : begin(height * context.part / context.parts), end(height * (context.part + 1) / context.parts) {}
};

void put_code(const Buffer& buffer, std::byte* row, int64_t element, int64_t code) {
    if (buffer.element_bytes == 1) {
        row[element] = static_cast<std::byte>(code + buffer.zero);
    } else {
        const auto wide = static_cast<int16_t>(code);
        std::memcpy(row + element * 2, &wide, sizeof wide);
    }
}

class InputStep final : public Step {
public:
    InputStep(const StepPlan& plan, const CodeView* view, const Buffer& output)
        : shape_(output.shape), output_(output), is_int32_(view == nullptr) {
        if (view != nullptr) view_ = *view;
        for (int64_t channel = 0; channel < shape_.channels; ++channel) {
            tables_.push_back(input_code_table(plan.network, channel));
            for (int16_t& code : tables_.back()) code = static_cast<int16_t>(wanted(code));
        }
        is_plain_ = output.element_bytes == 1 && output.zero == 0;
        for (const auto& table : tables_) {
            for (size_t byte = 0; byte < table.size(); ++byte)
                is_plain_ = is_plain_ && table[byte] == static_cast<int16_t>(byte);
        }
    }

    void run(const StepContext& context) const override {
        output_.fill_border(context.arena, context.part, context.parts);
        const Rows rows(context, shape_.height);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
            std::byte* const to = output_.at(context.arena, y, 0);
            const int64_t first = y * shape_.width * shape_.channels;
            if (context.image.codes != nullptr)
                put_row(to, [&](int64_t i, int64_t) { return wanted(context.image.codes[first + i]); });
            else if (is_plain_ && output_.pitch == shape_.channels)
                std::memcpy(to, context.image.pixels + first, static_cast<size_t>(shape_.width * shape_.channels));
            else
                put_row(to, [&](int64_t i, int64_t channel) {
                    return int64_t{tables_[static_cast<size_t>(channel)][context.image.pixels[first + i]]};
                });
        }
    }

private:
    int64_t wanted(int64_t code) const {
        return is_int32_ ? code
                         : requantize_round_half_even(code, view_.shift, view_.format.min_stored(),
                                                      view_.format.max_stored());
    }

    template <typename CodeAt>
    void put_row(std::byte* to, const CodeAt& code_at) const {
        int64_t i = 0;
        for (int64_t x = 0; x < shape_.width; ++x) {
            for (int64_t channel = 0; channel < shape_.channels; ++channel, ++i) {
                const int64_t at = x * output_.pitch + channel, code = code_at(i, channel);
                if (is_int32_) {
                    const auto wide = static_cast<int32_t>(code);
                    std::memcpy(to + at * 4, &wide, sizeof wide);
                } else {
                    put_code(output_, to, at, code);
                }
            }
        }
    }

    const Shape shape_;
    const Buffer& output_;
    const bool is_int32_;
    bool is_plain_ = false;
    CodeView view_;
    std::vector<std::array<int16_t, 256>> tables_;  // per channel: what a byte is stored as
};

class ValuesStep final : public Step {
public:
    ValuesStep(const CodeView* view, const Buffer& output) : output_(output), is_int32_(view == nullptr) {
        if (view != nullptr) view_ = *view;
    }

    void run(const StepContext& context) const override {
        output_.fill_border(context.arena, context.part, context.parts);
        const Shape& shape = output_.shape;
        // Pixels without gaps between them are one run.
        const bool is_one_run = output_.pitch == shape.channels;
        const int64_t runs = is_one_run ? 1 : shape.width,
                      size = is_one_run ? shape.width * shape.channels : shape.channels;
        const Rows rows(context, shape.height);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
            const int32_t* from = context.image.values + y * shape.width * shape.channels;
            for (int64_t x = 0; x < runs; ++x, from += size) put(from, size, output_.at(context.arena, y, x));
        }
    }

private:
    void put(const int32_t* from, int64_t size, std::byte* to) const {
        if (is_int32_) {
            std::memcpy(to, from, static_cast<size_t>(size) * sizeof *from);
            return;
        }
        constexpr int64_t kBlock = 256;
        std::array<int16_t, kBlock> codes;
        for (int64_t begin = 0; begin < size; begin += kBlock) {
            const int64_t count = std::min(kBlock, size - begin);
            requantize_to_codes(from + begin, count, view_.shift, view_.format, codes.data());
            if (output_.element_bytes == 2) {
                std::memcpy(to + begin * 2, codes.data(), static_cast<size_t>(count) * 2);
            } else {
                for (int64_t i = 0; i < count; ++i)
                    to[begin + i] = static_cast<std::byte>(codes[static_cast<size_t>(i)] + output_.zero);
            }
        }
    }

    const Buffer& output_;
    const bool is_int32_;
    CodeView view_;
};

class LawStep final : public Step {
public:
    LawStep(const StepPlan& plan, std::vector<const Buffer*> inputs, const Buffer& output, const Buffer* accumulators)
        : node_(plan.network, plan.node(), LawKernels::kScalar),
          inputs_(std::move(inputs)),
          output_(output),
          accumulators_(accumulators),
          has_relu_(plan.group.has_relu) {}

    void run(const StepContext& context) const override {
        if (context.part != 0) return;
        const auto values = [&](const Buffer& buffer) {
            return reinterpret_cast<int32_t*>(context.arena + buffer.offset);
        };
        int32_t* const output = values(output_);
        node_.run(values(*inputs_[0]), inputs_.size() > 1 ? values(*inputs_[1]) : nullptr, output, *context.scratch);
        if (accumulators_ != nullptr) std::copy_n(output, output_.shape.size(), values(*accumulators_));
        if (has_relu_) relu(output, output_.shape.size(), output);
    }

private:
    const LawNode node_;
    const std::vector<const Buffer*> inputs_;
    const Buffer& output_;
    const Buffer* const accumulators_;
    const bool has_relu_;
};

class RequantizeStep final : public Step {
public:
    RequantizeStep(const CodeView& view, const Buffer& input, const Buffer& output)
        : view_(view), input_(input), output_(output) {}

    void run(const StepContext& context) const override {
        output_.fill_border(context.arena, context.part, context.parts);
        const Rows rows(context, output_.shape.height);
        for (int64_t y = rows.begin; y < rows.end; ++y) {
            for (int64_t x = 0; x < output_.shape.width; ++x) {
                const auto* const from = reinterpret_cast<const int32_t*>(input_.at(context.arena, y, x));
                std::byte* const to = output_.at(context.arena, y, x);
                for (int64_t c = 0; c < output_.shape.channels; ++c) {
                    put_code(output_, to, c,
                             requantize_round_half_even(from[c], view_.shift, view_.format.min_stored(),
                                                        view_.format.max_stored()));
                }
            }
        }
    }

private:
    const CodeView view_;
    const Buffer &input_, &output_;
};

}  // namespace

std::unique_ptr<Step> make_input_step(const StepPlan& plan, const CodeView* view, const Buffer& output) {
    return std::make_unique<InputStep>(plan, view, output);
}

std::unique_ptr<Step> make_values_step(const CodeView* view, const Buffer& output) {
    return std::make_unique<ValuesStep>(view, output);
}

std::unique_ptr<Step> make_law_step(const StepPlan& plan, std::vector<const Buffer*> inputs, const Buffer& output,
                                    const Buffer* accumulators) {
    return std::make_unique<LawStep>(plan, std::move(inputs), output, accumulators);
}

std::unique_ptr<Step> make_requantize_step(const CodeView& view, const Buffer& input, const Buffer& output) {
    return std::make_unique<RequantizeStep>(view, input, output);
}

}  // namespace f8net
