// Products with weights of 16 bits, two in a word, on any processor.
//
// The even weight of a pair is the word shifted left. The odd one is the word as it stands: its last
// 16 bits are the even weight's, and its first 16 are chosen so that the whole comes nearest to the
// weight. Both are within half a unit of bfloat16, and one shift serves two multiply-adds.
#pragma once

#include "pack.h"

namespace lstmkit {

#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr int PAIR_ROWS = 4, PAIR_VECTORS = 4;
#else
constexpr int PAIR_ROWS = 2, PAIR_VECTORS = 2;
#endif
// panels that a single row takes at once, as in tile.h; it has two sums for each vector already
constexpr int PAIR_PANELS = PANEL > LINE ? 1 : 2;

inline uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline uint32_t pair_of(float even, float odd) {
  const uint32_t low = (bits_of(even) + 0x7fffu + (bits_of(even) >> 16 & 1u)) >> 16;
  const uint32_t sign = bits_of(odd) & 0x80000000u, size = bits_of(odd) & 0x7fffffffu;
  if (size >= 0x7f800000u) return (bits_of(odd) >> 16 | (size > 0x7f800000u ? 0x40u : 0u)) << 16 | low;
  // no number that is not normal: some processors are slow with them
  const uint32_t wanted = size > low ? (size - low + 0x8000u) >> 16 : 0u;
  const uint32_t high = std::min(std::max(wanted, 0x0080u), 0x7f7fu);
  return sign | high << 16 | low;
}

// [panel][pair][column]
inline void pack_pairs(const Program& program, const Call& call, const Memory& memory, int64_t b,
                       int64_t first, int64_t last) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const int64_t deep = words_of(BFLOAT16, block.inner);
  float* packed = call.weights + memory.forward_weights[b];
  for (int64_t column = first; column < last; ++column) {
    const int64_t start = column / group.panel * group.panel;
    const int64_t pitch = std::min(group.panel, group.columns - start);
    float* to = packed + start * deep + (column - start);
    const float* row = map_row(program, call.maps, block, column);
    const auto at = [&](int64_t k) { return row != nullptr && k < block.inner ? row[k] : 0.0f; };
    for (int64_t n = 0; n < deep; ++n) {
      const uint32_t word = pair_of(at(2 * n), at(2 * n + 1));
      std::memcpy(to + n * pitch, &word, sizeof word);
    }
  }
}

// c[r] (+)= sum over k in [0, depth) of a[r][k] * weight k
template <int R, int C, int P = 1>
static void pairs_tile(const float* const* a, const float* b, int64_t pitch, int64_t beyond, int64_t depth,
                       float* const* c, bool fresh) {
  constexpr int all = P * C;
  const auto word_at = [&](int j) { return load(b + j / C * beyond + j % C * WIDTH); };
  V sum[R][all], apart[R][all];  // a single row's sums would wait for one another
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < all; ++j) sum[r][j] = fresh ? splat(0.0f) : load(c[r] + j * WIDTH), apart[r][j] = splat(0.0f);
  const int64_t whole = depth / 2 * 2;
  for (int64_t k = 0; k < whole; k += 2, b += pitch) {
    V even[R], odd[R];
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) even[r] = splat(a[r][k]), odd[r] = splat(a[r][k + 1]);
#pragma GCC unroll 12
    for (int j = 0; j < all; ++j) {
      const V word = word_at(j), low = low_bfloat16(word);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        sum[r][j] = multiply_add(even[r], low, sum[r][j]);
        V& other = R == 1 ? apart[r][j] : sum[r][j];
        other = multiply_add(odd[r], word, other);
      }
    }
  }
  if (whole < depth)
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
      for (int j = 0; j < all; ++j)
        sum[r][j] = multiply_add(splat(a[r][whole]), low_bfloat16(word_at(j)), sum[r][j]);
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 12
    for (int j = 0; j < all; ++j) store(c[r] + j * WIDTH, R == 1 ? sum[r][j] + apart[r][j] : sum[r][j]);
}

using PairsTile = void (*)(const float* const*, const float*, int64_t, int64_t, int64_t, float* const*, bool);

template <int R>
static PairsTile pairs_tile_of(int64_t vectors) {
  constexpr int two = PAIR_VECTORS >= 2 ? 2 : 1, three = PAIR_VECTORS >= 3 ? 3 : 1, four = PAIR_VECTORS >= 4 ? 4 : 1;
  static constexpr PairsTile tiles[] = {pairs_tile<R, 1>, pairs_tile<R, two>, pairs_tile<R, three>, pairs_tile<R, four>};
  return tiles[vectors - 1];
}

static PairsTile pairs_tile_of(int64_t rows, int64_t vectors) {
  constexpr int three = PAIR_ROWS >= 3 ? 3 : 1, four = PAIR_ROWS >= 4 ? 4 : 1;
  switch (rows) {
    case 1: return pairs_tile_of<1>(vectors);
    case 2: return pairs_tile_of<2>(vectors);
    case 3: return pairs_tile_of<three>(vectors);
    default: return pairs_tile_of<four>(vectors);
  }
}

// c (+)= a * weights for columns [first, last)
inline void multiply_pairs(const float* const* a, int64_t rows, const float* packed, int64_t panel,
                           int64_t columns, int64_t depth, float* const* c, int64_t first, int64_t last,
                           bool fresh) {
  const int64_t deep = words_of(BFLOAT16, depth);
  for (int64_t column = first; column < last;) {
    const int64_t start = column / panel * panel, pitch = std::min(panel, columns - start);
    if (PAIR_PANELS > 1 && rows == 1 && panel == PANEL && column == start && column + PAIR_PANELS * PANEL <= last) {
      float* to = c[0] + (column - first);
      pairs_tile<1, PANEL / WIDTH, PAIR_PANELS>(a, packed + start * deep, pitch, PANEL * deep, depth, &to, fresh);
      column += PAIR_PANELS * PANEL;
      continue;
    }
    const int64_t vectors = std::min<int64_t>(PAIR_VECTORS, (std::min(last, start + pitch) - column) / WIDTH);
    for (int64_t r = 0; r < rows; r += PAIR_ROWS) {
      const int64_t count = std::min<int64_t>(PAIR_ROWS, rows - r);
      float* to[PAIR_ROWS];
      for (int64_t m = 0; m < count; ++m) to[m] = c[r + m] + (column - first);
      pairs_tile_of(count, vectors)(a + r, packed + start * deep + (column - start), pitch, 0, depth, to, fresh);
    }
    column += vectors * WIDTH;
  }
}

}  // namespace lstmkit
