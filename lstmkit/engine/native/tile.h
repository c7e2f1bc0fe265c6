// The matrix product of a tile: a few rows times a few vectors of columns, kept in registers.
//
// Weights are packed in panels of up to COLUMNS columns, [panel][k][column], so that a tile reads
// them in one stream. A panel may be entered at any vector.
#pragma once

#include <cstdint>

#include "vector.h"

namespace lstmkit {

// the largest tile: accumulators, one vector of weights each, and a broadcast fit the registers
#if defined(__AVX512F__)
constexpr int VECTORS = 6;
constexpr int rows_of(int vectors) { return vectors <= 4 ? 6 : vectors == 5 ? 5 : 4; }
#elif defined(__ARM_NEON)
constexpr int VECTORS = 4;
constexpr int rows_of(int) { return 6; }
#else
constexpr int VECTORS = 2;
constexpr int rows_of(int) { return 6; }
#endif
constexpr int MOST_ROWS = 6;

// c[r] (+)= sum over k in [first, last) of a[r][k * step] * b[k * pitch ...]
template <int R, int C>
static void tile(const float* const* a, int64_t step, const float* b, int64_t pitch, int64_t first,
                 int64_t last, float* const* c, bool fresh) {
  V sum[R][C];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) sum[r][j] = fresh ? splat(0.0f) : load(c[r] + j * WIDTH);
  const float* from[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) from[r] = a[r];
  b += first * pitch;
  for (int64_t n = first; n < last; ++n, b += pitch) {
    V weight[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) weight[j] = load(b + j * WIDTH);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const V one = splat(from[r][n * step]);
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) sum[r][j] = multiply_add(one, weight[j], sum[r][j]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) store(c[r] + j * WIDTH, sum[r][j]);
}

using Tile = void (*)(const float* const*, int64_t, const float*, int64_t, int64_t, int64_t,
                      float* const*, bool);

template <int C>
static Tile tile_of(int rows) {
  switch (rows) {
    case 1: return tile<1, C>;
    case 2: return tile<2, C>;
    case 3: return tile<3, C>;
    case 4: return tile<4, C>;
    case 5: return tile<(rows_of(C) < 5 ? 1 : 5), C>;
    default: return tile<(rows_of(C) < 6 ? 1 : 6), C>;
  }
}

inline Tile tile_of(int rows, int vectors) {
  switch (vectors) {
    case 1: return tile_of<1>(rows);
    case 2: return tile_of<2>(rows);
    case 3: return tile_of<(VECTORS < 3 ? 1 : 3)>(rows);
    case 4: return tile_of<(VECTORS < 4 ? 1 : 4)>(rows);
    case 5: return tile_of<(VECTORS < 5 ? 1 : 5)>(rows);
    default: return tile_of<(VECTORS < 6 ? 1 : 6)>(rows);
  }
}

}  // namespace lstmkit
