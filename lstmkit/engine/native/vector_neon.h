// Four floats: NEON of 64-bit ARM.
#pragma once

#include <arm_neon.h>

namespace lstmkit {

using V = float32x4_t;
using Mask = uint32x4_t;
constexpr int WIDTH = 4;

LSTMKIT_INLINE V load(const float* p) { return vld1q_f32(p); }
LSTMKIT_INLINE void store(float* p, V v) { vst1q_f32(p, v); }
LSTMKIT_INLINE V load_part(const float* p, int n) {
  float lanes[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int i = 0; i < n; ++i) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
LSTMKIT_INLINE void store_part(float* p, V v, int n) {
  float lanes[4];
  vst1q_f32(lanes, v);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}
LSTMKIT_INLINE V splat(float a) { return vdupq_n_f32(a); }
LSTMKIT_INLINE V multiply_add(V a, V b, V c) { return vfmaq_f32(c, a, b); }
LSTMKIT_INLINE V subtract_product(V c, V a, V b) { return vfmsq_f32(c, a, b); }
// the lower of the two bfloat16 in each lane
LSTMKIT_INLINE V low_bfloat16(V words) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(words), 16));
}
LSTMKIT_INLINE float sum(V v) { return vaddvq_f32(v); }

LSTMKIT_INLINE Mask less(V a, V b) { return vcltq_f32(a, b); }
LSTMKIT_INLINE Mask at_most(V a, V b) { return vcleq_f32(a, b); }
LSTMKIT_INLINE V choose(Mask m, V yes, V no) { return vbslq_f32(m, yes, no); }
LSTMKIT_INLINE V zero_where(Mask m, V a) {
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), m));
}

// NaN where either is NaN
LSTMKIT_INLINE V at_least_number(V low, V x) { return vmaxq_f32(low, x); }
LSTMKIT_INLINE V at_most_number(V high, V x) { return vminq_f32(high, x); }

LSTMKIT_INLINE V absolute(V a) { return vabsq_f32(a); }
LSTMKIT_INLINE V minus_absolute(V a) { return vnegq_f32(vabsq_f32(a)); }
LSTMKIT_INLINE V square_root(V a) { return vsqrtq_f32(a); }

LSTMKIT_INLINE V shift_left_23(V a) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(a), 23));
}
// a normal x = 2^k f, sqrt(1/2) <= f < sqrt(2)
LSTMKIT_INLINE V split_normal(V x, V& k) {
  const int32x4_t bits = vreinterpretq_s32_f32(x);
  const int32x4_t exponent = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(0x3f3504f3)), 23);
  k = vcvtq_f32_s32(exponent);
  return vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(exponent, 23)));
}

}  // namespace lstmkit

#include "mathematics_bits.h"
