// One net of memory blocks: a step, what its outputs are, and what it learns of an error.
//
// Arrays are those of the class Nets of papers/online.py, whose module says what the rule is.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "logistic.h"

namespace {

struct Squash {
  Number height, low;  // a height of 0 is linear
};

struct Shape {
  int64_t inputs, outputs, blocks, cells, kinds, forget, output_gate, peepholes, shortcut;
  int64_t sees_cells, sees_gates, biased_cells, biased_gates, biased_outputs, entropy;
  int64_t all() const { return blocks * cells; }
  int64_t units() const { return all() + kinds * blocks; }
  int64_t sources() const {
    return inputs + sees_cells * all() + sees_gates * kinds * blocks + 1;
  }
  int64_t read() const { return all() + shortcut * inputs + 1; }
  int64_t traced() const { return 2 + forget; }
};

struct Weights {
  Number *hidden, *peepholes, *output;
};

// of all nets in memory; `at` leads to those of one
struct Arrays {
  Weights weights;
  Number *s, *y, *gates, *traces, *peeks, *a, *b, *squashed, *to_state, *outputs, *slope;
};

Weights at(const Weights& w, const Shape& n, int64_t net) {
  return {w.hidden + net * n.units() * n.sources(), w.peepholes + net * n.kinds * n.all(),
          w.output + net * n.outputs * n.read()};
}

Arrays at(const Arrays& all, const Shape& n, int64_t net) {
  const int64_t cells = n.all();
  return {at(all.weights, n, net),
          all.s + net * cells,
          all.y + net * cells,
          all.gates + net * n.kinds * n.blocks,
          all.traces + net * n.traced() * cells * n.sources(),
          all.peeks + net * (n.traced() - 1) * cells,
          all.a + net * n.sources(),
          all.b + net * n.read(),
          all.squashed + net * cells,
          all.to_state + net * cells,
          all.outputs + net * n.outputs,
          all.slope + net * n.outputs};
}

// what a logistic function has left of a number, or the number itself
Number squash(Number x, const Squash& how, Number& slope) {
  slope = how.height == 0.0 ? 1.0 : how.height * x * (1.0 - x);
  return how.height == 0.0 ? x : how.height * x + how.low;
}

// four sums at a time, since additions must not be put in another order by the compiler
Number dot(const Number* x, const Number* y, int64_t count) {
  Number sums[4] = {};
  int64_t k = 0;
  for (; k + 4 <= count; k += 4)
    for (int64_t m = 0; m < 4; ++m) sums[m] += x[k + m] * y[k + m];
  for (; k < count; ++k) sums[0] += x[k] * y[k];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void rest(Arrays& v, const Shape& n) {
  const int64_t cells = n.all();
  std::fill(v.s, v.s + cells, 0.0);
  std::fill(v.y, v.y + cells, 0.0);
  std::fill(v.gates, v.gates + n.kinds * n.blocks, 0.0);
  std::fill(v.traces, v.traces + n.traced() * cells * n.sources(), 0.0);
  std::fill(v.peeks, v.peeks + (n.traced() - 1) * cells, 0.0);
}

// what enters a unit: all sources, or of the inputs the one that is 1
struct Sources {
  int64_t all, symbol, first;  // no symbol is -1; `first` of those that are added up
  Number sum(const Number* weights, const Number* a) const {
    return dot(weights + first, a + first, all - first) + (symbol < 0 ? 0.0 : weights[symbol]);
  }
  void trace(Number* __restrict to, const Number* __restrict a, Number f, Number enters) const {
    // where everything is kept, nothing changes for inputs that are 0
    const bool few = symbol >= 0 && f == 1.0;
    if (few) to[symbol] += enters;
    for (int64_t k = few ? first : 0; k < all; ++k) to[k] = f * to[k] + enters * a[k];
  }
};

// x, or the number of the input that is 1; the others are 0 in `a` and `b` then
void step(const Shape& n, const Squash* how, Arrays& v, const Number* x, int64_t symbol,
          bool tracing) {
  const int64_t cells = n.all(), blocks = n.blocks, early = (n.kinds - n.output_gate) * blocks;
  const Sources from{n.sources(), symbol, symbol < 0 ? 0 : n.inputs};
  int64_t place = n.inputs;
  if (symbol < 0) std::copy(x, x + n.inputs, v.a);
  if (symbol >= 0) v.a[symbol] = 1.0;
  for (int64_t k = 0; k < n.sees_cells * cells; ++k) v.a[place++] = v.y[k];
  for (int64_t k = 0; k < n.sees_gates * n.kinds * blocks; ++k) v.a[place++] = v.gates[k];
  v.a[place] = 1.0;
  Number z[256];
  const auto gate = [&](int64_t row) {
    const int64_t kind = row / blocks, first = row % blocks * n.cells;
    const Number seen =
        n.peepholes ? dot(v.weights.peepholes + kind * cells + first, v.s + first, n.cells) : 0.0;
    return seen + from.sum(v.weights.hidden + (cells + row) * from.all, v.a);
  };
  // the other gates look at the state before, output gates at the new one
  for (int64_t row = 0; row < early; ++row) z[row] = gate(row);
  for (int64_t c = 0; c < cells; ++c) z[early + c] = from.sum(v.weights.hidden + c * from.all, v.a);
  logistic(z, early + (how[0].height == 0.0 ? 0 : cells));
  std::copy(z, z + early, v.gates);
  for (int64_t c = 0; c < cells; ++c) {
    const int64_t block = c / n.cells;
    const Number i = z[block], f = n.forget ? z[blocks + block] : 1.0, before = v.s[c];
    Number slope;
    const Number g = squash(z[early + c], how[0], slope);
    // what a number that enters cell, input gate or forget gate changes in the state
    const Number enters[3] = {i * slope, g * i * (1.0 - i), before * f * (1.0 - f)};
    for (int64_t kind = 0; tracing && kind < n.traced(); ++kind) {
      from.trace(v.traces + (kind * cells + c) * from.all, v.a, f, enters[kind]);
      if (kind && n.peepholes) {
        Number& peek = v.peeks[(kind - 1) * cells + c];
        peek = f * peek + enters[kind] * before;
      }
    }
    v.s[c] = f * before + i * g;
  }
  const int64_t late = n.output_gate * blocks;
  for (int64_t row = 0; row < late; ++row) z[row] = gate(early + row);
  std::copy(v.s, v.s + cells, z + late);
  logistic(z, late + (how[1].height == 0.0 ? 0 : cells));
  std::copy(z, z + late, v.gates + early);
  for (int64_t c = 0; c < cells; ++c) {
    const Number o = n.output_gate ? z[c / n.cells] : 1.0;
    Number slope;
    v.squashed[c] = squash(z[late + c], how[1], slope);
    v.to_state[c] = o * slope;
    v.b[c] = v.y[c] = o * v.squashed[c];
  }
  if (symbol < 0) std::copy(x, x + n.shortcut * n.inputs, v.b + cells);
  if (symbol >= 0 && n.shortcut) v.b[cells + symbol] = 1.0;
  v.b[n.read() - 1] = 1.0;
}

// of what the outputs read all places that may not be 0, but for the last
template <typename F>
void each_read(const Shape& n, int64_t symbol, F place) {
  const int64_t cells = n.all();
  for (int64_t m = 0; m < cells; ++m) place(m);
  if (!n.shortcut) return;
  if (symbol >= 0) return place(cells + symbol);
  for (int64_t m = 0; m < n.inputs; ++m) place(cells + m);
}

void read(const Shape& n, const Squash* how, Arrays& v, int64_t symbol) {
  const int64_t last = n.read() - 1, whole = n.read() / 4 * 4;
  for (int64_t k = 0; k < n.outputs; ++k) {
    const Number* weights = v.weights.output + k * n.read();
    // as dot adds them up
    Number sums[4] = {};
    const auto add = [&](int64_t m) { sums[m < whole ? m % 4 : 0] += weights[m] * v.b[m]; };
    if (symbol < 0) {
      v.outputs[k] = dot(weights, v.b, n.read());
      continue;
    }
    each_read(n, symbol, add);
    add(last);
    v.outputs[k] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  if (how[2].height != 0.0) logistic(v.outputs, n.outputs);
  for (int64_t k = 0; k < n.outputs; ++k) {
    v.outputs[k] = squash(v.outputs[k], how[2], v.slope[k]);
    if (n.entropy) v.slope[k] = 1.0;
  }
}

// adds to a weight, by way of the change before where there is momentum
struct Mover {
  Number momentum;
  void operator()(Number& weight, Number& change, Number gradient) const {
    if (momentum != 0.0) gradient = change = momentum * change + gradient;
    weight += gradient;
  }
};

// inputs that are 0 change nothing, unless what they changed before goes on
void learn(const Shape& n, const Arrays& v, int64_t symbol, const Number* error, Number rate,
           const Weights& to, const Weights& change, Mover move, std::vector<Number>& row) {
  const int64_t cells = n.all(), sources = n.sources(), read = n.read();
  Number back[64] = {};
  for (int64_t k = 0; k < n.outputs; ++k) {
    const Number e = rate * error[k] * v.slope[k];
    const Number* weights = v.weights.output + k * read;
    for (int64_t c = 0; c < cells; ++c) back[c] += e * weights[c];
  }
  // after what the errors go back through has been read
  for (int64_t k = 0; k < n.outputs; ++k) {
    const Number e = rate * error[k] * v.slope[k];
    const auto part = [&](int64_t m) {
      move(to.output[k * read + m], change.output[k * read + m], e * v.b[m]);
    };
    each_read(n, move.momentum == 0.0 ? symbol : -1, part);
    if (n.biased_outputs) part(read - 1);
  }
  for (int64_t c = 0; c < cells; ++c) {
    const Number of_state = back[c] * v.to_state[c];
    for (int64_t k = 0; k < sources - !n.biased_cells; ++k) {
      const int64_t place = c * sources + k;
      move(to.hidden[place], change.hidden[place], of_state * v.traces[place]);
    }
  }
  for (int64_t kind = 0; kind < n.kinds; ++kind) {
    const bool out = n.output_gate && kind == n.kinds - 1;
    for (int64_t block = 0; block < n.blocks; ++block) {
      const int64_t first = block * n.cells;
      const Number o = v.gates[kind * n.blocks + block];
      const Number of_gate = o * (1.0 - o) * dot(back + first, v.squashed + first, n.cells);
      for (int64_t k = 0; k < sources; ++k) row[k] = out ? of_gate * v.a[k] : 0.0;
      for (int64_t c = first; !out && c < first + n.cells; ++c) {
        const Number of_state = back[c] * v.to_state[c];
        const Number* trace = v.traces + ((kind + 1) * cells + c) * sources;
        for (int64_t k = 0; k < sources; ++k) row[k] += of_state * trace[k];
      }
      for (int64_t k = 0; k < sources - !n.biased_gates; ++k) {
        const int64_t place = (cells + kind * n.blocks + block) * sources + k;
        move(to.hidden[place], change.hidden[place], row[k]);
      }
      for (int64_t c = first; n.peepholes && c < first + n.cells; ++c) {
        const int64_t place = kind * cells + c;
        const Number found = out ? of_gate * v.s[c] : back[c] * v.to_state[c] * v.peeks[place];
        move(to.peepholes[place], change.peepholes[place], found);
      }
    }
  }
}

// the factor that cuts the gradient of an error to a norm, where it is longer; `found` is room for it
Number cut(const Shape& n, const Arrays& v, int64_t symbol, const Number* error, Number norm,
           std::vector<Number>& row, std::vector<Number>& found) {
  const int64_t hidden = n.units() * n.sources(), peepholes = n.kinds * n.all(),
                output = n.outputs * n.read();
  found.assign(hidden + peepholes + output, 0.0);
  const Weights to{found.data(), found.data() + hidden, found.data() + hidden + peepholes};
  learn(n, v, symbol, error, 1.0, to, to, Mover{0.0}, row);
  const Number square = dot(to.hidden, to.hidden, hidden) +
                        dot(to.peepholes, to.peepholes, peepholes) +
                        dot(to.output, to.output, output);
  return square > norm * norm ? norm / std::sqrt(square) : 1.0;
}

// how far a net has come along its streams, and what they are judged by; Course of papers/stretch.py
struct Course {
  int64_t at, length, streams, whole, good, limit;
  Number rate, first_rate, decay, wrong, clip;
};

enum Flag : uint8_t { DUE = 1, COUNTS = 2, BEGINS = 4, ENDS = 8 };

}  // namespace
