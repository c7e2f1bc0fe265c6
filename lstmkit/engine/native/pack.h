// Weights in the order in which tiles read them.
#pragma once

#include <algorithm>
#include <cstring>

#include "call.h"

namespace lstmkit {

// column of a group -> the row of the map that it belongs to, or null in padding
inline const float* map_row(const Program& program, const std::vector<Rows>& maps, const Block& block,
                            int64_t column) {
  const Group& group = program.groups[block.group];
  const int64_t slot = column / BLOCK % group.slots;
  const int64_t unit = column / (BLOCK * group.slots) * BLOCK + column % BLOCK;
  const Rows& map = maps[block.maps[slot]];
  return unit < group.width && map.at != nullptr ? map.row(unit) : nullptr;
}

// [panel][k][column], for products of sources with maps
inline void pack_forward(const Program& program, const Call& call, const Memory& memory, int64_t b,
                         int64_t first, int64_t last) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  float* packed = call.weights + memory.forward_weights[b];
  for (int64_t column = first; column < last; column += BLOCK) {
    const int64_t start = column / group.panel * group.panel;
    const int64_t pitch = std::min(group.panel, group.columns - start);
    float* to = packed + start * block.inner + (column - start);
    const float* rows[BLOCK];
    for (int64_t j = 0; j < BLOCK; ++j) rows[j] = map_row(program, call.maps, block, column + j);
    for (int64_t k = 0; k < block.inner; ++k, to += pitch)
      for (int64_t j = 0; j < BLOCK; ++j) to[j] = rows[j] == nullptr ? 0.0f : rows[j][k];
  }
}

// [panel of units of the source][column of the group][unit], for products of adjoints with maps
inline void pack_backward(const Program& program, const Call& call, const Memory& memory, int64_t b,
                          int64_t first, int64_t last) {
  const Block& block = program.blocks[b];
  const Group& group = program.groups[block.group];
  const int64_t width = round_up(block.inner, BLOCK);
  float* packed = call.weights + memory.backward_weights[b];
  for (int64_t column = first; column < last; ++column) {
    const float* row = map_row(program, call.maps, block, column);
    for (int64_t start = 0; start < width; start += PANEL) {
      const int64_t pitch = std::min<int64_t>(PANEL, width - start);
      float* to = packed + start * group.columns + column * pitch;
      const int64_t n = row == nullptr ? 0 : std::min(pitch, block.inner - start);
      if (n > 0) std::memcpy(to, row + start, sizeof(float) * n);
      std::memset(to + n, 0, sizeof(float) * (pitch - n));
    }
  }
}

}  // namespace lstmkit
