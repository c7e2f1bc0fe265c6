// Many nets of memory blocks, one after another; blocks.h has the rule.
//
// Arrays have the nets as first axis.

#include "blocks.h"

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

// x (nets, time, inputs), of which each net sees its own number of steps
EXPORT void papers_run(const int64_t* shape, const double* squashes, double** arrays, int64_t nets,
                       const double* x, int64_t time, const int64_t* steps, int64_t tracing) {
  const Shape& n = *reinterpret_cast<const Shape*>(shape);
  const Squash* how = reinterpret_cast<const Squash*>(squashes);
  const Arrays& all = *reinterpret_cast<const Arrays*>(arrays);
  for (int64_t net = 0; net < nets; ++net) {
    Arrays own = at(all, n, net);
    for (int64_t t = 0; t < steps[net]; ++t)
      step(n, how, own, x + (net * time + t) * n.inputs, -1, tracing != 0);
    read(n, how, own, -1);
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
      learn(n, at(all, n, net), -1, own, rates[net], at(targets, n, net), at(before, n, net),
            Mover{momentum}, row);
  }
}

// one net along a stretch of `steps` steps, learning where its rate is not 0, until a stream ends
// that was good or the last one, when it returns 1. Outputs are kept where they are due, if there is room for them.
EXPORT int64_t papers_follow(const int64_t* shape, const double* squashes, double** arrays,
                             int64_t net, const double* x, const int64_t* symbols,
                          const double* targets, const uint8_t* flags, int64_t steps,
                          double* outputs, void* of_net, double** to, double** changes,
                          double momentum) {
  const Shape& n = *reinterpret_cast<const Shape*>(shape);
  const Squash* how = reinterpret_cast<const Squash*>(squashes);
  Arrays own = at(*reinterpret_cast<const Arrays*>(arrays), n, net);
  const Weights target = at(*reinterpret_cast<const Weights*>(to), n, net);
  const Weights before = at(*reinterpret_cast<const Weights*>(changes), n, net);
  Course& course = *static_cast<Course*>(of_net);
  const bool learning = course.first_rate != 0.0;
  std::vector<Number> row(n.sources()), error(n.outputs), gradient;
  if (symbols) {
    std::fill(own.a, own.a + n.inputs, 0.0);
    std::fill(own.b, own.b + n.read(), 0.0);
  }
  while (course.at < steps) {
    const int64_t t = course.at++, symbol = symbols ? symbols[t] : -1;
    step(n, how, own, symbols ? nullptr : x + t * n.inputs, symbol, learning);
    bool mistaken = false;
    if (flags[t] & DUE) {
      read(n, how, own, symbol);
      for (int64_t k = 0; k < n.outputs; ++k) {
        error[k] = targets[t * n.outputs + k] - own.outputs[k];
        mistaken |= !(std::abs(error[k]) < course.wrong);
        if (outputs) outputs[t * n.outputs + k] = own.outputs[k];
      }
      Number rate = course.rate;
      if (learning && std::isfinite(course.clip))
        rate *= cut(n, own, symbol, error.data(), course.clip, row, gradient);
      if (learning)
        learn(n, own, symbol, error.data(), rate, target, before, Mover{momentum}, row);
    }
    if (symbols) {
      own.a[symbol] = 0.0;
      if (n.shortcut) own.b[n.all() + symbol] = 0.0;
    }
    course.rate *= course.decay;
    course.length += !mistaken && flags[t] & COUNTS;
    const bool over = mistaken || course.length >= course.whole;
    if (over || flags[t] & ENDS) rest(own, n);
    if (!over) continue;
    course.rate = course.first_rate;
    while (course.at < steps && !(flags[course.at] & BEGINS)) ++course.at;
    if (++course.streams >= course.limit || course.length >= course.good) return 1;
    course.length = 0;
  }
  return 0;
}
