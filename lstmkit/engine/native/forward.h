// The scan forward: products with the input by chunks of steps, then step by step, stage by stage.
#pragma once

#include "bfloat16.h"
#include "int8.h"
#include "worker.h"

namespace lstmkit {

class Forward : public Worker {
 public:
  using Worker::Worker;

  void run(int64_t from, int64_t to) {
    if (from == 0) clear_padding();
    for (int64_t s = from; s < to;) {
      const int64_t end = std::min(to, (s / memory_.chunk + 1) * memory_.chunk);
      multiply_input(s, end);
      for (; s < end; ++s) step(s);
    }
    if (to == call_.steps) finish();
  }

 private:
  // Outputs beyond a row's last step, cleared by whose row it is, so that no line travels.
  void clear_padding() {
    for (const int32_t b : rows_)
      if (tends(b))
        for (int64_t t = length_of(b); t < call_.steps; ++t)
          std::memset(call_.y.step(b, t), 0, sizeof(float) * program_.arrays[program_.hidden_output].width);
  }

  void multiply_input(int64_t from, int64_t to) {
    inputs_.clear();
    steps_.clear();
    for (int64_t s = from; s < to; ++s)
      for (const int32_t b : rows_)
        if (call_.active(b, call_.time(s))) {
          inputs_.push_back(call_.x.step(b, call_.time(s)));
          steps_.push_back({s, b});
        }
    for (size_t g = 0; g < program_.groups.size(); ++g)
      for (const int64_t k : program_.groups[g].blocks)
        if (program_.blocks[k].source == INPUT) multiply_block(static_cast<int64_t>(g), k);
  }

  void multiply_block(int64_t g, int64_t k) {
    const Group& group = program_.groups[g];
    const Range own = units(group.width);
    const auto rows = static_cast<int64_t>(inputs_.size());
    outputs_.clear();
    const bool fresh = k == group.blocks.front();
    for (const auto& [s, b] : steps_)
      outputs_.push_back(at_step(g, s) + b * group.columns + own.first * group.slots);
    for (int64_t column = own.first * group.slots; column < own.last * group.slots;) {
      // one panel for all rows, because the rows are few enough to stay in the cache
      const int64_t end = std::min(own.last * group.slots, (column / group.panel + 1) * group.panel);
      multiply_as_packed(k, inputs_.data(), rows, outputs_.data(), column, end, fresh,
                         Range{0, program_.blocks[k].inner});
      for (auto& output : outputs_) output += end - column;
      column = end;
    }
  }

  void step(int64_t s) {
    enter(s);
    if (s + 1 < call_.steps) expect(s + 1);
    for (const Stage& stage : program_.stages) {
      run_stage(stage, s);
      arrive();
      if (&stage == &program_.stages.back() && stage.moments.empty()) return;
      await();
      reduce(stage, stage.moments, true);
    }
  }

  // Memory that the next step writes is asked for now, because it may never have been touched.
  void expect(int64_t s) {
    for (const State& state : program_.states) {
      const Range own = units(state.width);
      for (const int32_t b : active_) {
        const float* row = at_step(state.array, s) + b * strides_[state.array];
        for (int64_t u = own.first; u < own.last; u += LINE) __builtin_prefetch(row + u, 1);
      }
    }
  }

  void run_stage(const Stage& stage, int64_t s) {
    const auto rows = static_cast<int64_t>(active_.size());
    if (rows == 0) return;
    if (call_.precision != FLOAT32) await();
    if (!awaits_) fetch_sources(stage);
    const int64_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
    const int64_t most = std::max<int64_t>(1, 512 / (rows * BLOCK)) * BLOCK;
    by_pieces(units(stage.width), most, stage.weights, BLOCK, s % 2 != 0, [&](int64_t u, int64_t end) {
      for (int64_t n = 0; n < parts; ++n) {
        const int64_t r = rows * n / parts;
        run_tile(stage, r, rows * (n + 1) / parts - r, u, end);
      }
    });
  }

  // What other threads have written is asked for at once, not line by line as a product reads it.
  void fetch_sources(const Stage& stage) const {
    if (by_rows_) return;
    for (const int64_t g : stage.groups)
      for (const int64_t b : program_.groups[g].blocks) {
        const Block& block = program_.blocks[b];
        if (block.source == INPUT) continue;
        const int64_t array = source_array(block);
        for (const int32_t row : active_) {
          const float* from = arrays_[array] + row * strides_[array];
          for (int64_t k = 0; k < block.inner; k += LINE) __builtin_prefetch(from + k);
        }
      }
  }

  int64_t source_array(const Block& block) const {
    return block.source == RECURRENT ? program_.states[block.index].previous : block.index;
  }

  void run_tile(const Stage& stage, int64_t r, int64_t rows, int64_t u, int64_t end) {
    if (awaits_) {
      multiply_sources(stage, r, rows, u, end, OWN);
      await();
      fetch_sources(stage);
      multiply_sources(stage, r, rows, u, end, OTHERS);
    } else {
      multiply_sources(stage, r, rows, u, end, ALL);
    }
    const Frame frame{arrays_.data(), strides_.data(), active_.data() + r, rows, u, end};
    (call_.training ? stage.keeping : call_.tracing ? stage.tracing : stage.forward)(frame);
  }

  // Products with states, and with operands, which are complete only when nobody is awaited.
  void multiply_sources(const Stage& stage, int64_t r, int64_t rows, int64_t u, int64_t end, Part part) {
    const float* from[TILE_ROWS];
    float* to[TILE_ROWS];
    for (const int64_t g : stage.groups) {
      const Group& group = program_.groups[g];
      for (int64_t k = 0; k < rows; ++k)
        to[k] = arrays_[g] + active_[r + k] * group.columns + u * group.slots;
      for (const int64_t b : group.blocks) {
        const Block& block = program_.blocks[b];
        if (block.source == INPUT) continue;
        const int64_t array = source_array(block);
        for (int64_t k = 0; k < rows; ++k) from[k] = arrays_[array] + active_[r + k] * strides_[array];
        by_part(part, units(block.inner), block.inner, [&](Range inner, bool first) {
          multiply_as_packed(b, from, rows, to, u * group.slots, end * group.slots,
                             first && b == group.blocks.front(), inner);
        });
      }
    }
  }

  // c (+)= a * weights of block b, for columns [first, last), in the type in which they are packed
  void multiply_as_packed(int64_t b, const float* const* a, int64_t rows, float* const* c, int64_t first,
                          int64_t last, bool fresh, Range inner) {
    const Block& block = program_.blocks[b];
    const Group& group = program_.groups[block.group];
    const float* weights = call_.weights + memory_.forward_weights[b];
    switch (precision_of(call_.precision, block, call_.batch * call_.steps)) {
      case FLOAT32:
        multiply(a, 1, rows, weights, group.panel, group.columns, block.inner, c, first, last, fresh, inner);
        break;
      case BFLOAT16:
        multiply_pairs(a, rows, weights, group.panel, group.columns, block.inner, c, first, last, fresh);
        break;
      case INT8:
        multiply_bytes(program_, call_, memory_, b, a, rows, c, first, last, fresh, bytes_);
        break;
    }
  }

  // The state after each row's last step.
  void finish() {
    meet();
    for (size_t q = 0; q < program_.states.size(); ++q) {
      const State& state = program_.states[q];
      for (const int32_t b : rows_) {
        if (!tends(b)) continue;
        const int64_t length = length_of(b);
        const float* from = row_or_zeros(call_.initial[q], b);
        if (length > 0) {
          const int64_t last = call_.reverse ? call_.steps - 1 : length - 1;
          from = at_step(state.array, last) + b * strides_[state.array];
        }
        if (from != call_.final[q].row(b)) std::memcpy(call_.final[q].row(b), from, sizeof(float) * state.width);
      }
    }
  }

  struct Place {
    int64_t s;
    int32_t b;
  };
  Own<const float*> inputs_;
  Own<float*> outputs_;
  Own<Place> steps_;
  Own<uint32_t> bytes_;  // rows that int8 weights read
};

}  // namespace lstmkit
