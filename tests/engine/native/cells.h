// Generated cells: their functions, and descriptions in which the sizes are still open.
#pragma once

#include <string>
#include <vector>

#include "cell.h"

enum Pattern { LEARNED, IDENTITY, REPEAT, BLOCK_SUM };

struct Sizes {
  int64_t input, hidden, projection, block;  // block: units that share a gate
};

struct Cell {
  std::string name;
  std::vector<int64_t> description;
  std::vector<lstmkit::Function> functions;
  std::vector<int> patterns;  // of each map
  std::vector<int> positive;  // of each state: whether the cell keeps it above zero
  std::vector<std::string> given;
  bool projects, shares;  // whether the output is narrower, and whether units share gates
  bool by_unit;           // whether each unit reads an input of its own

  // The numbers that the engine reads, for given sizes; generate.py says what stands for what.
  std::vector<int64_t> described(const Sizes& sizes) const {
    const int64_t of[] = {sizes.input, sizes.hidden, sizes.projection, sizes.hidden / sizes.block};
    std::vector<int64_t> numbers = description;
    for (auto& number : numbers) {
      if (number <= -1000) number = reinterpret_cast<int64_t>(functions[static_cast<size_t>(-1000 - number)]);
      else if (number <= -2) number = of[-2 - number];
    }
    return numbers;
  }
};

extern const std::vector<Cell> CELLS;
