// One thread's part of a call: which rows and units are its own, and the pointers of a step.
#pragma once

#include <algorithm>
#include <cstring>

#include "call.h"
#include "deal.h"
#include "draw.h"
#include "product.h"

namespace lstmkit {

// part `id` of `parts` of [0, total), cut at multiples of `grain`
inline Range share(int64_t total, int64_t grain, int id, int parts) {
  const int64_t pieces = (total + grain - 1) / grain;
  return {std::min(total, pieces * id / parts * grain), std::min(total, pieces * (id + 1) / parts * grain)};
}

// rows whose products are done before the cell's arithmetic, so that they are still near
constexpr int64_t TILE_ROWS = 36;
// floats of weights that are read before the next piece of units
constexpr int64_t PIECE = 1 << 17;

class alignas(APART) Worker {
 public:
  Worker(const Program& program, const Call& call, const Memory& memory, Barrier& barrier, int id,
         int threads)
      : program_(program), call_(call), memory_(memory), barrier_(barrier), id_(id),
        threads_(threads), by_rows_(call.by_rows || threads == 1), arrays_(program.arrays.size()),
        strides_(program.arrays.size()) {
    rows_ = dealt(call, id, by_rows_ ? threads : 1);
    for (size_t k = 0; k < arrays_.size(); ++k) {
      const auto& place = memory.places[k];
      const int64_t kind = program.arrays[k].kind, number = static_cast<int64_t>(k);
      arrays_[k] = kind == VECTOR_GRADIENT ? memory.of_thread(call, number, id) : base(number);
      strides_[k] = place.row;
      if (kind == SLOTS || kind == STATE || kind == VALUE || kind == MOMENTS)
        by_step_.push_back(static_cast<int64_t>(k));
    }
    strides_[program.hidden_output] = call.y.batch;
    for (size_t k = 0; k < call.traces.size(); ++k) strides_[program.traces[k]] = call.traces[k].batch;
  }

 protected:
  // where row 0 of an array lies, seen from this thread's rows
  float* base(int64_t array) const {
    const auto& place = memory_.places[array];
    float* const at = (place.saved ? call_.saved : call_.scratch) + place.offset;
    if (memory_.owners.empty() || place.row == 0) return at;
    return at + id_ * place.thread - first_of(call_.batch, id_, threads_) * place.row;
  }

  // whether what is done once for a whole row is this thread's, of a row among `rows_`
  bool tends(int32_t b) const { return by_rows_ || b % threads_ == id_; }

  int64_t length_of(int32_t b) const { return call_.lengths == nullptr ? call_.steps : call_.lengths[b]; }

  // the units of a width that are this thread's
  Range units(int64_t width) const {
    const int64_t whole = round_up(width, BLOCK);
    return by_rows_ ? Range{0, whole} : share(whole, BLOCK, id_, threads_);
  }

  // array `k` at step s, where it is kept for more than one step
  float* at_step(int64_t k, int64_t s) const {
    if (k == program_.hidden_output) return call_.y.at + call_.time(s) * call_.y.time;
    return base(k) + slice(k, s) * memory_.places[k].step;
  }

  // row b of array `k` at step s, whoever's row it is
  float* row_at(int64_t k, int64_t s, int64_t b) const {
    if (k == program_.hidden_output) return call_.y.step(b, call_.time(s));
    return memory_.row(call_, k, b) + slice(k, s) * memory_.places[k].step;
  }

  int64_t slice(int64_t k, int64_t s) const {
    if (call_.training) return call_.time(s);
    return program_.arrays[k].kind == SLOTS ? s % memory_.chunk : s % 2;
  }

  void find_active(int64_t s) {
    if (call_.lengths == nullptr && call_.reset == nullptr) {
      if (active_.empty()) active_ = rows_;
      starting_ = s == 0;
      return;
    }
    active_.clear();
    const int64_t t = call_.time(s);
    for (const int32_t b : rows_)
      if (call_.active(b, t)) active_.push_back(b);
    starting_ = false;
    for (const int32_t b : active_)
      if (call_.start(b, s) != Call::RUNS_ON) starting_ = true;
  }

  // Points every array at step s; states before the step are gathered where a row starts.
  void enter(int64_t s) {
    find_active(s);
    for (const int64_t k : by_step_) arrays_[k] = at_step(k, s);
    for (size_t q = 0; q < program_.states.size(); ++q) {
      const State& state = program_.states[q];
      arrays_[state.previous] = starting_ ? base(state.previous) : at_step(state.array, s - 1);
      strides_[state.previous] = starting_ ? memory_.places[state.previous].row : strides_[state.array];
    }
    if (any_starting(s)) {
      await();
      gather(s);
      meet();
    }
    draw_given(s);
    for (size_t k = 0; k < call_.traces.size(); ++k)
      arrays_[program_.traces[k]] = call_.traces[k].step(0, call_.time(s));
  }

  // Each thread draws for the rows and units that are its own.
  void draw_given(int64_t s) {
    for (size_t k = 0; k < program_.givens.size(); ++k) {
      const Given& given = call_.givens[k];
      if (given.mode != Given::DRAWN) continue;
      const int64_t array = program_.givens[k];
      const Range own = units(program_.arrays[array].width);
      for (const int32_t b : active_)
        for (int64_t u = own.first / DRAWN_TOGETHER * DRAWN_TOGETHER; u < own.last; u += DRAWN_TOGETHER) {
          float drawn[DRAWN_TOGETHER];
          draw(call_.seed, static_cast<uint32_t>(u / DRAWN_TOGETHER), static_cast<uint32_t>(b),
               static_cast<uint32_t>(call_.first + call_.time(s)), given.stream, given.threshold, drawn);
          const int64_t from = std::max(u, own.first), to = std::min(u + DRAWN_TOGETHER, own.last);
          std::memcpy(base(array) + b * strides_[array] + from, drawn + (from - u), sizeof(float) * (to - from));
        }
    }
  }

  // In a team that shares rows all agree; one with rows of its own needs no barrier.
  bool any_starting(int64_t) const { return starting_; }

  // a state that is not given is zero
  float* row_or_zeros(const Rows& rows, int64_t b) const {
    return rows.at == nullptr ? call_.scratch + memory_.zeros : rows.row(b);
  }

  float* before(int64_t q, int64_t b, int64_t s) const {
    switch (call_.start(b, s)) {
      case Call::AFRESH: return row_or_zeros(call_.fresh[q], b);
      case Call::AT_INITIAL: return row_or_zeros(call_.initial[q], b);
      default: break;
    }
    return row_at(program_.states[q].array, s - 1, b);
  }

  void gather(int64_t s) {
    for (size_t q = 0; q < program_.states.size(); ++q) {
      const State& state = program_.states[q];
      float* to = base(state.previous);
      const int64_t pitch = memory_.places[state.previous].row;
      for (size_t r = 0; r < active_.size(); ++r) {
        if (!by_rows_ && static_cast<int>(r % threads_) != id_) continue;
        const int32_t b = active_[r];
        std::memcpy(to + b * pitch, before(static_cast<int64_t>(q), b, s), sizeof(float) * state.width);
        std::memset(to + b * pitch + state.width, 0, sizeof(float) * (pitch - state.width));
      }
    }
  }

  // Cuts units into pieces whose weights are few beside a cache. Every other step takes the pieces
  // backwards: where all weights are more than fit, it meets first what the step before met last.
  template <class Each>
  static void by_pieces(Range own, int64_t most, int64_t weights, int64_t grain, bool backwards, const Each& each) {
    if (own.first >= own.last) return;
    const int64_t fit = std::max(grain, PIECE / std::max<int64_t>(1, weights) / grain * grain);
    const int64_t piece = std::min(most, fit), start = own.first / grain * grain;
    const int64_t pieces = (own.last - start + piece - 1) / piece;
    for (int64_t n = 0; n < pieces; ++n) {
      const int64_t u = start + (backwards ? pieces - 1 - n : n) * piece;
      each(std::max(u, own.first), std::min(u + piece, own.last));
    }
  }

  // The team's barrier, in two parts: between them a thread may work on what is its own.
  void arrive() {
    if (by_rows_) return;
    barrier_.arrive(id_);
    awaits_ = true;
  }
  void await() {
    if (awaits_) barrier_.await(id_, threads_);
    awaits_ = false;
  }
  void meet() {
    await();
    arrive();
    await();
  }

  // Which part of a depth a product covers.
  enum Part { ALL, OWN, OTHERS };

  // Calls each(from, to, is the first) for the ranges of a depth of which `own` is this thread's.
  template <class Each>
  static void by_part(Part part, Range own, int64_t depth, const Each& each) {
    own = {std::min(own.first, depth), std::min(own.last, depth)};
    if (part == ALL) return each(Range{0, depth}, true);
    const bool none = own.first == own.last;
    if (part == OWN && !none) each(own, true);
    if (part == OTHERS && own.first > 0) each(Range{0, own.first}, none);
    if (part == OTHERS && own.last < depth) each(Range{own.last, depth}, none && own.first == 0);
  }

  // Mean and 1 / deviation of rows, or means of rows, shared out among the team.
  void reduce(const Stage& stage, const std::vector<Reduction>& reductions, bool moments) {
    if (reductions.empty()) return;
    const auto rows = static_cast<int64_t>(active_.size());
    const auto items = rows * static_cast<int64_t>(reductions.size());
    const Range own = by_rows_ ? Range{0, items} : share(items, 1, id_, threads_);
    for (int64_t item = own.first; item < own.last; ++item) {
      const Reduction& reduction = reductions[item / rows];
      const int32_t b = active_[item % rows];
      const int64_t slots = reduction.slot < 0 ? 1 : program_.groups[reduction.input].slots;
      const float* from = arrays_[reduction.input] + b * strides_[reduction.input] + std::max<int64_t>(reduction.slot, 0) * BLOCK;
      float* to = arrays_[reduction.output] + b * strides_[reduction.output];
      const auto n = static_cast<float>(stage.width);
      const float mean = sum(from, slots, stage.width, 0.0f, false) / n;
      to[0] = mean;
      if (moments) {
        const float variance = sum(from, slots, stage.width, mean, true) / n;
        to[1] = 1.0f / __builtin_sqrtf(variance + 1e-5f);
      }
    }
    meet();
  }

  // several sums at once, because one alone waits for every addition
  static float sum(const float* from, int64_t slots, int64_t width, float mean, bool squared) {
    constexpr int64_t SUMS = 4;
    V totals[SUMS];
    for (V& total : totals) total = splat(0.0f);
    const auto add = [squared](V total, V value, V centre) {
      const V apart = value - centre;
      return squared ? multiply_add(apart, apart, total) : total + value;
    };
    const V centre = splat(mean);
    int64_t u = 0;
    for (; u + SUMS * WIDTH <= width; u += SUMS * WIDTH)
#pragma GCC unroll 4
      for (int64_t j = 0; j < SUMS; ++j)
        totals[j] = add(totals[j], load(from + slot_offset(u + j * WIDTH, slots)), centre);
    for (; u < width; u += WIDTH) {
      const float* at = from + slot_offset(u, slots);
      const int64_t left = width - u;
      totals[0] = left >= WIDTH ? add(totals[0], load(at), centre)
                                : add(totals[0], load_part(at, static_cast<int>(left)), mean_of_part(mean, left));
    }
    return lstmkit::sum((totals[0] + totals[1]) + (totals[2] + totals[3]));
  }

  static V mean_of_part(float mean, int64_t left) {
    float values[WIDTH] = {};
    for (int64_t k = 0; k < left; ++k) values[k] = mean;
    return load(values);
  }

  const Program& program_;
  const Call& call_;
  const Memory& memory_;
  Barrier& barrier_;
  const int id_, threads_;
  const bool by_rows_;
  Own<float*> arrays_;
  Own<int64_t> strides_;
  Own<int64_t> by_step_;  // arrays that lie elsewhere at each step
  Own<int32_t> rows_, active_;
  bool starting_ = false, awaits_ = false;
};

}  // namespace lstmkit
