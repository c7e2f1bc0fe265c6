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
constexpr int rows_of(int vectors) { return vectors <= 2 ? 12 : vectors <= 4 ? 6 : vectors == 5 ? 5 : 4; }
#elif defined(__ARM_NEON)
constexpr int VECTORS = 4;
constexpr int rows_of(int) { return 6; }
#else
constexpr int VECTORS = 2;
constexpr int rows_of(int) { return 6; }
#endif
constexpr int64_t LINE = 16;  // floats of a cache line
constexpr int MOST_ROWS = rows_of(2);

// c[r] (+)= sum over k in [first, last) of a[r][k * step] * b[k * pitch ...]; meanwhile lines from
// `ahead` on come near, one for each k, where there is arithmetic enough to hide it
template <int R, int C>
static void tile(const float* const* a, int64_t step, const float* b, int64_t pitch, int64_t first,
                 int64_t last, float* const* c, bool fresh, const float* ahead) {
  V sum[R][C];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < C; ++j) sum[r][j] = fresh ? splat(0.0f) : load(c[r] + j * WIDTH);
  const float* from[R];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) from[r] = a[r];
  b += first * pitch;
  for (int64_t n = first; n < last; ++n, b += pitch) {
    V weight[C];
    if (R >= 4) __builtin_prefetch(ahead + (n - first) * LINE);
#pragma GCC unroll 12
    for (int j = 0; j < C; ++j) weight[j] = load(b + j * WIDTH);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const V one = splat(from[r][n * step]);
#pragma GCC unroll 12
      for (int j = 0; j < C; ++j) sum[r][j] = multiply_add(one, weight[j], sum[r][j]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < C; ++j) store(c[r] + j * WIDTH, sum[r][j]);
}

using Tile = void (*)(const float* const*, int64_t, const float*, int64_t, int64_t, int64_t,
                      float* const*, bool, const float*);

// a tile that is too large for the registers is never asked for
template <int R, int C>
constexpr Tile possible() { return tile<(R <= rows_of(C) && C <= VECTORS ? R : 1), (C <= VECTORS ? C : 1)>; }

template <int C>
static Tile tile_of(int rows) {
  static constexpr Tile tiles[] = {
      possible<1, C>(), possible<2, C>(), possible<3, C>(),  possible<4, C>(),
      possible<5, C>(), possible<6, C>(), possible<7, C>(),  possible<8, C>(),
      possible<9, C>(), possible<10, C>(), possible<11, C>(), possible<12, C>()};
  return tiles[rows - 1];
}

inline Tile tile_of(int rows, int vectors) {
  switch (vectors) {
    case 1: return tile_of<1>(rows);
    case 2: return tile_of<2>(rows);
    case 3: return tile_of<3>(rows);
    case 4: return tile_of<4>(rows);
    case 5: return tile_of<5>(rows);
    default: return tile_of<6>(rows);
  }
}

// how many vectors of columns a tile takes: few rows leave room for many columns, and rows that just
// fit one tile of two vectors read every weight once
inline int vectors_for(int64_t rows, int64_t columns) {
  const int64_t most = rows > rows_of(VECTORS < 4 ? VECTORS : 4) && rows <= rows_of(2) ? 2 : VECTORS;
  const int64_t there = columns / WIDTH;
  return static_cast<int>(there < most ? there : most);
}

}  // namespace lstmkit
