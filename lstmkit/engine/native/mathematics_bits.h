// Exponents of floats by shifting bits, for the instruction sets that have nothing better.
#pragma once

#include "mathematics_reduce.h"

namespace lstmkit {

LSTMKIT_INLINE V reciprocal(V a) { return splat(1.0f) / a; }
LSTMKIT_INLINE V quotient(V a, V b) { return a / b; }

// e^(SIGN x) = 2^k (1 + SIGN rest); the last nine bits of k + WHOLE are k + 127
struct Power {
  V shifted, rest;
};

template <int SIGN>
LSTMKIT_INLINE Power power_of_e(V x) {
  const Reduced<SIGN> a = reduce<SIGN>(x, WHOLE);
  // |r| <= ln(2) / 2, error 3.1e-9
  V p = multiply_add(a.r, splat(SIGN * 1.381461275741458e-3f), splat(8.368710055947304e-3f));
  p = multiply_add(a.r, p, splat(SIGN * 4.166838899254799e-2f));
  p = multiply_add(a.r, p, splat(0.1666652113199234f));
  p = multiply_add(a.r, p, splat(SIGN * 0.4999999403953552f));
  return {a.shifted, multiply_add(a.r * a.r, p, a.r)};
}

// `a` where e^x is a normal float or NaN, else 0, so that x needs no bound from below
LSTMKIT_INLINE V where_normal(V a, V x) { return zero_where(less(x, splat(-87.33654f)), a); }

// e^x for x < 88, and e^x; where k is 128, 2^127 twice, for 2^128 is no float
LSTMKIT_INLINE V small_exponential_of(const Power& e, V x) {
  const V power = shift_left_23(e.shifted);
  return where_normal(multiply_add(power, e.rest, power), x);
}
LSTMKIT_INLINE V exponential_of(const Power& e, V x) {
  const V reachable = at_most_number(splat(WHOLE + 127.0f), e.shifted);
  const V power = shift_left_23(reachable);
  const V product = multiply_add(power, e.rest, power);
  return where_normal(multiply_add(product, e.shifted - reachable, product), x);
}
LSTMKIT_INLINE V one_plus(const Power& minus) {
  const V power = shift_left_23(minus.shifted);
  return power + subtract_product(splat(1.0f), power, minus.rest);
}
// 1 / d, d = 1 + e^-x
LSTMKIT_INLINE V reciprocal_sum(V d, V x) { return where_normal(splat(1.0f) / d, x); }

// x = 2^k f, sqrt(1/2) <= f < sqrt(2)
LSTMKIT_INLINE V split(V x, V& k) {
  const Mask tiny = less(x, splat(1.17549435e-38f));  // not a normal float yet
  const V f = split_normal(choose(tiny, x * splat(8388608.0f), x), k);
  k = k - choose(tiny, splat(23.0f), splat(0.0f));
  return f;
}

LSTMKIT_INLINE V logarithm_at_ends(V x, V found) {
  const V infinite = splat(__builtin_inff());
  V y = choose(less(x, infinite), found, x);  // infinity, NaN
  y = choose(at_most(x, splat(0.0f)), -infinite, y);
  return choose(less(x, splat(0.0f)), splat(__builtin_nanf("")), y);
}

}  // namespace lstmkit
