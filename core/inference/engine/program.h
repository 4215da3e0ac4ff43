// SPDX-License-Identifier: Apache-2.0
/// A network, or a range of its nodes, compiled for one instruction set: steps in execution order and one arena that
/// they share. Threads  constant after it is made; each arena belongs to one image at a time.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "core/inference/engine/step.h"
#include "core/inference/mode_evaluator.h"

namespace f8net {

class Program {
public:
    /// tracing: accumulators, sums and int32 results are stored too, by the same kernels with more stores.
    Program(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set, bool tracing);

    size_t num_steps() const { return steps_.size(); }
    /// Nodes whose work a step does: one, or the convolutions of a sum.
    const std::vector<int>& nodes_of(size_t step) const { return steps_[step].nodes; }
    void run_step(size_t step, const StepContext& context) const { steps_[step].step->run(context); }

    int64_t arena_bytes() const { return arena_bytes_; }
    /// Values of the range's last node, after the last step: logits, where that is the classifier.
    const int32_t* output(std::byte* arena) const;

    /// What a trace wants of the step that was just run: values of one image, H W C.
    struct Recorded {
        int node = 0;
        bool is_codes = false;
        std::vector<int32_t> values;
    };
    std::vector<Recorded> recorded(size_t step, std::byte* arena) const;

private:
    struct Record {
        int node;
        bool is_codes;
        const Buffer* buffer;
        int shift = 0;  ///< codes of an int32 buffer
    };
    struct PlacedStep {
        std::unique_ptr<Step> step;
        std::vector<int> nodes;
        std::vector<Record> records;
    };
    struct Lifetime {
        size_t first, last;
    };

    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    Buffer* make_buffer(const Shape& shape, int border, int64_t pitch, int element_bytes, int32_t zero = 0);
    Buffer* make_int32(int node_index, int border = 0);
    void make_buffers(size_t group);
    bool is_in_place(const Group& group) const;
    void compile(size_t group);
    void compile_kernel(const StepPlan& plan, EpilogueBuffers& buffers);
    void add_step(std::unique_ptr<Step> step, int node, const std::vector<const Buffer*>& used);
    void record(const Record& what);
    void record_codes(const StepPlan& plan);
    const Buffer* codes_for(int source, const IntegerNode& reader) const;
    void place_buffers();

    /// The forms in which a group's value lies in the arena.
    struct Value {
        Buffer* int32 = nullptr;
        std::vector<Buffer*> views;
    };

    const IntegerNetwork& network_;
    const NodeRange range_;
    const InstructionSet& set_;
    const bool tracing_;
    std::vector<Group> groups_;
    std::vector<Value> values_;   // per group
    std::deque<Buffer> buffers_;  // stay where they are: steps keep references
    std::vector<Lifetime> lifetimes_;
    std::vector<PlacedStep> steps_;
    const Buffer* output_ = nullptr;
    int64_t arena_bytes_ = 0;
};

}  // namespace f8net
