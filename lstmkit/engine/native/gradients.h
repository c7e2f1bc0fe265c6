// What the whole scan owes its input and its maps: large products after the time loop.
#pragma once

#include "pack.h"
#include "worker.h"

namespace lstmkit {

constexpr int64_t GRADIENT_TILE = 6;
// rows whose adjoints are still near when the gradient of the input reads them once for each panel
constexpr int64_t INPUT_ROWS = 64;

class Gradients : public Worker {
 public:
  using Worker::Worker;

  // What steps [first, last) owe their input, while their adjoints are near.
  void input(int64_t first, int64_t last) {
    if (call_.d_x.at == nullptr) return;
    clear_padding(first, last);
    std::vector<Place> own = places(first, last, rows_);
    if (!by_rows_) {
      const Range part = share(static_cast<int64_t>(own.size()), 1, id_, threads_);
      own = {own.begin() + part.first, own.begin() + part.last};
    }
    const auto rows = static_cast<int64_t>(own.size());
    const int64_t width = program_.input, whole = round_up(width, BLOCK);
    std::vector<float> spare(static_cast<size_t>(whole == width ? 0 : rows * PANEL));
    std::vector<const float*> from(own.size());
    std::vector<float*> to(own.size());
    for (int64_t start = 0; start < width; start += PANEL) {
      const int64_t end = std::min(whole, start + PANEL);
      const bool direct = end <= width;
      for (int64_t r = 0; r < rows; ++r)
        to[r] = direct ? call_.d_x.step(own[r].b, call_.time(own[r].s)) + start : spare.data() + r * PANEL;
      bool fresh = true;
      for (size_t b = 0; b < program_.blocks.size(); ++b) {
        const Block& block = program_.blocks[b];
        if (block.source != INPUT) continue;
        const int64_t columns = program_.groups[block.group].columns;
        for (int64_t r = 0; r < rows; ++r) from[r] = row_at(block.group, own[r].s, own[r].b);
        multiply(from.data(), 1, rows, call_.weights + memory_.backward_weights[b], PANEL, round_up(block.inner, BLOCK),
                 columns, to.data(), start, end, fresh);
        fresh = false;
      }
      for (int64_t r = 0; r < rows && !direct; ++r)
        std::memcpy(call_.d_x.step(own[r].b, call_.time(own[r].s)) + start, to[r], sizeof(float) * (width - start));
    }
  }

  // What lots [first, last) of LOT rows owe the maps. Each thread has columns of its own,
  // and adds up over all rows.
  void maps(int64_t first, int64_t last) {
    const std::vector<Place> all = numbered(first * LOT, last * LOT);
    const auto total = static_cast<int64_t>(all.size());
    for (const Group& group : program_.groups) {
      std::vector<int64_t> blocks;
      for (const int64_t b : group.blocks) {
        const auto& maps = program_.blocks[b].maps;
        if (std::any_of(maps.begin(), maps.end(), [&](int64_t map) { return call_.d_maps[map].at != nullptr; }))
          blocks.push_back(b);
      }
      if (blocks.empty()) continue;
      const Range own = share(group.columns, BLOCK, id_, threads_);
      for (int64_t n = 0; n < total; n += GRADIENT_ROWS)
        chunk(group, blocks, all.data() + n, std::min(GRADIENT_ROWS, total - n), own);
    }
  }

 private:
  struct Place {
    int64_t s;
    int32_t b;
  };

  // The gradient of input that no step has read.
  void clear_padding(int64_t first, int64_t last) const {
    if (call_.lengths == nullptr) return;
    for (int64_t s = first; s < last; ++s)
      for (const int32_t b : rows_)
        if (tends(b) && !call_.active(b, call_.time(s)))
          std::memset(call_.d_x.step(b, call_.time(s)), 0, sizeof(float) * program_.input);
  }

  // active ones of some rows at steps [first, last)
  std::vector<Place> places(int64_t first, int64_t last, const Own<int32_t>& rows) const {
    std::vector<Place> found;
    found.reserve(rows.size() * static_cast<size_t>(last - first));
    for (int64_t s = first; s < last; ++s)
      for (const int32_t b : rows)
        if (call_.active(b, call_.time(s))) found.push_back({s, b});
    return found;
  }

  // active rows of all steps, the first-th to the last
  std::vector<Place> numbered(int64_t first, int64_t last) const {
    std::vector<Place> found;
    const bool all = call_.lengths == nullptr;
    int64_t n = all ? first : 0;
    for (int64_t k = n; k < call_.steps * call_.batch && n < last; ++k) {
      const Place place{k / call_.batch, static_cast<int32_t>(k % call_.batch)};
      if (!all && !call_.active(place.b, call_.time(place.s))) continue;
      if (n++ >= first) found.push_back(place);
    }
    return found;
  }

  // Adjoints of some rows are copied once for all sources.
  void chunk(const Group& group, const std::vector<int64_t>& blocks, const Place* places, int64_t rows, Range own) {
    float* const room = call_.scratch + memory_.work + id_ * memory_.work_each;
    float* adjoints = room;
    for (const int64_t b : blocks) {
      pack_sources(program_.blocks[b], places, rows, adjoints);
      adjoints += rows * round_up(program_.blocks[b].inner, BLOCK);
    }
    const int64_t g = program_.blocks[blocks[0]].group;
    for (int64_t column = own.first; column < own.last; column += GRADIENT_COLUMNS) {
      const int64_t columns = std::min(GRADIENT_COLUMNS, own.last - column);
      pack_adjoints(g, places, rows, column, columns, adjoints);
      const float* sources = room;
      for (const int64_t b : blocks) {
        const Block& block = program_.blocks[b];
        float* to[GRADIENT_COLUMNS + GRADIENT_TILE] = {};
        for (int64_t m = 0; m < columns; ++m)
          to[m] = const_cast<float*>(map_row(program_, call_.d_maps, block, column + m));
        const int64_t width = round_up(block.inner, BLOCK);
        for (int64_t start = 0; start < width; start += PANEL) {
          const int64_t whole = std::min(PANEL, width - start), valid = std::min(whole, block.inner - start);
          // a panel stays in the nearest cache, and the next tile of adjoints comes near meanwhile
          for (int64_t m = 0; m < columns; m += GRADIENT_TILE)
            add_tile({to + m, start, whole, valid}, std::min(GRADIENT_TILE, columns - m), adjoints + m * rows,
                     sources + start * rows, rows);
        }
        sources += rows * width;
      }
    }
  }

  // [tile of columns][row][column], so that a tile reads one stream
  void pack_adjoints(int64_t g, const Place* places, int64_t rows, int64_t column, int64_t columns, float* to) const {
    const int64_t whole = columns / GRADIENT_TILE * GRADIENT_TILE;
    for (int64_t r = 0; r < rows; ++r) {
      const float* from = row_at(g, places[r].s, places[r].b) + column;
      float* at = to + r * GRADIENT_TILE;
      for (int64_t m = 0; m < whole; m += GRADIENT_TILE)
        std::memcpy(at + m * rows, from + m, sizeof(float) * GRADIENT_TILE);
      for (int64_t m = whole; m < columns; ++m) at[whole * rows + (m - whole)] = from[m];
    }
  }

  // whole vectors
  static void copy(float* to, const float* from, int64_t n) {
    for (int64_t k = 0; k < n; k += WIDTH) store(to + k, load(from + k));
  }

  // [panel][row][unit], as a product reads its weights
  void pack_sources(const Block& block, const Place* places, int64_t rows, float* to) const {
    const int64_t width = round_up(block.inner, BLOCK);
    for (int64_t r = 0; r < rows; ++r) {
      const float* from = source(block, places[r]);
      for (int64_t start = 0; start < width; start += PANEL) {
        const int64_t pitch = std::min<int64_t>(PANEL, width - start), n = std::min(pitch, block.inner - start);
        float* at = to + start * rows + r * pitch;
        copy(at, from + start, n / WIDTH * WIDTH);
        for (int64_t k = n / WIDTH * WIDTH; k < pitch; ++k) at[k] = k < n ? from[start + k] : 0.0f;
      }
    }
  }

  const float* source(const Block& block, const Place& place) const {
    switch (block.source) {
      case INPUT: return call_.x.step(place.b, call_.time(place.s));
      case RECURRENT: return before(block.index, place.b, place.s);
      default: return row_at(block.index, place.s, place.b);
    }
  }

  // What a tile adds to: some rows of a map's gradient, and those of the next tile; null in padding.
  struct Target {
    float* const* rows;
    int64_t start, width, valid;  // width: columns of the tile, of which so many are the map's
  };

  // dmap[unit][k] += sum over rows of adjoint[row][unit] * source[row][k]
  static void add_tile(const Target& target, int64_t columns, const float* adjoints, const float* sources, int64_t rows) {
    float found[GRADIENT_TILE][PANEL];
    const float* from[GRADIENT_TILE];
    float* to[GRADIENT_TILE];
    bool direct = target.valid == target.width;
    for (int64_t m = 0; m < columns; ++m) direct = direct && target.rows[m] != nullptr;
    for (int64_t m = 0; m < columns; ++m) {
      from[m] = adjoints + m;
      to[m] = direct ? target.rows[m] + target.start : found[m];
    }
    expect(target);
    for (int64_t column = 0; column < target.width;) {
      const int vectors = vectors_for(columns, target.width - column);
      tile_of(static_cast<int>(columns), vectors)(from, GRADIENT_TILE, sources + column, target.width, 0, 0, rows, to,
                                                  !direct, adjoints + GRADIENT_TILE * rows);
      for (int64_t m = 0; m < columns; ++m) to[m] += vectors * WIDTH;
      column += vectors * WIDTH;
    }
    for (int64_t m = 0; m < columns && !direct; ++m) {
      if (target.rows[m] == nullptr) continue;
      for (int64_t k = 0; k < target.valid; ++k) target.rows[m][target.start + k] += found[m][k];
    }
  }

  // Asks for what the next tile adds to, because large maps do not stay near.
  static void expect(const Target& target) {
    for (int64_t m = GRADIENT_TILE; m < 2 * GRADIENT_TILE; ++m)
      for (int64_t k = 0; target.rows[m] != nullptr && k < PANEL; k += LINE)
        __builtin_prefetch(target.rows[m] + target.start + k, 1);
  }
};

}  // namespace lstmkit
