// What the engine knows of a cell: numbers, read once from a description.
//
// A program holds no pointer but the cell's functions. `lstmkit/engine/cpu/program.py` writes the
// description in the same order.
#pragma once

#include <cstdint>
#include <vector>

#include "cell.h"
#include "tile.h"

namespace lstmkit {

constexpr int64_t round_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

enum Kind : int64_t { SLOTS, STATE, PREVIOUS, VALUE, MOMENTS, VECTOR, ARRIVING, CARRY,
                      VECTOR_GRADIENT, PARTIAL, PARTIAL_CARRY, ADJOINT, SUMMAND, MEAN, GIVEN, TRACE };
enum Source : int64_t { INPUT, RECURRENT, OPERAND };

struct Array {
  int64_t kind, width;  // width in units
  bool lasting;         // one row for each step in training, not one for all steps
  int64_t floats;       // of a row, padded
};

struct Group {
  int64_t stage, slots, width, columns;  // columns: floats of a row, whole blocks
  int64_t panel;                         // columns of a packed panel
  std::vector<int64_t> blocks;
};

// The maps of one group that read one source.
struct Block {
  int64_t group, source, index;  // index: of the state or the operand's array
  bool stopped;                  // no adjoint goes back to the source
  int64_t inner;
  std::vector<int64_t> maps;            // one a slot
};

struct Reduction {
  int64_t input, slot, output;  // slot: which one of a group, or -1
};

struct Stage {
  int64_t width;
  Function forward, keeping, tracing, backward;
  std::vector<int64_t> groups, arriving;
  std::vector<Reduction> moments, means;
  int64_t weights, transposed;  // floats that the products of a unit read at a step, either way
};

struct State {
  int64_t array, previous, carry, arriving, width;  // -1 where there is none
};

// What products and the loss hand to an adjoint.
struct Arriving {
  int64_t array, stage, state, operand;  // state, operand: -1 where it is none
  bool output;
  std::vector<int64_t> recurrent, same_step;  // blocks
};

struct Vector {
  int64_t array, gradient, width;
};

struct Map {
  int64_t rows, columns;
  bool learned;
};

struct Program {
  int64_t input, hidden_output;  // features of x; array of h
  std::vector<Array> arrays;
  std::vector<Map> maps;
  std::vector<Group> groups;
  std::vector<Block> blocks;
  std::vector<Stage> stages;
  std::vector<State> states;
  std::vector<Arriving> arriving;
  std::vector<Vector> vectors;
  std::vector<int64_t> givens, traces;  // their arrays

  explicit Program(const int64_t* from);
};

class Reader {
 public:
  explicit Reader(const int64_t* from) : at_(from) {}
  int64_t next() { return *at_++; }
  std::vector<int64_t> list() {
    std::vector<int64_t> found(static_cast<size_t>(next()));
    for (auto& value : found) value = next();
    return found;
  }
  template <class T>
  T* pointer() { return reinterpret_cast<T*>(next()); }
  Function function() { return reinterpret_cast<Function>(next()); }

 private:
  const int64_t* at_;
};

// Few slots of narrow layers would leave a panel for several threads to share.
inline int64_t panel_columns(int64_t slots) {
  if (VECTORS * WIDTH < 64) return BLOCK;
  const int64_t together = slots == 1 ? 4 : slots == 2 ? 2 : 1;
  return together * slots * BLOCK;
}

inline Program::Program(const int64_t* from) {
  Reader in(from);
  input = in.next();
  hidden_output = in.next();
  for (int64_t n = in.next(); n > 0; --n) {
    Array array{in.next(), in.next(), in.next() != 0, 0};
    array.floats = array.kind == MOMENTS ? 2 : array.kind == MEAN ? 1 : round_up(array.width, BLOCK);
    if (array.kind == GIVEN) givens.push_back(static_cast<int64_t>(arrays.size()));
    if (array.kind == TRACE) traces.push_back(static_cast<int64_t>(arrays.size()));
    arrays.push_back(array);
  }
  for (int64_t n = in.next(); n > 0; --n) maps.push_back({in.next(), in.next(), in.next() != 0});
  for (int64_t n = in.next(); n > 0; --n) {
    Group group{in.next(), in.next(), in.next(), 0, 0, {}};
    group.columns = round_up(group.width, BLOCK) * group.slots;
    group.panel = panel_columns(group.slots);
    arrays[groups.size()].floats = group.columns;  // groups' arrays come first
    groups.push_back(group);
  }
  for (int64_t n = in.next(); n > 0; --n) {
    Block block{in.next(), in.next(), in.next(), in.next() != 0, in.next(), {}};
    block.maps = in.list();
    groups[block.group].blocks.push_back(static_cast<int64_t>(blocks.size()));
    blocks.push_back(block);
  }
  for (int64_t n = in.next(); n > 0; --n) {
    Stage stage{in.next(), in.function(), in.function(), in.function(), in.function(), {}, {}, {}, {}, 0, 0};
    for (int64_t m = in.next(); m > 0; --m) stage.moments.push_back({in.next(), in.next(), in.next()});
    for (int64_t m = in.next(); m > 0; --m) stage.means.push_back({in.next(), -1, in.next()});
    stages.push_back(stage);
  }
  for (size_t g = 0; g < groups.size(); ++g) stages[groups[g].stage].groups.push_back(static_cast<int64_t>(g));
  for (int64_t n = in.next(); n > 0; --n)
    states.push_back({in.next(), in.next(), in.next(), in.next(), in.next()});
  for (int64_t n = in.next(); n > 0; --n) {
    Arriving found{in.next(), in.next(), in.next(), in.next(), in.next() != 0, {}, {}};
    for (size_t b = 0; b < blocks.size(); ++b) {
      const auto number = static_cast<int64_t>(b);
      if (blocks[b].stopped) continue;
      if (blocks[b].source == RECURRENT && blocks[b].index == found.state) found.recurrent.push_back(number);
      if (blocks[b].source == OPERAND && blocks[b].index == found.operand) found.same_step.push_back(number);
    }
    stages[found.stage].arriving.push_back(static_cast<int64_t>(arriving.size()));
    arriving.push_back(found);
  }
  for (int64_t n = in.next(); n > 0; --n) vectors.push_back({in.next(), in.next(), in.next()});
  for (Stage& stage : stages) {
    for (const int64_t g : stage.groups)
      for (const int64_t b : groups[g].blocks)
        if (blocks[b].source != INPUT) stage.weights += groups[g].slots * blocks[b].inner;
    for (const int64_t k : stage.arriving)
      for (const auto& found : {arriving[k].recurrent, arriving[k].same_step})
        for (const int64_t b : found) stage.transposed += groups[blocks[b].group].columns;
  }
}

}  // namespace lstmkit
