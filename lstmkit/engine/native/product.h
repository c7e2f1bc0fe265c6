// The product of some rows with packed weights: tile after tile, while weights and rows are near.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tile.h"

namespace lstmkit {

struct Range {
  int64_t first, last;
};

// c (+)= a * weights for `rows` rows and columns [first, last) of packed panels of depth k, over `inner`
// of that depth alone
inline void multiply(const float* const* a, int64_t step, int64_t rows, const float* packed,
                     int64_t panel, int64_t columns, int64_t k, float* const* c, int64_t first,
                     int64_t last, bool fresh, Range inner) {
  for (int64_t column = first; column < last;) {
    const int64_t start = column / panel * panel, pitch = std::min(panel, columns - start);
    const int64_t end = std::min(last, start + pitch);
    const float* weights = packed + start * k;
    const int64_t together = rows <= 3 && panel == PANEL ? panels_of(static_cast<int>(rows)) * PANEL : 0;
    if (together > PANEL && column == start && column + together <= last) {
      float* to[MOST_ROWS];
      for (int64_t m = 0; m < rows; ++m) to[m] = c[m] + (column - first);
      panels_tile_of(static_cast<int>(rows))(a, step, weights, pitch, PANEL * k, inner.first, inner.last, to, fresh, weights);
      column += together;
      continue;
    }
    for (; column < end;) {
      const int vectors = vectors_for(rows, end - column);
      const int64_t most = rows_of(vectors), tiles = (rows + most - 1) / most;
      // several tiles of rows share weights that stay in the nearest cache
      const int64_t depth = tiles > 1 ? DEPTH : k;
      for (int64_t from = inner.first; from < inner.last; from += depth)
        for (int64_t n = 0; n < tiles; ++n) {
          const int64_t r = rows * n / tiles, count = rows * (n + 1) / tiles - r;
          float* to[MOST_ROWS];
          for (int64_t m = 0; m < count; ++m) to[m] = c[r + m] + (column - first);
          // the last tiles ask for the weights of the next stretch, once
          const int64_t lines = pitch / LINE, asks = n - std::max<int64_t>(0, tiles - lines);
          const float* ahead = weights + (column - start) + from * pitch;
          if (asks >= 0) ahead = weights + (from + depth) * pitch + asks * depth * LINE;
          tile_of(static_cast<int>(count), vectors)(a + r, step, weights + (column - start), pitch, 0, from,
                                                    std::min(inner.last, from + depth), to, fresh && from == inner.first, ahead);
        }
      column += vectors * WIDTH;
    }
  }
}

// the same for every k
inline void multiply(const float* const* a, int64_t step, int64_t rows, const float* packed,
                     int64_t panel, int64_t columns, int64_t k, float* const* c, int64_t first,
                     int64_t last, bool fresh) {
  multiply(a, step, rows, packed, panel, columns, k, c, first, last, fresh, Range{0, k});
}

}  // namespace lstmkit
