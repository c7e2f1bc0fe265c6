// The scan backward: adjoints step by step from the last to the first, in place of what the slots kept.
#pragma once

#include "worker.h"

namespace lstmkit {

class Backward : public Worker {
 public:
  using Worker::Worker;

  void run(int64_t from, int64_t to) {
    if (from == call_.steps) begin();
    for (int64_t s = from - 1; s >= to; --s) step(s);
  }

 private:
  // What reaches the last step from outside.
  void begin() {
    for (size_t q = 0; q < program_.states.size(); ++q) {
      const State& state = program_.states[q];
      for (const int32_t b : rows_) {
        if (!tends(b)) continue;
        const bool never = call_.lengths != nullptr && call_.lengths[b] == 0;
        if (never && call_.d_initial[q].at != nullptr && call_.d_final[q].at != nullptr)
          add(call_.d_initial[q].row(b), call_.d_final[q].row(b), state.width);
        if (state.carry < 0) continue;
        float* carry = base(state.carry) + b * strides_[state.carry];
        std::memset(carry, 0, sizeof(float) * strides_[state.carry]);
        if (call_.d_final[q].at != nullptr)
          std::memcpy(carry, call_.d_final[q].row(b), sizeof(float) * state.width);
      }
    }
    meet();
  }

  static void add(float* to, const float* from, int64_t n) {
    for (int64_t k = 0; k < n; ++k) to[k] += from[k];
  }

  void step(int64_t s) {
    enter(s);
    find_next(s);
    for (size_t k = program_.stages.size(); k-- > 0;) {
      const Stage& stage = program_.stages[k];
      run_stage(stage, s);
      arrive();
      if (k == 0 && stage.means.empty() && !starting_) return;
      await();
      reduce(stage, stage.means, false);
    }
    if (starting_) hand_to_start(s);
  }

  // For each active row whether the step after goes on from this one.
  void find_next(int64_t s) {
    goes_on_.assign(active_.size(), false);
    last_.assign(active_.size(), true);
    if (s + 1 == call_.steps) return;
    const int64_t t = call_.time(s + 1);
    for (size_t r = 0; r < active_.size(); ++r) {
      const int32_t b = active_[r];
      if (!call_.active(b, t)) continue;
      last_[r] = false;
      goes_on_[r] = call_.start(b, s + 1) == Call::RUNS_ON;
    }
    for (size_t g = 0; g < program_.groups.size(); ++g)
      if (static_cast<size_t>(g) >= next_.size()) next_.push_back(nullptr);
    for (size_t g = 0; g < program_.groups.size(); ++g) next_[g] = at_step(static_cast<int64_t>(g), s + 1);
  }

  void run_stage(const Stage& stage, int64_t s) {
    const auto rows = static_cast<int64_t>(active_.size());
    if (rows == 0) return;
    const int64_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
    const int64_t most = round_up(std::max<int64_t>(BLOCK, 1024 / rows), 64);
    by_pieces(units(stage.width), most, stage.transposed, 64, s % 2 != 0, [&](int64_t u, int64_t end) {
      for (int64_t n = 0; n < parts; ++n) {
        const int64_t r = rows * n / parts;
        run_tile(stage, s, r, rows * (n + 1) / parts - r, u, end);
      }
    });
  }

  void run_tile(const Stage& stage, int64_t s, int64_t r, int64_t rows, int64_t u, int64_t end) {
    for (const int64_t k : stage.arriving) {
      const Arriving& arriving = program_.arriving[k];
      for (int64_t n = 0; n < rows; ++n) receive(arriving, s, r + n, row_of(arriving, r + n) + u, u, end);
    }
    if (awaits_) {
      multiply_adjoints(stage, s, r, rows, u, end, OWN);
      await();
      multiply_adjoints(stage, s, r, rows, u, end, OTHERS);
    } else {
      multiply_adjoints(stage, s, r, rows, u, end, ALL);
    }
    const Frame frame{arrays_.data(), strides_.data(), active_.data() + r, rows, u, end};
    stage.backward(frame);
    clear_padding(stage, r, rows, end);
  }

  float* row_of(const Arriving& arriving, int64_t r) const {
    return arrays_[arriving.array] + active_[r] * strides_[arriving.array];
  }

  // What products hand to the adjoints, complete only when nobody is awaited.
  void multiply_adjoints(const Stage& stage, int64_t s, int64_t r, int64_t rows, int64_t u, int64_t end,
                         Part part) {
    for (const int64_t k : stage.arriving) {
      const Arriving& arriving = program_.arriving[k];
      const float* from[TILE_ROWS];
      float* to[TILE_ROWS];
      for (int64_t n = 0; n < rows; ++n) to[n] = row_of(arriving, r + n) + u;
      for (const int64_t b : arriving.recurrent) {
        if (s + 1 == call_.steps) break;
        const int64_t g = program_.blocks[b].group;
        for (int64_t n = 0; n < rows; ++n)
          from[n] = goes_on_[r + n] ? next_[g] + active_[r + n] * strides_[g] : call_.scratch + memory_.zeros;
        transposed(b, from, rows, to, u, end, part);
      }
      for (const int64_t b : arriving.same_step) {
        const int64_t g = program_.blocks[b].group;
        for (int64_t n = 0; n < rows; ++n) from[n] = arrays_[g] + active_[r + n] * strides_[g];
        transposed(b, from, rows, to, u, end, part);
      }
    }
  }

  // The loss's own part of an adjoint, and that of the final state.
  void receive(const Arriving& arriving, int64_t s, int64_t r, float* to, int64_t u, int64_t end) const {
    const int32_t b = active_[r];
    const int64_t width = program_.arrays[arriving.array].width, n = std::min(end, width) - u;
    if (arriving.output && call_.d_y.at != nullptr) {
      const float* from = call_.d_y.step(b, call_.time(s)) + u * call_.d_y.feature;
      if (call_.d_y.feature == 1) std::memcpy(to, from, sizeof(float) * n);
      else for (int64_t k = 0; k < n; ++k) to[k] = from[k * call_.d_y.feature];
      std::memset(to + n, 0, sizeof(float) * (end - u - n));
    } else {
      std::memset(to, 0, sizeof(float) * (end - u));
    }
    if (last_[r] && arriving.state >= 0 && program_.states[arriving.state].carry < 0 &&
        call_.d_final[arriving.state].at != nullptr)
      add(to, call_.d_final[arriving.state].row(b) + u, n);
  }

  void transposed(int64_t b, const float* const* from, int64_t rows, float* const* to, int64_t u, int64_t end,
                  Part part) const {
    const Block& block = program_.blocks[b];
    const Group& group = program_.groups[block.group];
    const Range own = units(group.width);
    by_part(part, {own.first * group.slots, own.last * group.slots}, group.columns, [&](Range inner, bool) {
      multiply(from, 1, rows, call_.weights + memory_.backward_weights[b], PANEL, round_up(block.inner, BLOCK),
               group.columns, to, u, end, false, inner);
    });
  }

  // Units that only fill up a block must not reach the next product.
  void clear_padding(const Stage& stage, int64_t r, int64_t rows, int64_t end) {
    if (end <= stage.width) return;
    for (const int64_t g : stage.groups) {
      const Group& group = program_.groups[g];
      for (int64_t n = 0; n < rows; ++n)
        for (int64_t slot = 0; slot < group.slots; ++slot)
          for (int64_t u = stage.width; u < end; ++u)
            arrays_[g][active_[r + n] * group.columns + slot_offset(u, group.slots) + slot * BLOCK] = 0.0f;
    }
  }

  // Where a row started, the adjoint belongs to the state it started from.
  void hand_to_start(int64_t s) {
    for (size_t q = 0; q < program_.states.size(); ++q) {
      const State& state = program_.states[q];
      const Range own = units(state.width);
      const int64_t last = std::min(own.last, state.width);
      if (own.first >= last) continue;
      for (const int32_t b : active_) {
        const auto start = call_.start(b, s);
        if (start == Call::RUNS_ON) continue;
        const Rows& target = start == Call::AFRESH ? call_.d_fresh[q] : call_.d_initial[q];
        if (target.at != nullptr) {
          std::vector<float> found(static_cast<size_t>(own.last - own.first), 0.0f);
          float* to = found.data();
          if (state.arriving >= 0)
            for (const int64_t k : program_.arriving[state.arriving].recurrent) {
              const int64_t g = program_.blocks[k].group;
              const float* from = arrays_[g] + b * strides_[g];
              transposed(k, &from, 1, &to, own.first, own.last, ALL);
            }
          add(target.row(b) + own.first, to, last - own.first);
          if (state.carry >= 0) add(target.row(b) + own.first, carry(state, b) + own.first, last - own.first);
        }
        if (state.carry >= 0)
          std::memset(carry(state, b) + own.first, 0, sizeof(float) * (own.last - own.first));
      }
    }
  }

  float* carry(const State& state, int32_t b) const {
    return base(state.carry) + b * strides_[state.carry];
  }

  Own<char> goes_on_, last_;
  Own<float*> next_;
};

}  // namespace lstmkit
