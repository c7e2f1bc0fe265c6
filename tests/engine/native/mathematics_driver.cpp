// Measures the engine's functions over the floats, against double precision.
//
//   mathematics_driver [stride]      every stride-th of the 2^32 bit patterns; 1 takes half an hour
//
// prints for each function the worst error in units in the last place, the argument where it lies,
// and how many results are wrong in kind: NaN where there is none or none where there is one, an
// infinity likewise, a value outside the function's range. Below the normal floats an error counts
// in units of the smallest of them, so that a result may be flushed to 0. The last line counts
// wrong results of the operations that have no rounding.
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
double exact_relu(double x) { return x < 0.0 ? 0.0 : x; }
double exact_sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; }

float as_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// one unit in the last place of a float of this size, by the exponent's bits
double unit(double exact) {
  const double size = std::fabs(exact);
  if (size < FLT_MIN) return FLT_MIN;
  uint64_t bits;
  std::memcpy(&bits, &size, sizeof bits);
  bits &= uint64_t{0x7ff} << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return power * 0x1p-23;
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
  const double error = std::fabs(found - exact) / unit(exact);
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
  // with the last normal exponential, and its neighbour
  const float ends[] = {0.0f,     -0.0f,    1.0f, -87.33654f, -87.33655f,
                        INFINITY, -INFINITY, NAN,  FLT_MAX,    -FLT_MAX};
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

// what must come out to the bit: partial loads and stores, pairs of floats, the values at 0
long wrong_operations() {
  long wrong = 0;
  float in[WIDTH + 1], out[WIDTH + 1];
  for (int n = 0; n <= WIDTH; ++n) {
    for (int i = 0; i <= WIDTH; ++i) in[i] = i + 1.0f, out[i] = -1.0f;
    lstmkit::store_part(out, lstmkit::load_part(in, n), n);
    for (int i = 0; i <= WIDTH; ++i) wrong += out[i] != (i < n ? in[i] : -1.0f);
    wrong += lstmkit::sum(lstmkit::load_part(in, n)) != static_cast<float>(n * (n + 1) / 2);
  }
  for (int i = 0; i < WIDTH; ++i) in[i] = as_float(0x40003f80u + static_cast<uint32_t>(i) * 257u);
  lstmkit::store(out, lstmkit::low_bfloat16(lstmkit::load(in)));
  for (int i = 0; i < WIDTH; ++i) wrong += out[i] != as_float((0x3f80u + static_cast<uint32_t>(i) * 257u) << 16);

  const float some[] = {-INFINITY, -2.0f, -0.0f, 0.0f, 1e-40f, 3.0f, INFINITY};
  for (const float a : some) {
    for (const float b : some) {
      const V x = lstmkit::splat(a), y = lstmkit::splat(b);
      const auto differs = [&](V found, float expected) {
        lstmkit::store(out, found);
        for (int i = 0; i < WIDTH; ++i) wrong += out[i] != expected;
      };
      differs(lstmkit::maximum(x, y), a >= b ? a : b);
      differs(lstmkit::minimum(x, y), a <= b ? a : b);
      differs(lstmkit::at_least(x, y), a >= b ? 1.0f : 0.0f);
      differs(lstmkit::step(x), a > 0.0f ? 1.0f : 0.0f);
    }
  }
  const V zero = lstmkit::splat(0.0f);
  wrong += lstmkit::sum(lstmkit::exponential(zero)) != WIDTH;
  wrong += lstmkit::sum(lstmkit::sigmoid(zero)) != WIDTH * 0.5f;
  wrong += lstmkit::sum(lstmkit::sigmoid(lstmkit::splat(-INFINITY))) != 0.0f;
  return wrong;
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
  MEASURE(absolute, std::fabs, stride);
  MEASURE(relu, exact_relu, stride);
  MEASURE(sign, exact_sign, stride);
  std::printf("operations 0 0 %ld\n", wrong_operations());
}
