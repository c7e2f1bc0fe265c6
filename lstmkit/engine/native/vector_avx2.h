// Eight floats: AVX2 with FMA.
#pragma once

#include "vector_avx2_intrinsics.h"

namespace lstmkit {

using V = __m256;
using Mask = __m256;
constexpr int WIDTH = 8;

LSTMKIT_INLINE V load(const float* p) { return _mm256_loadu_ps(p); }
LSTMKIT_INLINE void store(float* p, V v) { _mm256_storeu_ps(p, v); }
LSTMKIT_INLINE __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
LSTMKIT_INLINE V load_part(const float* p, int n) { return _mm256_maskload_ps(p, first_lanes(n)); }
LSTMKIT_INLINE void store_part(float* p, V v, int n) { _mm256_maskstore_ps(p, first_lanes(n), v); }
LSTMKIT_INLINE V splat(float a) { return _mm256_set1_ps(a); }
LSTMKIT_INLINE V multiply_add(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
LSTMKIT_INLINE V subtract_product(V c, V a, V b) { return _mm256_fnmadd_ps(a, b, c); }
// the lower of the two bfloat16 in each lane
LSTMKIT_INLINE V low_bfloat16(V words) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(words), 16));
}

LSTMKIT_INLINE float sum(V v) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

LSTMKIT_INLINE Mask less(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
LSTMKIT_INLINE Mask at_most(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
LSTMKIT_INLINE V choose(Mask m, V yes, V no) { return _mm256_blendv_ps(no, yes, m); }
LSTMKIT_INLINE V zero_where(Mask m, V a) { return _mm256_andnot_ps(m, a); }

// vmaxps and vminps give their second operand where either is NaN
LSTMKIT_INLINE V at_least_number(V low, V x) { return _mm256_max_ps(low, x); }
LSTMKIT_INLINE V at_most_number(V high, V x) { return _mm256_min_ps(high, x); }

LSTMKIT_INLINE V absolute(V a) { return _mm256_andnot_ps(splat(-0.0f), a); }
LSTMKIT_INLINE V minus_absolute(V a) { return _mm256_or_ps(splat(-0.0f), a); }
LSTMKIT_INLINE V square_root(V a) { return _mm256_sqrt_ps(a); }

LSTMKIT_INLINE V shift_left_23(V a) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
}
// a normal x = 2^k f, sqrt(1/2) <= f < sqrt(2)
LSTMKIT_INLINE V split_normal(V x, V& k) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i exponent =
      _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f3504f3)), 23);
  k = _mm256_cvtepi32_ps(exponent);
  return _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
}

}  // namespace lstmkit

#include "mathematics_bits.h"
