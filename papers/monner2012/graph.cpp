// One network of Monner and Reggia, sequence after sequence; graph.py says what the arrays are, and
// lstmkit/nn/graph/network.py what is computed.

#include <algorithm>
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
using Places = const int64_t*;

struct Plan {
  int64_t units, inputs, outputs, connections, pairs, traced;
  Places output, source, gate, target, keeper, function, first;  // `first`: of a unit's connections
  Places out, first_out;                                         // and of those that lead on
  Places gated, forgets, terms, first_term, first_pair;          // pairs, and of a unit's pairs
  Places trace, pair, ruler, later;                              // of every extended trace
  Places learned;
  int64_t biases() const { return units - inputs; }
};

struct Net {
  const Plan& p;
  Number* values;
  // activities now and a step before, and two constants
  std::vector<Number> seen, state, last, slope, sent, gain, trace, extended, bracket, error, direct;

  Net(const Plan& plan, Number* weights)
      : p(plan), values(weights), seen(2 * p.units + 2), state(p.units), last(p.units),
        slope(p.units), sent(p.connections), gain(p.connections),
        trace(p.connections + p.biases()), extended(p.traced), bracket(p.pairs), error(p.units),
        direct(p.units) {}

  void reset() {
    for (auto* each : {&seen, &state, &slope, &trace, &extended})
      std::fill(each->begin(), each->end(), 0.0);
    seen[2 * p.units] = 1.0;
    std::fill(trace.begin() + p.connections, trace.end(), 1.0);
  }

  void step(int64_t symbol, bool tracing) {
    std::copy(seen.begin(), seen.begin() + p.units, seen.begin() + p.units);
    std::fill(seen.begin(), seen.begin() + p.inputs, 0.0);
    seen[symbol] = 1.0;
    last = state;
    for (int64_t u = p.inputs; u < p.units; ++u) {
      Number sum = seen[p.keeper[u]] * state[u];
      for (int64_t c = p.first[u]; c < p.first[u + 1]; ++c) {
        sent[c] = seen[p.source[c]];
        gain[c] = seen[p.gate[c]];
        sum += gain[c] * sent[c] * values[c];
      }
      state[u] = sum;
      const Number net = sum + values[p.connections + u - p.inputs];
      seen[u] = p.function[u] == 0 ? net : p.function[u] == 1 ? std::tanh(net)
                                                              : 1.0 / (1.0 + std::exp(-net));
    }
    if (tracing) keep_traces();
  }

  void keep_traces() {
    for (int64_t u = p.inputs; u < p.units; ++u) {
      const Number y = seen[u], kept = seen[p.keeper[u]];
      slope[u] = p.function[u] == 0 ? 1.0 : p.function[u] == 1 ? 1.0 - y * y : y * (1.0 - y);
      for (int64_t c = p.first[u]; c < p.first[u + 1]; ++c)
        trace[c] = kept * trace[c] + gain[c] * sent[c];
    }
    for (int64_t k = 0; k < p.pairs; ++k) {
      bracket[k] = 0.0;
      for (int64_t n = p.first_term[k]; n < p.first_term[k + 1]; ++n) {
        const int64_t c = p.terms[n];
        bracket[k] += c < p.connections ? sent[c] * values[c] : last[c - p.connections];
      }
    }
    for (int64_t n = 0; n < p.traced; ++n)
      extended[n] = seen[p.keeper[p.later[n]]] * extended[n] +
                    trace[p.trace[n]] * slope[p.ruler[n]] * bracket[p.pair[n]];
  }

  void learn(const Number* targets, Number rate) {
    std::fill(error.begin(), error.end(), 0.0);
    std::fill(direct.begin(), direct.end(), 0.0);
    for (int64_t k = 0; k < p.outputs; ++k)
      error[p.output[k]] = direct[p.output[k]] = targets[k] - seen[p.output[k]];
    // later units first
    for (int64_t u = p.units - 1; u >= p.inputs; --u) {
      Number all = error[u], now = direct[u];
      for (int64_t n = p.first_out[u]; n < p.first_out[u + 1]; ++n) {
        const int64_t c = p.out[n];
        const Number fed = slope[u] * error[p.target[c]] * gain[c] * values[c];
        all += fed;
        now += fed;
      }
      for (int64_t k = p.first_pair[u]; k < p.first_pair[u + 1]; ++k) {
        const Number ruled = slope[u] * error[p.gated[k]] * bracket[k];
        all += ruled;
        now += p.forgets[k] ? ruled : 0.0;
      }
      error[u] = all;
      direct[u] = now;
    }
    for (int64_t n = 0; n < p.traced; ++n)
      values[p.trace[n]] += rate * error[p.later[n]] * extended[n];
    for (int64_t c = 0; c < p.connections + p.biases(); ++c)
      if (p.learned[c]) values[c] += rate * direct[p.target[c]] * trace[c];
  }
};

}  // namespace

// symbols (sequences, steps), answers (sequences, prompts): at each of the last steps one output is
// due; `right` says of each sequence whether all outputs were on their side of 0.5 each time
EXPORT void papers_present(const int64_t* counts, const int64_t* const* places, double* values,
                           int64_t sequences, int64_t steps, int64_t prompts,
                           const int64_t* symbols, const int64_t* answers, double rate,
                           uint8_t* right) {
  const Places* at = places;
  const Plan plan{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5],
                  at[0],     at[1],     at[2],     at[3],     at[4],     at[5],
                  at[6],     at[7],     at[8],     at[9],     at[10],    at[11],
                  at[12],    at[13],    at[14],    at[15],    at[16],    at[17],
                  at[18]};
  Net net(plan, values);
  std::vector<Number> targets(plan.outputs);
  for (int64_t n = 0; n < sequences; ++n) {
    net.reset();
    right[n] = 1;
    for (int64_t t = 0; t < steps; ++t) {
      net.step(symbols[n * steps + t], rate != 0.0);
      if (t < steps - prompts) continue;
      const int64_t due = answers[n * prompts + t - (steps - prompts)];
      for (int64_t k = 0; k < plan.outputs; ++k) {
        targets[k] = k == due;
        right[n] &= (net.seen[plan.output[k]] > 0.5) == (k == due);
      }
      if (rate != 0.0) net.learn(targets.data(), rate);
    }
  }
}
