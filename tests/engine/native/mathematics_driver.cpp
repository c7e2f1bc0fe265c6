// Measures the engine's functions over the floats, against double precision.
//
//   mathematics_driver [stride]      every stride-th of the 2^32 bit patterns; 1 takes half an hour
//
// prints for each function the worst error in units in the last place, the argument where it lies,
// and how many results are wrong in kind: NaN where there is none or none where there is one, an
// infinity likewise, a value outside the function's range. Below the normal floats an error counts
// in units of the smallest of them, so that a result may be flushed to 0.
#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "vector.h"

namespace {

using lstmkit::V;
using lstmkit::WIDTH;

struct Worst {
  double error = 0.0;
  float where = 0.0f;
  long wrong = 0;
};

double log_one_plus_exp(double x) {
  return (x > 0.0 ? x : 0.0) + std::log1p(std::exp(-std::fabs(x)));
}
double exact_sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double exact_logsigmoid(double x) { return -log_one_plus_exp(-x); }
double exact_reciprocal(double x) { return 1.0 / x; }

float as_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

void judge(Worst& worst, float x, float found, double exact, float low, float high) {
  const float rounded = static_cast<float>(exact);
  if (std::isnan(rounded) || std::isnan(found)) {
    worst.wrong += std::isnan(rounded) != std::isnan(found);
    return;
  }
  worst.wrong += found < low || found > high;
  if (std::isinf(rounded) || std::isinf(found)) {
    // the last float below infinity may be taken for it, and the other way round
    worst.wrong += std::signbit(rounded) != std::signbit(found) ||
                   !(std::fabs(exact) >= FLT_MAX && std::fabs(found) >= FLT_MAX);
    return;
  }
  const int exponent = std::fabs(exact) < FLT_MIN ? FLT_MIN_EXP - 1 : std::ilogb(exact) - 23;
  const double error = std::fabs(found - exact) * std::ldexp(1.0, -exponent);
  if (error > worst.error) worst.error = error, worst.where = x;
}

template <typename Function>
void measure(const char* name, Function function, double (*exact)(double), uint64_t stride,
             float low = -INFINITY, float high = INFINITY) {
  Worst worst;
  float x[WIDTH], found[WIDTH];
  const auto check = [&](int count) {
    lstmkit::store(found, function(lstmkit::load(x)));
    for (int i = 0; i < count; ++i) judge(worst, x[i], found[i], exact(x[i]), low, high);
  };
  const float ends[] = {0.0f, -0.0f, 1.0f, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, NAN};
  for (const float end : ends) {
    for (int i = 0; i < WIDTH; ++i) x[i] = end;
    check(1);
  }
  for (uint64_t bits = 0; bits >> 32 == 0;) {
    int count = 0;
    for (; count < WIDTH && bits >> 32 == 0; ++count, bits += stride)
      x[count] = as_float(static_cast<uint32_t>(bits));
    check(count);
  }
  std::printf("%s %.3f %.9g %ld\n", name, worst.error, static_cast<double>(worst.where),
              worst.wrong);
  std::fflush(stdout);
}

}  // namespace

#define MEASURE(name, ...) measure(#name, [](V v) { return lstmkit::name(v); }, __VA_ARGS__)

int main(int count, char** arguments) {
  const uint64_t stride = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 65537;
  if (stride == 0) {
    std::fprintf(stderr, "mathematics_driver: the stride is a whole number from 1 on, not %s\n",
                 arguments[1]);
    return 2;
  }
  MEASURE(exponential, std::exp, stride, 0.0f);
  MEASURE(sigmoid, exact_sigmoid, stride, 0.0f, 1.0f);
  MEASURE(hyperbolic_tangent, std::tanh, stride, -1.0f, 1.0f);
  MEASURE(logarithm, std::log, stride);
  MEASURE(logsigmoid, exact_logsigmoid, stride, -INFINITY, 0.0f);
  MEASURE(softplus, log_one_plus_exp, stride, 0.0f);
  MEASURE(reciprocal, exact_reciprocal, stride);
  MEASURE(square_root, std::sqrt, stride);
}
