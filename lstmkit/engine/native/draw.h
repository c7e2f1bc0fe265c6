// Random bits by counting: Philox4x32-10 (Salmon et al. 2011). `engine/philox.py` says what is drawn.
#pragma once

#include <cstdint>

namespace lstmkit {

constexpr int64_t DRAWN_TOGETHER = 64;  // four words for each of sixteen lanes

// 1 where a random word of (block, row, step, stream) lies below `threshold`, else 0
inline void draw(uint64_t seed, uint32_t block, uint32_t row, uint32_t step, uint32_t stream,
                 uint64_t threshold, float* to) {
  uint32_t a[16], b[16], c[16], d[16];
  for (uint32_t lane = 0; lane < 16; ++lane)
    a[lane] = block * 16 + lane, b[lane] = row, c[lane] = step, d[lane] = stream;
  auto k = static_cast<uint32_t>(seed), m = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < 16; ++lane) {
      const uint64_t left = uint64_t{a[lane]} * 0xD2511F53u, right = uint64_t{c[lane]} * 0xCD9E8D57u;
      a[lane] = static_cast<uint32_t>(right >> 32) ^ b[lane] ^ k;
      b[lane] = static_cast<uint32_t>(right);
      c[lane] = static_cast<uint32_t>(left >> 32) ^ d[lane] ^ m;
      d[lane] = static_cast<uint32_t>(left);
    }
    k += 0x9E3779B9u, m += 0xBB67AE85u;
  }
  for (int lane = 0; lane < 16; ++lane) {
    to[lane] = a[lane] < threshold ? 1.0f : 0.0f;
    to[16 + lane] = b[lane] < threshold ? 1.0f : 0.0f;
    to[32 + lane] = c[lane] < threshold ? 1.0f : 0.0f;
    to[48 + lane] = d[lane] < threshold ? 1.0f : 0.0f;
  }
}

}  // namespace lstmkit
