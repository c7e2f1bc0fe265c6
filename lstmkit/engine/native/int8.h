// Products of states with weights of 8 bits, four in a word, where the processor multiplies such words
// (AVX2, AVX-512 with VNNI); both add up the same whole numbers.
//
// A column has a scale for its weights, and each state one for its values; sums are exact.
#pragma once

#include <vector>

#include "pack.h"

namespace lstmkit {

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)

#define LSTMKIT_INT8 __attribute__((target("avx512vnni")))

inline bool has_int8() { return __builtin_cpu_supports("avx512vnni") != 0; }

using Words = __m512i;
LSTMKIT_INT8 inline Words no_words() { return _mm512_setzero_si512(); }
LSTMKIT_INT8 inline Words load_words(const void* from) { return _mm512_loadu_si512(from); }
LSTMKIT_INT8 inline Words same_words(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }
// one factor of the instruction has no sign, so that values carry 128 for 0
constexpr uint8_t CENTRE = 128;
LSTMKIT_INT8 inline Words add_products(Words sum, Words values, Words weights) {
  return _mm512_dpbusd_epi32(sum, values, weights);
}
LSTMKIT_INT8 inline V without_centre(Words sum, const int32_t* centres) {
  return _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, load_words(centres)));
}
// 16 numbers as bytes, rounded, the largest for all that are larger
LSTMKIT_INT8 inline __m128i bytes_of(const float* from, V factor, int64_t left) {
  const V value = left >= 16 ? load(from) : load_part(from, static_cast<int>(left));
  return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(value * factor));
}

#elif defined(__AVX2__)

#define LSTMKIT_INT8

inline bool has_int8() { return true; }

using Words = __m256i;
inline Words no_words() { return _mm256_setzero_si256(); }
inline Words load_words(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
inline Words same_words(uint32_t word) { return _mm256_set1_epi32(static_cast<int>(word)); }
constexpr uint8_t CENTRE = 0;
// Values without their signs, which the weights take over: two products of 127 and 127 fit 16 bits.
inline Words add_products(Words sum, Words values, Words weights) {
  const Words pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(values), _mm256_sign_epi8(weights, values));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
inline V without_centre(Words sum, const int32_t*) { return _mm256_cvtepi32_ps(sum); }
inline __m128i bytes_of(const float* from, V factor, int64_t left) {
  __m128i found[2];
  for (int64_t k = 0; k < 2; ++k) {
    const int64_t there = std::max<int64_t>(0, left - k * WIDTH);
    const V value = there >= WIDTH ? load(from + k * WIDTH) : load_part(from + k * WIDTH, static_cast<int>(there));
    const __m256i whole = _mm256_cvtps_epi32(value * factor);
    found[k] = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  }
  return _mm_packs_epi16(found[0], found[1]);
}

#endif

#if defined(LSTMKIT_INT8)

// Words [panel][four][column], then a scale for each column, and what CENTRE in place of 0 adds to its sum.
struct Bytes {
  float* words;
  float* scales;
  int32_t* centres;
  int64_t deep;

  Bytes(const Program& program, const Call& call, const Memory& memory, int64_t b) {
    const Block& block = program.blocks[b];
    const int64_t columns = program.groups[block.group].columns;
    deep = words_of(INT8, block.inner);
    words = call.weights + memory.forward_weights[b];
    scales = words + deep * columns;
    centres = reinterpret_cast<int32_t*>(scales + columns);
  }
};

inline void pack_bytes(const Program& program, const Call& call, const Memory& memory, int64_t b,
                       int64_t first, int64_t last) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const Bytes bytes(program, call, memory, b);
  for (int64_t column = first; column < last; ++column) {
    const int64_t start = column / group.panel * group.panel;
    const int64_t pitch = std::min(group.panel, group.columns - start);
    float* to = bytes.words + start * bytes.deep + (column - start);
    const float* row = map_row(program, call.maps, block, column);
    const auto at = [&](int64_t k) { return row != nullptr && k < block.inner ? row[k] : 0.0f; };
    float largest = 0.0f;
    for (int64_t k = 0; k < block.inner; ++k) largest = std::max(largest, __builtin_fabsf(at(k)));
    const float unit = largest > 0.0f ? largest / 127.0f : 1.0f;
    int32_t total = 0;
    for (int64_t n = 0; n < bytes.deep; ++n) {
      int8_t four[4];
      for (int64_t m = 0; m < 4; ++m) total += four[m] = static_cast<int8_t>(__builtin_rintf(at(4 * n + m) / unit));
      std::memcpy(to + n * pitch, four, sizeof four);
    }
    bytes.scales[column] = unit * call.scales[block.index] / 127.0f;
    bytes.centres[column] = CENTRE * total;
  }
}

// floats between -scale and scale as words of four bytes, with CENTRE for 0
LSTMKIT_INT8 inline void to_bytes(const float* from, int64_t k, float scale, uint32_t* to) {
  const V factor = splat(127.0f / scale);
  const __m128i centre = _mm_set1_epi8(static_cast<char>(CENTRE));
  for (int64_t n = 0; n < k; n += 16)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + n / 4), _mm_xor_si128(bytes_of(from + n, factor, k - n), centre));
}

struct BytesTile {
  const uint32_t* const* rows;
  const float* words;
  int64_t deep, pitch;
  const float* scales;
  const int32_t* centres;
  float* const* to;
  bool fresh;
};

template <int R, int C>
LSTMKIT_INT8 static void bytes_tile(const BytesTile& t) {
  Words sum[R][C];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) sum[r][j] = no_words();
  const float* b = t.words;
  for (int64_t n = 0; n < t.deep; ++n, b += t.pitch) {
    Words weight[C];
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) weight[j] = load_words(b + j * WIDTH);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const Words four = same_words(t.rows[r][n]);
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) sum[r][j] = add_products(sum[r][j], four, weight[j]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) {
      const V found = without_centre(sum[r][j], t.centres + j * WIDTH) * load(t.scales + j * WIDTH);
      store(t.to[r] + j * WIDTH, t.fresh ? found : found + load(t.to[r] + j * WIDTH));
    }
}

constexpr int BYTES_ROWS = WIDTH == 16 ? 6 : 4, BYTES_VECTORS = WIDTH == 16 ? 4 : 2;

template <int C>
static void bytes_tile_of(int64_t rows, const BytesTile& tile) {
  constexpr int five = BYTES_ROWS >= 5 ? 5 : 1, six = BYTES_ROWS >= 6 ? 6 : 1;
  static constexpr void (*tiles[])(const BytesTile&) = {bytes_tile<1, C>, bytes_tile<2, C>, bytes_tile<3, C>,
                                                        bytes_tile<4, C>, bytes_tile<five, C>, bytes_tile<six, C>};
  tiles[rows - 1](tile);
}

// c (+)= a * weights for columns [first, last); `room` holds the rows as bytes
inline void multiply_bytes(const Program& program, const Call& call, const Memory& memory, int64_t b,
                           const float* const* a, int64_t rows, float* const* c, int64_t first,
                           int64_t last, bool fresh, Own<uint32_t>& room) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const Bytes bytes(program, call, memory, b);
  const int64_t pitch_of_row = round_up(bytes.deep, 4);
  room.resize(static_cast<size_t>(rows * pitch_of_row));
  for (int64_t r = 0; r < rows; ++r)
    to_bytes(a[r], block.inner, call.scales[block.index], room.data() + r * pitch_of_row);
  for (int64_t column = first; column < last;) {
    const int64_t start = column / group.panel * group.panel, pitch = std::min(group.panel, group.columns - start);
    const int64_t vectors = std::min<int64_t>(BYTES_VECTORS, (std::min(last, start + pitch) - column) / WIDTH);
    for (int64_t r = 0; r < rows; r += BYTES_ROWS) {
      const int64_t count = std::min<int64_t>(BYTES_ROWS, rows - r);
      const uint32_t* from[BYTES_ROWS];
      float* to[BYTES_ROWS];
      for (int64_t m = 0; m < count; ++m)
        from[m] = room.data() + (r + m) * pitch_of_row, to[m] = c[r + m] + (column - first);
      const BytesTile tile{from, bytes.words + start * bytes.deep + (column - start), bytes.deep, pitch,
                           bytes.scales + column, bytes.centres + column, to, fresh};
      switch (vectors) {
        case 1: bytes_tile_of<1>(count, tile); break;
        case 2: bytes_tile_of<2>(count, tile); break;
        case 3: bytes_tile_of<(BYTES_VECTORS >= 3 ? 3 : 1)>(count, tile); break;
        default: bytes_tile_of<(BYTES_VECTORS >= 4 ? 4 : 1)>(count, tile); break;
      }
    }
    column += vectors * WIDTH;
  }
}

#else

inline bool has_int8() { return false; }
inline void pack_bytes(const Program&, const Call&, const Memory&, int64_t, int64_t, int64_t) {}
inline void multiply_bytes(const Program&, const Call&, const Memory&, int64_t, const float* const*, int64_t,
                           float* const*, int64_t, int64_t, bool, Own<uint32_t>&) {}

#endif

}  // namespace lstmkit
