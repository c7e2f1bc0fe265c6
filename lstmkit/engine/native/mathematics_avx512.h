// What AVX-512 has instructions for: exponents, estimates of 1 / x, tables in a register.
#pragma once

#include "mathematics_reduce.h"

namespace lstmkit {

// an estimate and one step of Newton's method, which only helps where 1 - a y is small
LSTMKIT_INLINE V reciprocal(V a) {
  const V y = _mm512_rcp14_ps(a), error = _mm512_fnmadd_ps(a, y, splat(1.0f));
  const Mask small = _mm512_cmp_ps_mask(error, splat(-0.5f), _CMP_GT_OQ);
  return _mm512_mask_fmadd_ps(y, small, error, y);
}
// a / b for 1 <= b < 2^126
LSTMKIT_INLINE V quotient(V a, V b) {
  const V y = _mm512_rcp14_ps(b), z = a * y;
  return _mm512_fmadd_ps(_mm512_fnmadd_ps(z, b, a), y, z);
}

// e^(SIGN x) = 2^floor(k) table[16 k mod 16] rest, with k in sixteenths.
//
// The table holds 2^((j + 1.135566) / 16) and the rest the inverse of 2^(1.135566 / 16). Of all such
// offsets this one rounds the table best, to 0.35 units at most, and keeps the rest below 1, where
// floats are denser.
struct Power {
  V k, table, rest;
};

template <int SIGN>
LSTMKIT_INLINE Power power_of_e(V x) {
  const Reduced<SIGN> a = reduce<SIGN>(x, 786432.0f);  // 1.5 * 2^23 / 16
  const V table = _mm512_setr_ps(
      1.0504248f, 1.0969311f, 1.1454964f, 1.1962118f, 1.2491727f,
      1.3044783f, 1.3622324f, 1.4225436f, 1.485525f, 1.5512948f,
      1.6199765f, 1.691699f, 1.7665969f, 1.8448108f, 1.9264876f,
      2.0117805f);
  // |r| <= ln(2) / 32, error 1.6e-9
  V p = multiply_add(a.r, splat(SIGN * 0.15866639f), splat(0.4760133f));
  p = multiply_add(a.r, p, splat(SIGN * 0.9519958f));
  p = multiply_add(a.r, p, splat(0.9519958f));
  return {a.k, _mm512_permutexvar_ps(_mm512_castps_si512(a.shifted), table), p};
}

// where e^x is a normal float or NaN; all else becomes 0, so that x needs no bound from below
LSTMKIT_INLINE Mask normal_exponential(V x) {
  return _mm512_cmp_ps_mask(x, splat(-87.33654f), _CMP_NLT_UQ);
}
LSTMKIT_INLINE V exponential_of(const Power& e, V x) {
  return _mm512_maskz_scalef_ps(normal_exponential(x), e.table * e.rest, e.k);
}
LSTMKIT_INLINE V small_exponential_of(const Power& e, V x) { return exponential_of(e, x); }
LSTMKIT_INLINE V one_plus(const Power& e) {
  return multiply_add(_mm512_scalef_ps(e.table, e.k), e.rest, splat(1.0f));
}
// 1 / d, d = 1 + e^-x
LSTMKIT_INLINE V reciprocal_sum(V d, V x) {
  const V y = _mm512_rcp14_ps(d);
  return _mm512_maskz_fmadd_ps(normal_exponential(x), y, _mm512_fnmadd_ps(d, y, splat(1.0f)), y);
}

// x = 2^k f, 3/4 <= f < 3/2
LSTMKIT_INLINE V split(V x, V& k) {
  const V f = _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
  k = _mm512_getexp_ps(x) - _mm512_getexp_ps(f);
  return f;
}
// a digit for each kind of x, from the right: NaN, signalling NaN, 0, 1, -inf, inf, negative,
// positive; 0 keeps what was found, 2 gives x, 3 NaN, 4 -inf, 5 inf
LSTMKIT_INLINE V logarithm_at_ends(V x, V found) {
  return _mm512_fixupimm_ps(found, x, _mm512_set1_epi32(0x03530422), 0);
}

}  // namespace lstmkit
