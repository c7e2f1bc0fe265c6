// Vectors of floats, as wide as the instruction set has them, and the functions of a cell's text.
//
// vector_<set>.h holds the operations of one instruction set, mathematics.h the formulas, once for
// all. NaN goes through every function, nothing branches on a lane, nothing is allocated or called.
// Errors over all floats: docs/mathematics.md.
#pragma once

#include <cstdint>
#include <cstring>

#define LSTMKIT_INLINE static inline __attribute__((always_inline))

namespace lstmkit {

// the last nine bits of k + WHOLE are k + 127, sign and exponent of 2^k; 128 gives infinity
constexpr float WHOLE = 12583039.0f;  // 1.5 * 2^23 + 127

}  // namespace lstmkit

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512BW__)
#include "vector_avx512.h"
#elif defined(__AVX2__) && defined(__FMA__)
#include "vector_avx2.h"
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include "vector_neon.h"
#else
#include "vector_plain.h"
#endif

#include "mathematics.h"
