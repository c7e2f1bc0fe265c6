// Eight floats: AVX2 with FMA.
#pragma once

#include <immintrin.h>

namespace lstmkit {

using V = __m256;
using Mask = __m256;
constexpr int WIDTH = 8;

static inline V load(const float* p) { return _mm256_loadu_ps(p); }
static inline void store(float* p, V v) { _mm256_storeu_ps(p, v); }
static inline __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline V load_part(const float* p, int n) { return _mm256_maskload_ps(p, first_lanes(n)); }
static inline void store_part(float* p, V v, int n) { _mm256_maskstore_ps(p, first_lanes(n), v); }
static inline V splat(float a) { return _mm256_set1_ps(a); }
static inline V multiply_add(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
static inline V bfloat16_load(const uint16_t* p) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}

static inline float sum(V v) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

static inline Mask less(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
static inline Mask at_most(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
static inline V choose(Mask m, V yes, V no) { return _mm256_blendv_ps(no, yes, m); }

// vmaxps and vminps give their second operand where either is NaN
static inline V at_least_number(V low, V x) { return _mm256_max_ps(low, x); }
static inline V clamp(V low, V x, V high) { return _mm256_min_ps(high, _mm256_max_ps(low, x)); }

static inline V absolute(V a) { return _mm256_andnot_ps(splat(-0.0f), a); }
static inline V minus_absolute(V a) { return _mm256_or_ps(splat(-0.0f), a); }
static inline V with_sign_of(V s, V a) {
  const V bit = splat(-0.0f);
  return _mm256_or_ps(_mm256_and_ps(bit, s), _mm256_andnot_ps(bit, a));
}
static inline V zero_times(V a) { return a * splat(0.0f); }
static inline V square_root(V a) { return _mm256_sqrt_ps(a); }
static inline V reciprocal(V a) { return splat(1.0f) / a; }
static inline V reciprocal_of_normal(V a) { return splat(1.0f) / a; }

static inline V round_to_whole(V a, V b) {
  return _mm256_round_ps(a * b, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// a * 2^k by adding to the exponent; -126 <= k <= 127
static inline V scale_normal(V a, V k) {
  const __m256i power = _mm256_slli_epi32(_mm256_cvtps_epi32(k), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), power));
}
// in two steps, because 2^128 and 2^-150 are no normal floats
static inline V scale(V a, V k) {
  const V half = round_to_whole(k, splat(0.5f));
  return a * scale_normal(splat(1.0f), half) * scale_normal(splat(1.0f), k - half);
}

static inline V split(V x, V& k) {
  // denormal numbers first become normal
  const Mask tiny = less(x, splat(1.17549435e-38f));
  const V normal = choose(tiny, x * splat(8388608.0f), x);
  const __m256i bits = _mm256_castps_si256(normal);
  // the exponent that brings f to [sqrt(1/2), sqrt(2))
  const __m256i shifted = _mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f3504f3));
  const __m256i exponent = _mm256_srai_epi32(shifted, 23);
  k = _mm256_cvtepi32_ps(exponent) - choose(tiny, splat(23.0f), splat(0.0f));
  return _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
}
static inline V logarithm_at_ends(V x, V found) {
  const V infinite = splat(__builtin_inff());
  V y = choose(_mm256_cmp_ps(x, infinite, _CMP_EQ_OQ), infinite, found);
  y = choose(_mm256_cmp_ps(x, splat(0.0f), _CMP_EQ_OQ), -infinite, y);
  return choose(_mm256_cmp_ps(x, splat(0.0f), _CMP_NGE_UQ), splat(__builtin_nanf("")), y);
}

}  // namespace lstmkit
