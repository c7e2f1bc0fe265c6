// The matrix product of a tile: a few rows times a few vectors of columns, kept in registers.
//
// Weights are packed in panels of up to COLUMNS columns, [panel][k][column], so that a tile reads
// them in one stream. A panel may be entered at any vector.
#pragma once

#include <cstdint>

#include "vector.h"

namespace lstmkit {

// the largest tile: accumulators, one vector of weights each, and a broadcast fit the registers;
// DEPTH: length of the stretch of a product for which a panel of weights stays in the nearest cache
#if defined(__AVX512F__)
constexpr int VECTORS = 6;
constexpr int64_t DEPTH = 128;
constexpr int rows_of(int vectors) { return vectors <= 2 ? 12 : vectors <= 4 ? 6 : vectors == 5 ? 5 : 4; }
#elif defined(__ARM_NEON)
constexpr int VECTORS = 4;
constexpr int64_t DEPTH = 256;
constexpr int rows_of(int) { return 6; }
#else
constexpr int VECTORS = 2;
constexpr int64_t DEPTH = 256;
constexpr int rows_of(int) { return 6; }
#endif
constexpr int64_t LINE = 16;  // floats of a cache line
constexpr int MOST_ROWS = rows_of(2);
// columns of a panel of weights that adjoints are multiplied with
constexpr int64_t PANEL = VECTORS * WIDTH <= LINE ? LINE : 4 * WIDTH;
// panels that a tile of few rows takes at once: eight sums or more, because a multiply-add takes four
// cycles and two begin at once
constexpr int panels_of(int rows) { return PANEL > LINE ? 1 : rows == 1 ? 4 : rows <= 3 ? 2 : 1; }

// c[r] (+)= sum over k in [first, last) of a[r][k * step] * b[k * pitch ...]; meanwhile lines from
// `ahead` on come near, one for each k, where there is arithmetic enough to hide it. P panels of C
// vectors lie `beyond` apart. The order of a sum depends on nothing but k.
template <int R, int C, int P>
static void tile(const float* const* a, int64_t step, const float* b, int64_t pitch, int64_t beyond, int64_t first,
                 int64_t last, float* const* c, bool fresh, const float* ahead) {
  V sum[R][P * C];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < P * C; ++j) sum[r][j] = fresh ? splat(0.0f) : load(c[r] + j * WIDTH);
  const float* from[R];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) from[r] = a[r];
  b += first * pitch;
  for (int64_t n = first; n < last; ++n, b += pitch) {
    V weight[C];
    if (R >= 4) __builtin_prefetch(ahead + (n - first) * LINE);
    V one[R];
#pragma GCC unroll 12
    for (int r = 0; r < R && P > 1; ++r) one[r] = splat(from[r][n * step]);
#pragma GCC unroll 12
    for (int p = 0; p < P; ++p) {
#pragma GCC unroll 12
      for (int j = 0; j < C; ++j) weight[j] = load(b + p * beyond + j * WIDTH);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        if (P == 1) one[r] = splat(from[r][n * step]);
#pragma GCC unroll 12
        for (int j = 0; j < C; ++j) sum[r][p * C + j] = multiply_add(one[r], weight[j], sum[r][p * C + j]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < P * C; ++j) store(c[r] + j * WIDTH, sum[r][j]);
}

using Tile = void (*)(const float* const*, int64_t, const float*, int64_t, int64_t, int64_t, int64_t,
                      float* const*, bool, const float*);

// a tile that is too large for the registers is never asked for
template <int R, int C>
constexpr Tile possible() { return tile<(R <= rows_of(C) && C <= VECTORS ? R : 1), (C <= VECTORS ? C : 1), 1>; }

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

// whole panels, several at once
inline Tile panels_tile_of(int rows) {
  constexpr int C = static_cast<int>(PANEL / WIDTH);
  static constexpr Tile tiles[] = {tile<1, C, panels_of(1)>, tile<2, C, panels_of(2)>, tile<3, C, panels_of(3)>};
  return tiles[rows - 1];
}

// how many vectors of columns a tile takes: few rows leave room for many columns, and rows that just
// fit one tile of two vectors read every weight once
inline int vectors_for(int64_t rows, int64_t columns) {
  const int64_t most = rows > rows_of(VECTORS < 4 ? VECTORS : 4) && rows <= rows_of(2) ? 2 : VECTORS;
  const int64_t there = columns / WIDTH;
  return static_cast<int>(there < most ? there : most);
}

}  // namespace lstmkit
