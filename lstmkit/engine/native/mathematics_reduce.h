// The first step to e^x: powers of two taken out.
#pragma once

namespace lstmkit {

// SIGN x = k ln 2 + r; k + shift, whose last bits are k's, k itself, and SIGN r
template <int SIGN>
struct Reduced {
  V shifted, k, r;
};

// `shift` is 1.5 * 2^23 / STEPS, plus a whole number, for k in multiples of 1 / STEPS
template <int SIGN>
LSTMKIT_INLINE Reduced<SIGN> reduce(V x, float shift) {
  constexpr float TO_BASE_TWO = SIGN * 1.4426950408889634f;
  constexpr float LN2_HIGH = SIGN * 0.693145751953125f;  // 15 bits, so that k times it is exact
  constexpr float LN2_LOW = SIGN * 1.428606765330187e-6f;
  const V shifted = multiply_add(x, splat(TO_BASE_TWO), splat(shift));
  const V k = shifted - splat(shift);
  const V r = multiply_add(k, splat(-LN2_HIGH), x);
  return {shifted, k, multiply_add(k, splat(-LN2_LOW), r)};
}

}  // namespace lstmkit
