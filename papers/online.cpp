// The rule of papers/online.py for many nets, one after another; its module says what it is.
//
// Arrays are those of the class Nets, each with the nets as first axis and the others as there.

#include <cmath>
#include <cstdint>
#include <vector>

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace {

using Number = double;

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

Number logistic(Number x) { return 1.0 / (1.0 + std::exp(-x)); }

Number squash(Number x, const Squash& how, Number& slope) {
  if (how.height == 0.0) {
    slope = 1.0;
    return x;
  }
  const Number p = logistic(x);
  slope = how.height * p * (1.0 - p);
  return how.height * p + how.low;
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

void step(const Shape& n, const Squash* how, Arrays& v, const Number* x, bool tracing) {
  const int64_t cells = n.all(), sources = n.sources();
  int64_t place = 0;
  for (int64_t k = 0; k < n.inputs; ++k) v.a[place++] = x[k];
  for (int64_t k = 0; k < n.sees_cells * cells; ++k) v.a[place++] = v.y[k];
  for (int64_t k = 0; k < n.sees_gates * n.kinds * n.blocks; ++k) v.a[place++] = v.gates[k];
  v.a[place] = 1.0;
  const auto gate = [&](int64_t kind, int64_t block) {
    Number net = dot(v.weights.hidden + (cells + kind * n.blocks + block) * sources, v.a, sources);
    const int64_t first = block * n.cells;
    if (n.peepholes)
      net += dot(v.weights.peepholes + kind * cells + first, v.s + first, n.cells);
    return v.gates[kind * n.blocks + block] = logistic(net);
  };
  for (int64_t block = 0; block < n.blocks; ++block) {
    // these look at the state before, the output gate at the new one
    const Number i = gate(0, block), f = n.forget ? gate(1, block) : 1.0;
    for (int64_t c = block * n.cells; c < (block + 1) * n.cells; ++c) {
      Number slope;
      const Number g = squash(dot(v.weights.hidden + c * sources, v.a, sources), how[0], slope);
      const Number before = v.s[c];
      // what a number that enters cell, input gate or forget gate changes in the state
      const Number enters[3] = {i * slope, g * i * (1.0 - i), before * f * (1.0 - f)};
      for (int64_t kind = 0; tracing && kind < n.traced(); ++kind) {
        Number* trace = v.traces + (kind * cells + c) * sources;
        for (int64_t k = 0; k < sources; ++k) trace[k] = f * trace[k] + enters[kind] * v.a[k];
        if (kind && n.peepholes) {
          Number& peek = v.peeks[(kind - 1) * cells + c];
          peek = f * peek + enters[kind] * before;
        }
      }
      v.s[c] = f * before + i * g;
    }
  }
  for (int64_t block = 0; block < n.blocks; ++block) {
    const Number o = n.output_gate ? gate(n.kinds - 1, block) : 1.0;
    for (int64_t c = block * n.cells; c < (block + 1) * n.cells; ++c) {
      Number slope;
      v.squashed[c] = squash(v.s[c], how[1], slope);
      v.to_state[c] = o * slope;
      v.b[c] = v.y[c] = o * v.squashed[c];
    }
  }
  for (int64_t k = 0; k < n.shortcut * n.inputs; ++k) v.b[cells + k] = x[k];
  v.b[n.read() - 1] = 1.0;
}

void read(const Shape& n, const Squash* how, Arrays& v) {
  for (int64_t k = 0; k < n.outputs; ++k) {
    const Number z = dot(v.weights.output + k * n.read(), v.b, n.read());
    v.outputs[k] = squash(z, how[2], v.slope[k]);
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

void learn(const Shape& n, const Arrays& v, const Number* error, Number rate, const Weights& to,
           const Weights& change, Mover move, std::vector<Number>& row) {
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
    for (int64_t m = 0; m < read - !n.biased_outputs; ++m)
      move(to.output[k * read + m], change.output[k * read + m], e * v.b[m]);
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

}  // namespace

// x (nets, time, inputs), of which each net sees its own number of steps
EXPORT void papers_run(const int64_t* shape, const double* squashes, double** arrays, int64_t nets,
                       const double* x, int64_t time, const int64_t* steps, int64_t tracing) {
  const Shape& n = *reinterpret_cast<const Shape*>(shape);
  const Squash* how = reinterpret_cast<const Squash*>(squashes);
  const Arrays& all = *reinterpret_cast<const Arrays*>(arrays);
  for (int64_t net = 0; net < nets; ++net) {
    Arrays own = at(all, n, net);
    for (int64_t t = 0; t < steps[net]; ++t)
      step(n, how, own, x + (net * time + t) * n.inputs, tracing != 0);
    read(n, how, own);
  }
}

// adds to the weights `to` what the last step's error makes of them
EXPORT void papers_learn(const int64_t* shape, double** arrays, int64_t nets, const double* error,
                         const double* rates, double** to, double** changes, double momentum) {
  const Shape& n = *reinterpret_cast<const Shape*>(shape);
  const Arrays& all = *reinterpret_cast<const Arrays*>(arrays);
  const Weights& targets = *reinterpret_cast<const Weights*>(to);
  const Weights& before = *reinterpret_cast<const Weights*>(changes);
  std::vector<Number> row(n.sources());
  for (int64_t net = 0; net < nets; ++net) {
    const Number* own = error + net * n.outputs;
    bool moves = momentum != 0.0;
    for (int64_t k = 0; k < n.outputs; ++k) moves |= own[k] * rates[net] != 0.0;
    if (moves)
      learn(n, at(all, n, net), own, rates[net], at(targets, n, net), at(before, n, net),
            Mover{momentum}, row);
  }
}
