// Sixteen floats: AVX-512.
#pragma once

#include <immintrin.h>

namespace lstmkit {

using V = __m512;
using Mask = __mmask16;
constexpr int WIDTH = 16;

static inline V load(const float* p) { return _mm512_loadu_ps(p); }
static inline void store(float* p, V v) { _mm512_storeu_ps(p, v); }
static inline Mask first_lanes(int n) { return static_cast<Mask>((1u << n) - 1u); }
static inline V load_part(const float* p, int n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
static inline void store_part(float* p, V v, int n) { _mm512_mask_storeu_ps(p, first_lanes(n), v); }
static inline V splat(float a) { return _mm512_set1_ps(a); }
static inline V multiply_add(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
static inline V bfloat16_load(const uint16_t* p) {
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

static inline float sum(V v) {
  const __m256 low = _mm512_castps512_ps256(v), high = _mm512_extractf32x8_ps(v, 1);
  const __m256 eight = _mm256_add_ps(low, high);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

static inline Mask less(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline Mask at_most(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
static inline V choose(Mask m, V yes, V no) { return _mm512_mask_mov_ps(no, m, yes); }

// vmaxps and vminps give their second operand where either is NaN
static inline V at_least_number(V low, V x) { return _mm512_max_ps(low, x); }
static inline V clamp(V low, V x, V high) { return _mm512_min_ps(high, _mm512_max_ps(low, x)); }

static inline V absolute(V a) { return _mm512_andnot_ps(splat(-0.0f), a); }
static inline V minus_absolute(V a) { return _mm512_or_ps(splat(-0.0f), a); }
static inline V with_sign_of(V s, V a) {
  const __m512i bit = _mm512_set1_epi32(INT32_MIN);
  return _mm512_castsi512_ps(
      _mm512_ternarylogic_epi32(bit, _mm512_castps_si512(s), _mm512_castps_si512(a), 0xCA));
}
static inline V zero_times(V a) { return a * splat(0.0f); }
static inline V square_root(V a) { return _mm512_sqrt_ps(a); }
static inline V reciprocal(V a) { return splat(1.0f) / a; }
// 1 / a for 1 <= a < 2^126: an estimate and one step of Newton's method
static inline V reciprocal_of_normal(V a) {
  const V y = _mm512_rcp14_ps(a);
  return _mm512_fmadd_ps(y, _mm512_fnmadd_ps(a, y, splat(1.0f)), y);
}

// a * b rounded, for |a * b| < 2^22: the sum with 1.5 * 2^23 has no bits left for a fraction
static inline V round_to_whole(V a, V b) {
  const V magic = splat(12582912.0f);
  return multiply_add(a, b, magic) - magic;
}
static inline V scale(V a, V k) { return _mm512_scalef_ps(a, k); }
static inline V scale_normal(V a, V k) { return _mm512_scalef_ps(a, k); }

static inline V split(V x, V& k) {
  const V f = _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
  k = _mm512_getexp_ps(x) - _mm512_getexp_ps(f);
  return f;
}
static inline V logarithm_at_ends(V x, V found) {
  const V infinite = splat(__builtin_inff());
  V y = choose(_mm512_cmp_ps_mask(x, infinite, _CMP_EQ_OQ), infinite, found);
  y = choose(_mm512_cmp_ps_mask(x, splat(0.0f), _CMP_EQ_OQ), -infinite, y);
  return choose(_mm512_cmp_ps_mask(x, splat(0.0f), _CMP_NGE_UQ), splat(__builtin_nanf("")), y);
}

}  // namespace lstmkit
