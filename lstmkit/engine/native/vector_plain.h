// Four floats by the compiler's own vectors: any processor, and runs under a sanitizer.
#pragma once

namespace lstmkit {

using V = float __attribute__((vector_size(16)));
using Whole = int32_t __attribute__((vector_size(16)));
using Mask = Whole;
constexpr int WIDTH = 4;

LSTMKIT_INLINE V load_part(const float* p, int n) {
  V v = {0.0f, 0.0f, 0.0f, 0.0f};
  std::memcpy(&v, p, static_cast<size_t>(n) * sizeof(float));
  return v;
}
LSTMKIT_INLINE void store_part(float* p, V v, int n) {
  std::memcpy(p, &v, static_cast<size_t>(n) * sizeof(float));
}
LSTMKIT_INLINE V load(const float* p) { return load_part(p, WIDTH); }
LSTMKIT_INLINE void store(float* p, V v) { store_part(p, v, WIDTH); }
LSTMKIT_INLINE V splat(float a) { return V{a, a, a, a}; }
// rounds twice where the processor has no fused instruction
LSTMKIT_INLINE V multiply_add(V a, V b, V c) { return a * b + c; }
LSTMKIT_INLINE V subtract_product(V c, V a, V b) { return c - a * b; }
// the lower of the two bfloat16 in each lane
LSTMKIT_INLINE V low_bfloat16(V words) {
  const Whole bits = reinterpret_cast<Whole>(words) << 16;
  return reinterpret_cast<V>(bits);
}
LSTMKIT_INLINE float sum(V v) { return (v[0] + v[2]) + (v[1] + v[3]); }

LSTMKIT_INLINE Mask less(V a, V b) { return a < b; }
LSTMKIT_INLINE Mask at_most(V a, V b) { return a <= b; }
LSTMKIT_INLINE V choose(Mask m, V yes, V no) {
  return reinterpret_cast<V>((reinterpret_cast<Whole>(yes) & m) |
                             (reinterpret_cast<Whole>(no) & ~m));
}
LSTMKIT_INLINE V zero_where(Mask m, V a) {
  return reinterpret_cast<V>(reinterpret_cast<Whole>(a) & ~m);
}

// x where it is NaN
LSTMKIT_INLINE V at_least_number(V low, V x) { return choose(less(x, low), low, x); }
LSTMKIT_INLINE V at_most_number(V high, V x) { return choose(less(high, x), high, x); }

LSTMKIT_INLINE V absolute(V a) { return reinterpret_cast<V>(reinterpret_cast<Whole>(a) & INT32_MAX); }
LSTMKIT_INLINE V minus_absolute(V a) {
  return reinterpret_cast<V>(reinterpret_cast<Whole>(a) | INT32_MIN);
}
LSTMKIT_INLINE V square_root(V a) {
  for (int i = 0; i < WIDTH; ++i) a[i] = __builtin_sqrtf(a[i]);
  return a;
}

LSTMKIT_INLINE V shift_left_23(V a) {
  using Bits = uint32_t __attribute__((vector_size(16)));
  return reinterpret_cast<V>(reinterpret_cast<Bits>(a) << 23);
}
// a normal x = 2^k f, sqrt(1/2) <= f < sqrt(2)
LSTMKIT_INLINE V split_normal(V x, V& k) {
  const Whole bits = reinterpret_cast<Whole>(x);
  // unsigned, so that the bits of any other x wrap instead of overflowing
  using Bits = uint32_t __attribute__((vector_size(16)));
  const Whole exponent =
      reinterpret_cast<Whole>(reinterpret_cast<Bits>(bits) - 0x3f3504f3u) >> 23;
  k = __builtin_convertvector(exponent, V);
  return reinterpret_cast<V>(reinterpret_cast<Bits>(bits) -
                             (reinterpret_cast<Bits>(exponent) << 23));
}

}  // namespace lstmkit

#include "mathematics_bits.h"
