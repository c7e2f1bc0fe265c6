// Vectors of floats, as wide as the instruction set has them, and the functions of a cell's text.
//
// vector_*.h gives the operations of one instruction set; the formulas stand here once. Errors over
// all floats: docs/mathematics.md. NaN goes through every function; nothing here branches on a lane.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "vector_avx512.h"
#elif defined(__AVX2__) && defined(__FMA__)
#include "vector_avx2.h"
#elif defined(__ARM_NEON)
#include "vector_neon.h"
#else
#include "vector_plain.h"
#endif

namespace lstmkit {

// max and min give the first where two are equal, and NaN where the second is NaN
static inline V maximum(V a, V b) { return choose(at_most(b, a), a, b); }
static inline V minimum(V a, V b) { return choose(at_most(a, b), a, b); }
static inline V at_least(V a, V b) { return choose(at_most(b, a), splat(1.0f), splat(0.0f)); }
static inline V step(V a) { return choose(less(splat(0.0f), a), splat(1.0f), splat(0.0f)); }
static inline V sign(V a) { return step(a) - step(-a); }
static inline V relu(V a) { return choose(less(a, splat(0.0f)), splat(0.0f), a); }

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; the error times r^2 is at most 3.2e-9
static inline V beyond_linear(V r) {
  V p = multiply_add(r, splat(1.395049103624194e-3f), splat(8.368889373059454e-3f));
  p = multiply_add(r, p, splat(4.1666205803686886e-2f));
  p = multiply_add(r, p, splat(0.16666518839459105f));
  return multiply_add(r, p, splat(0.5f));
}

// e^x for |x| < 2^20 as 2^k (1 + r + r^2 P(r)) with x = k ln(2) + r
static inline V exponential_within(V x) {
  const V k = round_to_whole(x, splat(1.4426950408889634f));
  V r = multiply_add(k, splat(-0.693145751953125f), x);
  r = multiply_add(k, splat(-1.428606765330187e-6f), r);
  const V p = multiply_add(r, beyond_linear(r), splat(1.0f));
  return scale(multiply_add(r, p, splat(1.0f)), k);
}

// beyond these bounds the result is 0 or infinite anyway; NaN stays
static inline V exponential(V x) { return exponential_within(clamp(splat(-104.0f), x, splat(89.0f))); }

// below -87 the result stays at 1.6e-38, which keeps every step of it a normal number
static inline V sigmoid(V x) {
  const V e = exponential_within(-clamp(splat(-87.0f), x, splat(87.0f)));
  return reciprocal_of_normal(splat(1.0f) + e);
}

// with m = e^(-2|x|) - 1, tanh|x| = -m / (2 + m); exact near 0, because m is
static inline V hyperbolic_tangent(V x) {
  const V u = at_least_number(splat(-20.0f), minus_absolute(x));
  const V k = round_to_whole(u, splat(2.8853900817779268f));
  V r = u + u;
  r = multiply_add(k, splat(-0.693145751953125f), r);
  r = multiply_add(k, splat(-1.428606765330187e-6f), r);
  const V q = multiply_add(r * r, beyond_linear(r), r), power = scale_normal(splat(1.0f), k);
  const V m = multiply_add(q, power, power - splat(1.0f));
  return with_sign_of(x, m * reciprocal_of_normal(splat(2.0f) + m));
}

// log(1 + e) for 0 <= e <= 1: 2 atanh(s) with s = e / (2 + e) <= 1/3
static inline V log1p_up_to_one(V e) {
  const V s = e * reciprocal_of_normal(splat(2.0f) + e), t = s * s;
  V p = multiply_add(t, splat(0.12150466892769082f), splat(0.1071382912002539f));
  p = multiply_add(t, p, splat(0.14308442370466318f));
  p = multiply_add(t, p, splat(0.19999438873129355f));
  p = multiply_add(t, p, splat(0.3333333781096141f));
  return (s + s) + (s + s) * (t * p);
}

static inline V logsigmoid(V x) {
  return choose(less(x, splat(0.0f)), x, zero_times(x)) - log1p_up_to_one(exponential(minus_absolute(x)));
}

static inline V softplus(V x) { return -logsigmoid(-x); }

static inline V logarithm(V x) {
  // x = 2^k f with f in [sqrt(1/2), sqrt(2)); log f = 2 atanh(s), s = (f - 1) / (f + 1)
  V k;
  const V f = split(x, k);
  const V s = (f - splat(1.0f)) / (f + splat(1.0f)), t = s * s;
  V p = multiply_add(t, splat(0.11791300118714454f), splat(0.14268643152387456f));
  p = multiply_add(t, p, splat(0.20000167758304835f));
  p = multiply_add(t, p, splat(0.33333332822068495f));
  V small = multiply_add((s + s) * t, p, s + s);
  small = multiply_add(k, splat(-2.12194440054690583e-4f), small);
  const V found = multiply_add(k, splat(0.693359375f), small);
  return logarithm_at_ends(x, found);
}

}  // namespace lstmkit
