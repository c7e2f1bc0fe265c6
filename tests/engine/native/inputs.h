// Everything that a call of the engine reads, drawn once for a case and shared by all of its runs.
#pragma once

#include <limits>

#include "memory.h"
#include "program.h"

struct Given {
  int64_t mode, value, stream;
  Matrix rows;
};

struct Inputs {
  Over x, d_y;
  std::vector<int64_t> lengths;
  std::vector<uint8_t> reset;
  int64_t reset_batch = 0, reset_time = 0;
  std::vector<Matrix> initial, fresh, d_final, maps;
  std::vector<Floats> vectors;
  std::vector<Given> givens;
  std::vector<Matrix> wanted_initial, wanted_fresh;  // shapes of gradients; not there where unwanted
  int64_t seed, first;
  bool wants_x, wants_maps, wants_vectors;

  Inputs(const Case& of, const lstmkit::Program& program, Draw& draw) {
    x = Over::read(draw, of.batch, of.steps, of.sizes.input, false);
    if (of.lengths)
      for (int64_t b = 0; b < of.batch; ++b) lengths.push_back(draw.one_in(4) ? of.steps : draw.between(0, of.steps));
    fill_input(of, draw);
    if (of.resets) draw_resets(of, draw);
    for (size_t q = 0; q < program.states.size(); ++q) {
      const int64_t width = program.states[q].width;
      const bool positive = of.cell->positive[q] != 0;
      initial.push_back(state(of.initial, draw, of.batch, width, positive));
      fresh.push_back(state(of.fresh, draw, of.batch, width, positive));
      wanted_initial.push_back(like(draw, initial.back()));
      wanted_fresh.push_back(like(draw, fresh.back()));
      d_final.push_back(state(!draw.one_in(3), draw, of.batch, width, false));
    }
    draw_learned(of, program, draw);
    draw_given(of, program, draw);
    if (!draw.one_in(5)) {
      d_y = Over::read(draw, of.batch, of.steps, program.arrays[program.hidden_output].width, true);
      for (int64_t k = 0; k < d_y.room.count(); ++k) d_y.room.at()[k] = draw.number();
    }
    wants_x = !draw.one_in(4), wants_maps = !draw.one_in(6), wants_vectors = !draw.one_in(6);
  }

  int64_t length(const Case& of, int64_t b) const { return of.lengths ? lengths[static_cast<size_t>(b)] : of.steps; }

 private:
  void fill_input(const Case& of, Draw& draw) {
    // padding stays NaN, wherever it is not real at the same time
    for (int64_t b = 0; b < of.batch; ++b)
      for (int64_t t = 0; t < length(of, b); ++t)
        for (int64_t k = 0; k < of.sizes.input; ++k) *x.at(b, t, k) = draw.number();
    if (!of.wild) return;
    const float odd[] = {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 3e38f,
                         -3e38f, 1e-45f, std::nanf("")};
    for (int64_t n = 0; n < 3; ++n) x.room.at()[draw.below(x.room.count())] = odd[draw.below(6)];
  }

  void draw_resets(const Case& of, Draw& draw) {
    const bool by_time = draw.one_in(2);
    reset_batch = by_time ? 1 : of.steps, reset_time = by_time ? of.batch : 1;
    const int64_t rarely = draw.between(2, 9);
    for (int64_t k = 0; k < of.batch * of.steps; ++k) reset.push_back(draw.one_in(rarely) ? 1 : 0);
  }

  static Matrix state(bool given, Draw& draw, int64_t rows, int64_t width, bool positive) {
    if (!given) return {};
    Matrix made = Matrix::read(draw, rows, width);
    for (int64_t k = 0; k < made.room.count(); ++k)
      made.room.at()[k] = positive ? 1.0f + std::fabs(draw.number()) : 0.5f * draw.number();
    return made;
  }

  static Matrix like(Draw& draw, const Matrix& given) {
    return given.there && !draw.one_in(3) ? Matrix::drawn(draw, given.rows, given.width) : Matrix();
  }

  void draw_learned(const Case& of, const lstmkit::Program& program, Draw& draw) {
    for (size_t m = 0; m < program.maps.size(); ++m) {
      const int64_t rows = program.maps[m].rows, columns = program.maps[m].columns;
      Matrix made = Matrix::drawn(draw, rows, columns);
      const float scale = 1.0f / std::sqrt(static_cast<float>(columns));
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t k = 0; k < columns; ++k) made.row(r)[k] = weight(of, m, r, k, scale * draw.number());
      maps.push_back(std::move(made));
    }
    for (const auto& vector : program.vectors) {
      Floats made(vector.width);
      for (int64_t k = 0; k < vector.width; ++k) made.at()[k] = 0.5f * draw.number();
      vectors.push_back(std::move(made));
    }
  }

  static float weight(const Case& of, size_t map, int64_t r, int64_t k, float learned) {
    switch (of.cell->patterns[map]) {
      case IDENTITY: return r == k ? 1.0f : 0.0f;
      case REPEAT: return r / of.sizes.block == k ? 1.0f : 0.0f;
      case BLOCK_SUM: return k / of.sizes.block == r ? 1.0f : 0.0f;
      default: return learned;
    }
  }

  static int64_t bits_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  }

  void draw_given(const Case& of, const lstmkit::Program& program, Draw& draw) {
    seed = static_cast<int64_t>(draw.next() >> 1), first = draw.below(1000);
    for (size_t k = 0; k < program.givens.size(); ++k) {
      const std::string& kind = of.cell->given[k];
      const int64_t width = program.arrays[program.givens[k]].width;
      Given one{draw.below(kind == "zoneout" ? 3 : 2), 0, static_cast<int64_t>(k), {}};
      if (one.mode == 1) {
        one.rows = Matrix::read(draw, of.batch, width);
        for (int64_t n = 0; n < one.rows.room.count(); ++n) {
          const float chance = std::fabs(draw.number());
          const float dropped = chance < 0.5f ? 0.0f : 2.0f;
          one.rows.room.at()[n] = kind == "mask" ? dropped : kind == "clip" ? 0.5f + chance : chance;
        }
      } else if (one.mode == 2) {
        one.value = static_cast<int64_t>(draw.next() >> 32);
      } else if (kind == "clip") {
        one.value = bits_of(draw.one_in(2) ? 0.5f : std::numeric_limits<float>::infinity());
      } else {
        one.value = bits_of(0.25f * static_cast<float>(draw.below(5)));
      }
      givens.push_back(std::move(one));
    }
  }
};
