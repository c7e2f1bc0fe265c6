// Sixteen floats: AVX-512.
#pragma once

#include <immintrin.h>

namespace lstmkit {

using V = __m512;
using Mask = __mmask16;
constexpr int WIDTH = 16;

LSTMKIT_INLINE V load(const float* p) { return _mm512_loadu_ps(p); }
LSTMKIT_INLINE void store(float* p, V v) { _mm512_storeu_ps(p, v); }
LSTMKIT_INLINE Mask first_lanes(int n) { return static_cast<Mask>((1u << n) - 1u); }
LSTMKIT_INLINE V load_part(const float* p, int n) {
  return _mm512_maskz_loadu_ps(first_lanes(n), p);
}
LSTMKIT_INLINE void store_part(float* p, V v, int n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), v);
}
LSTMKIT_INLINE V splat(float a) { return _mm512_set1_ps(a); }
LSTMKIT_INLINE V multiply_add(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
LSTMKIT_INLINE V subtract_product(V c, V a, V b) { return _mm512_fnmadd_ps(a, b, c); }
// the lower of the two bfloat16 in each lane
LSTMKIT_INLINE V low_bfloat16(V words) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(words), 16));
}

LSTMKIT_INLINE float sum(V v) {
  const __m256 low = _mm512_castps512_ps256(v), high = _mm512_extractf32x8_ps(v, 1);
  const __m256 eight = _mm256_add_ps(low, high);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

LSTMKIT_INLINE Mask less(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
LSTMKIT_INLINE Mask at_most(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
LSTMKIT_INLINE V choose(Mask m, V yes, V no) { return _mm512_mask_mov_ps(no, m, yes); }

// vmaxps and vminps give their second operand where either is NaN
LSTMKIT_INLINE V at_least_number(V low, V x) { return _mm512_max_ps(low, x); }
LSTMKIT_INLINE V at_most_number(V high, V x) { return _mm512_min_ps(high, x); }

LSTMKIT_INLINE V absolute(V a) { return _mm512_andnot_ps(splat(-0.0f), a); }
LSTMKIT_INLINE V minus_absolute(V a) { return _mm512_or_ps(splat(-0.0f), a); }
LSTMKIT_INLINE V square_root(V a) { return _mm512_sqrt_ps(a); }

LSTMKIT_INLINE V shift_left_23(V a) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}

}  // namespace lstmkit

#include "mathematics_avx512.h"
