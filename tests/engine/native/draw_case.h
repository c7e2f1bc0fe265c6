// What one case of the driver is: a cell, its sizes, and everything else that a call can vary.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "cells.h"

// Numbers from a seed, or from a fuzzer's bytes while there are some.
class Draw {
 public:
  explicit Draw(uint64_t seed, const uint8_t* bytes = nullptr, size_t count = 0)
      : state_(seed), bytes_(bytes), left_(count) {}

  uint64_t next() {  // splitmix64
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // from 0 to most - 1; a choice that a fuzzer may steer
  int64_t below(int64_t most) {
    uint64_t number = next();
    if (left_ > 0) {
      number = *bytes_++, --left_;
      if (most > 256 && left_ > 0) number = number << 8 | *bytes_++, --left_;
    }
    return static_cast<int64_t>(number % static_cast<uint64_t>(most));
  }
  int64_t between(int64_t first, int64_t last) { return first + below(last - first + 1); }
  bool one_in(int64_t most) { return below(most) == 0; }

  // between -1 and 1; never steered
  float number() { return static_cast<float>(static_cast<int64_t>(next() >> 40)) * 0x1p-23f - 1.0f; }

  // mostly few, because sizes around a vector and a block are where padding goes wrong
  int64_t size(int64_t few, int64_t many) { return one_in(3) ? between(1, many) : between(1, few); }

 private:
  uint64_t state_;
  const uint8_t* bytes_;
  size_t left_;
};

// How the engine is asked to run a case.
struct Way {
  std::string name;
  int threads = 1;
  bool by_rows = false, apart = false, training = false, tracing = false;
  enum Lent { NONE, ALL, FEWER } pool = NONE;  // whose threads
  std::vector<int64_t> cuts = {};              // steps at which the scan is handed over in stretches
  int64_t precision = 0;
};

struct Case {
  uint64_t seed;
  const Cell* cell;
  Sizes sizes;
  int64_t batch, steps;
  bool reverse, lengths, resets, initial, fresh;
  bool wild;  // infinities and NaN in the input: nothing but memory is looked at, and bits
  std::vector<int64_t> cuts;
  int threads;
  bool by_rows, apart;  // apart: threads have memory of their own for their rows
  Way::Lent pool;

  explicit Case(uint64_t number, Draw& draw, const std::string& only) : seed(number) {
    do cell = &CELLS[static_cast<size_t>(draw.below(static_cast<int64_t>(CELLS.size())))];
    while (!only.empty() && cell->name != only);
    const int64_t block = cell->shares ? draw.between(1, 4) : 1;
    sizes.input = draw.size(20, 140), sizes.hidden = draw.size(40, 200);
    sizes.hidden = (sizes.hidden + block - 1) / block * block, sizes.block = block;
    sizes.projection = cell->projects ? draw.size(20, 100) : sizes.hidden;
    if (cell->by_unit) sizes.input = sizes.hidden;
    batch = draw.size(9, 90), steps = draw.size(6, 40);
    // so many multiply-adds that a sanitizer does hundreds of cases a minute
    const double each = 4.0 * static_cast<double>(sizes.hidden * (sizes.hidden + sizes.input) * batch);
    steps = std::clamp<int64_t>(static_cast<int64_t>(2e6 / each), 2, steps);
    reverse = draw.one_in(2), lengths = draw.one_in(2), resets = draw.one_in(2);
    initial = draw.one_in(2), fresh = draw.one_in(2), wild = draw.one_in(16);
    threads = static_cast<int>(draw.between(2, 4)), by_rows = draw.one_in(2);
    apart = draw.one_in(2) && by_rows && !lengths;
    pool = static_cast<Way::Lent>(draw.below(3));
    for (int64_t s = 1; s < steps; ++s)
      if (draw.one_in(4)) cuts.push_back(s);
  }

  void print(FILE* to) const {
    std::fprintf(to,
                 "  cell %s, input %ld, hidden %ld, projection %ld, block %ld, batch %ld, steps %ld,%s%s%s%s%s%s\n"
                 "  %d threads by %s, pool %d, %zu stretches\n",
                 cell->name.c_str(), long(sizes.input), long(sizes.hidden), long(sizes.projection),
                 long(sizes.block), long(batch), long(steps), reverse ? " reverse," : "",
                 lengths ? " lengths," : "", resets ? " resets," : "", initial ? " initial state," : "",
                 fresh ? " fresh state," : "", wild ? " wild input," : "", threads,
                 apart ? "rows apart" : by_rows ? "rows" : "units", int(pool), cuts.size() + 1);
  }
};
