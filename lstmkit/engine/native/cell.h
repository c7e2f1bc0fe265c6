// What a cell's generated functions are given: some rows and some units of one step.
#pragma once

#include <cstdint>

namespace lstmkit {

// units stored side by side for each slot of a group
constexpr int64_t BLOCK = 16;

struct Frame {
  float* const* array;     // every array of the cell at this step; a row for each sequence
  const int64_t* stride;   // of each array, floats between two rows
  const int32_t* row;      // which rows
  int64_t rows;
  int64_t first, last;     // which units: from `first` to `last`, multiples of BLOCK
};

using Function = void (*)(const Frame&);

// where the units from `u` on begin in a row of a group of `slots` slots
inline int64_t slot_offset(int64_t u, int64_t slots) {
  return u / BLOCK * BLOCK * slots + u % BLOCK;
}

}  // namespace lstmkit
