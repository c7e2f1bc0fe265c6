// The logistic function of several numbers at once.

#pragma once

#include <cstdint>
#include <cstring>

namespace {

using Number = double;

// e^x as 2^k times a polynomial of what is left, so that a loop over several is made of vectors
inline Number exponential(Number x) {
  x = x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x;
  // beyond 2^52 a number has no digits after the point: k stands in its last bits
  const Number rounding = 6755399441055744.0, shifted = x * 1.4426950408889634 + rounding;
  const Number k = shifted - rounding;
  const Number r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  Number sum = 1.0 / 6227020800.0;
  for (const Number term : {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                            1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0,
                            1.0 / 6.0, 0.5, 1.0, 1.0})
    sum = sum * r + term;
  int64_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 52) + (int64_t{1023} << 52);
  Number power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

void logistic(Number* x, int64_t count) {
  for (int64_t k = 0; k < count; ++k) x[k] = 1.0 / (1.0 + exponential(-x[k]));
}

}  // namespace
