// Products with weights of fewer bits, for inference: bfloat16 in pairs, int8 in fours.
//
// What a product reads is converted row by row, and the sums are float32 or exact whole numbers.
// Only where the processor has instructions for it; `low_precision()` says so at run time.
#pragma once

#include <vector>

#include "pack.h"

namespace lstmkit {

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)

#define LSTMKIT_LOW __attribute__((target("avx512bf16,avx512vnni")))

inline bool low_precision() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
}

LSTMKIT_LOW inline uint32_t pair_of(float low, float high) {
  const __m128bh both = _mm_cvtne2ps_pbh(_mm_set_ss(high), _mm_set_ss(low));
  uint16_t parts[8];
  std::memcpy(parts, &both, sizeof parts);
  return parts[0] | static_cast<uint32_t>(parts[4]) << 16;
}

// `k` floats as words of two bfloat16
LSTMKIT_LOW inline void convert_pairs(const float* from, int64_t k, uint32_t* to) {
  for (int64_t n = 0; n < k; n += 32) {
    const auto left = static_cast<int>(k - n);
    const V low = left >= 16 ? load(from + n) : load_part(from + n, left);
    const V high = left >= 32 ? load(from + n + 16) : left > 16 ? load_part(from + n + 16, left - 16) : splat(0.0f);
    const __m512bh both = _mm512_cvtne2ps_pbh(high, low);
    std::memcpy(to + n / 2, &both, sizeof both);
  }
}

// `k` floats between -scale and scale as words of four bytes, 128 for 0
LSTMKIT_LOW inline void convert_bytes(const float* from, int64_t k, float scale, uint32_t* to) {
  const V factor = splat(127.0f / scale);
  for (int64_t n = 0; n < k; n += 16) {
    const V value = k - n >= 16 ? load(from + n) : load_part(from + n, static_cast<int>(k - n));
    const __m128i bytes = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(value * factor));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + n / 4), _mm_xor_si128(bytes, _mm_set1_epi8(-128)));
  }
}

struct LowTile {
  const uint32_t *weights, *const *rows;
  int64_t words, pitch;
  float* const* to;
  bool fresh;
  const float* scales;     // of int8: by column, together with the source's
  const int32_t* centres;  // what 128 instead of 0 adds to each sum
};

template <int R, int C>
LSTMKIT_LOW static void pairs_tile(const LowTile& t) {
  constexpr int U = R <= 2 ? 2 : 1;  // few sums would wait for one another
  V sum[U][R][C];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      sum[0][r][j] = t.fresh ? splat(0.0f) : load(t.to[r] + j * WIDTH);
      if (U > 1) sum[U - 1][r][j] = splat(0.0f);
    }
  const uint32_t* b = t.weights;
  for (int64_t n = 0; n < t.words; n += U)
#pragma GCC unroll 2
    for (int u = 0; u < U; ++u, b += t.pitch) {
      if (n + u >= t.words) break;
      __m512i weight[C];
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) weight[j] = _mm512_loadu_si512(b + j * WIDTH);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const __m512i one = _mm512_set1_epi32(static_cast<int>(t.rows[r][n + u]));
#pragma GCC unroll 4
        for (int j = 0; j < C; ++j)
          sum[u][r][j] = _mm512_dpbf16_ps(sum[u][r][j], reinterpret_cast<__m512bh>(one), reinterpret_cast<__m512bh>(weight[j]));
      }
    }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) store(t.to[r] + j * WIDTH, U > 1 ? sum[0][r][j] + sum[U - 1][r][j] : sum[0][r][j]);
}

template <int R, int C>
LSTMKIT_LOW static void bytes_tile(const LowTile& t) {
  __m512i sum[R][C];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) sum[r][j] = _mm512_setzero_si512();
  const uint32_t* b = t.weights;
  for (int64_t n = 0; n < t.words; ++n, b += t.pitch) {
    __m512i weight[C];
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) weight[j] = _mm512_loadu_si512(b + j * WIDTH);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const __m512i one = _mm512_set1_epi32(static_cast<int>(t.rows[r][n]));
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) sum[r][j] = _mm512_dpbusd_epi32(sum[r][j], one, weight[j]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      const __m512i exact = _mm512_sub_epi32(sum[r][j], _mm512_loadu_si512(t.centres + j * WIDTH));
      const V found = _mm512_cvtepi32_ps(exact) * load(t.scales + j * WIDTH);
      store(t.to[r] + j * WIDTH, t.fresh ? found : found + load(t.to[r] + j * WIDTH));
    }
}

constexpr int LOW_ROWS = 6, LOW_VECTORS = 4;

template <int C>
LSTMKIT_LOW static void low_tile_of(bool bytes, int rows, const LowTile& tile) {
  using One = void (*)(const LowTile&);
  static constexpr One of_pairs[] = {pairs_tile<1, C>, pairs_tile<2, C>, pairs_tile<3, C>,
                                     pairs_tile<4, C>, pairs_tile<5, C>, pairs_tile<6, C>};
  static constexpr One of_bytes[] = {bytes_tile<1, C>, bytes_tile<2, C>, bytes_tile<3, C>,
                                     bytes_tile<4, C>, bytes_tile<5, C>, bytes_tile<6, C>};
  (bytes ? of_bytes : of_pairs)[rows - 1](tile);
}

// Weights of a block: words, then for int8 a scale and a centre for each column.
struct LowWeights {
  uint32_t* words;
  float* scales;
  int32_t* centres;
  int64_t deep;  // words of a column

  LowWeights(const Program& program, const Call& call, const Memory& memory, int64_t b) {
    const Block& block = program.blocks[b];
    const int64_t columns = program.groups[block.group].columns;
    deep = words_of(precision_of(call.precision, block), block.inner);
    words = reinterpret_cast<uint32_t*>(call.weights + memory.forward_weights[b]);
    scales = call.weights + memory.forward_weights[b] + deep * columns;
    centres = reinterpret_cast<int32_t*>(scales + columns);
  }
};

// [panel][word][column]
inline void pack_low(const Program& program, const Call& call, const Memory& memory, int64_t b,
                     int64_t first, int64_t last) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const LowWeights low(program, call, memory, b);
  const bool bytes = precision_of(call.precision, block) == INT8;
  for (int64_t column = first; column < last; ++column) {
    const int64_t start = column / group.panel * group.panel;
    const int64_t pitch = std::min(group.panel, group.columns - start);
    uint32_t* to = low.words + start * low.deep + (column - start);
    const float* row = map_row(program, call.maps, block, column);
    const auto at = [&](int64_t k) { return row != nullptr && k < block.inner ? row[k] : 0.0f; };
    float largest = 0.0f;
    for (int64_t k = 0; k < block.inner; ++k) largest = std::max(largest, __builtin_fabsf(at(k)));
    const float unit = largest > 0.0f ? largest / 127.0f : 1.0f;
    int32_t total = 0;
    for (int64_t n = 0; n < low.deep; ++n) {
      if (!bytes) {
        to[n * pitch] = pair_of(at(2 * n), at(2 * n + 1));
        continue;
      }
      uint32_t word = 0;
      for (int64_t m = 0; m < 4; ++m) {
        const auto whole = static_cast<int32_t>(__builtin_rintf(at(4 * n + m) / unit));
        total += whole;
        word |= (static_cast<uint32_t>(whole) & 255u) << (8 * m);
      }
      to[n * pitch] = word;
    }
    if (!bytes) continue;
    low.scales[column] = unit * call.scales[block.index] / 127.0f;
    low.centres[column] = 128 * total;
  }
}

// c (+)= rows * weights of columns [first, last); `room` holds the converted rows
LSTMKIT_LOW inline void multiply_low(const Program& program, const Call& call, const Memory& memory,
                                     int64_t b, const float* const* a, int64_t rows, float* const* c,
                                     int64_t first, int64_t last, bool fresh, std::vector<uint32_t>& room) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const LowWeights low(program, call, memory, b);
  const bool bytes = precision_of(call.precision, block) == INT8;
  const int64_t pitch_of_row = round_up(low.deep, 16);
  if (static_cast<int64_t>(room.size()) < rows * pitch_of_row) room.resize(static_cast<size_t>(rows * pitch_of_row));
  for (int64_t r = 0; r < rows; ++r) {
    uint32_t* to = room.data() + r * pitch_of_row;
    if (bytes) convert_bytes(a[r], block.inner, call.scales[block.index], to);
    else convert_pairs(a[r], block.inner, to);
  }
  for (int64_t column = first; column < last;) {
    const int64_t start = column / group.panel * group.panel, pitch = std::min(group.panel, group.columns - start);
    const int64_t vectors = std::min<int64_t>(LOW_VECTORS, (std::min(last, start + pitch) - column) / WIDTH);
    for (int64_t r = 0; r < rows; r += LOW_ROWS) {
      const int64_t count = std::min<int64_t>(LOW_ROWS, rows - r);
      const uint32_t* from[LOW_ROWS];
      float* to[LOW_ROWS];
      for (int64_t m = 0; m < count; ++m)
        from[m] = room.data() + (r + m) * pitch_of_row, to[m] = c[r + m] + (column - first);
      const LowTile tile{low.words + start * low.deep + (column - start), from, low.deep, pitch, to, fresh,
                         low.scales + column, low.centres + column};
      switch (vectors) {
        case 1: low_tile_of<1>(bytes, static_cast<int>(count), tile); break;
        case 2: low_tile_of<2>(bytes, static_cast<int>(count), tile); break;
        case 3: low_tile_of<3>(bytes, static_cast<int>(count), tile); break;
        default: low_tile_of<4>(bytes, static_cast<int>(count), tile); break;
      }
    }
    column += vectors * WIDTH;
  }
}

#else

inline bool low_precision() { return false; }
inline void pack_low(const Program&, const Call&, const Memory&, int64_t, int64_t, int64_t) {}
inline void multiply_low(const Program&, const Call&, const Memory&, int64_t, const float* const*, int64_t,
                         float* const*, int64_t, int64_t, bool, std::vector<uint32_t>&) {}

#endif

}  // namespace lstmkit
