// One call: sizes and pointers, read from numbers, and where every array lies in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "program.h"
#include "threads.h"

namespace lstmkit {

struct Rows {  // a matrix of somebody else's, by pointer and distance of rows
  float* at;
  int64_t pitch;
  float* row(int64_t b) const { return at + b * pitch; }
};

struct Sequence {  // (batch, time, feature)
  float* at;
  int64_t batch, time, feature;
  float* step(int64_t b, int64_t t) const { return at + b * batch + t * time; }
};

// Numbers by row and unit that come with a call: one for all, a row for each sequence, or drawn.
struct Given {
  enum Mode : int64_t { CONSTANT, BY_ROW, DRAWN } mode;
  float constant;
  uint64_t threshold;
  uint32_t stream;
  Rows rows;
};

enum Precision : int64_t { FLOAT32, BFLOAT16, INT8 };

// 32-bit words that hold `inner` weights
inline int64_t words_of(Precision precision, int64_t inner) {
  return precision == FLOAT32 ? inner : precision == BFLOAT16 ? (inner + 1) / 2 : (inner + 3) / 4;
}

// Only weights that read a state are int8. Those of the input are read once for many rows, where
// fewer bits gain nothing, unless there is hardly more than one.
inline Precision precision_of(Precision precision, const Block& block, int64_t rows) {
  if (precision == FLOAT32 || (block.source == INPUT && rows > 8)) return FLOAT32;
  return block.source == RECURRENT ? precision : BFLOAT16;
}

struct alignas(APART) Call {
  int64_t batch, steps, threads;
  bool reverse, training, by_rows, apart, packed, tracing;  // apart: threads have rows and memory of their own
  Pool pool;
  Sequence x, y;
  const int64_t* lengths;
  const uint8_t* reset;
  int64_t reset_batch, reset_time;
  float *saved, *scratch, *weights;
  std::vector<Rows> initial, fresh, final;  // by state
  std::vector<Rows> maps;
  std::vector<const float*> vectors;
  uint64_t seed;
  int64_t first;  // number of the first step, where draws count from
  std::vector<Given> givens;
  std::vector<Sequence> traces;
  Precision precision;        // of packed weights
  std::vector<float> scales;  // largest absolute value of each state, for int8
  // backward only
  Sequence d_y, d_x;
  std::vector<Rows> d_final, d_initial, d_fresh, d_maps;
  std::vector<float*> d_vectors;

  Call(const Program& program, const int64_t* from);
  bool active(int64_t b, int64_t t) const { return lengths == nullptr || t < lengths[b]; }
  int64_t time(int64_t s) const { return reverse ? steps - 1 - s : s; }
  enum Start { RUNS_ON, AT_INITIAL, AFRESH };
  // how row b comes into its step s, at which it is active
  Start start(int64_t b, int64_t s) const {
    const int64_t t = time(s), begins = reverse ? t + 1 : t;
    if (reset != nullptr && begins < steps && reset[b * reset_batch + begins * reset_time] != 0)
      return AFRESH;
    if (s == 0 || (reverse && lengths != nullptr && t + 1 == lengths[b])) return AT_INITIAL;
    return RUNS_ON;
  }
};

inline float float_of(int64_t number) {
  const auto bits = static_cast<uint32_t>(number);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline Call::Call(const Program& program, const int64_t* from) {
  Reader in(from);
  const auto rows = [](Reader& from, size_t count) {
    std::vector<Rows> found(count);
    for (auto& one : found) one.at = from.pointer<float>(), one.pitch = from.next();
    return found;
  };
  const auto sequence = [&] { return Sequence{in.pointer<float>(), in.next(), in.next(), in.next()}; };
  batch = in.next(), steps = in.next(), threads = in.next();
  reverse = in.next() != 0, training = in.next() != 0, by_rows = in.next() != 0, apart = in.next() != 0;
  packed = in.next() != 0;
  pool.parallel = reinterpret_cast<decltype(pool.parallel)>(in.next());
  pool.size = reinterpret_cast<decltype(pool.size)>(in.next());
  pool.number = reinterpret_cast<decltype(pool.number)>(in.next());
  x = sequence(), y = sequence();
  lengths = in.pointer<const int64_t>();
  reset = in.pointer<const uint8_t>();
  reset_batch = in.next(), reset_time = in.next();
  saved = in.pointer<float>(), scratch = in.pointer<float>(), weights = in.pointer<float>();
  const size_t states = program.states.size();
  initial = rows(in, states), fresh = rows(in, states), final = rows(in, states);
  // what is learned is described apart, because it seldom moves
  Reader learned(reinterpret_cast<const int64_t*>(in.next()));
  maps = rows(learned, program.maps.size());
  for (size_t v = 0; v < program.vectors.size(); ++v) vectors.push_back(learned.pointer<float>());
  seed = static_cast<uint64_t>(in.next()), first = in.next();
  for (size_t k = 0; k < program.givens.size(); ++k) {
    Given given{static_cast<Given::Mode>(in.next()), 0.0f, 0, 0, {}};
    const int64_t value = in.next();
    given.constant = float_of(value);
    given.threshold = static_cast<uint64_t>(value);
    given.stream = static_cast<uint32_t>(in.next());
    given.rows.at = in.pointer<float>(), given.rows.pitch = in.next();
    givens.push_back(given);
  }
  tracing = in.next() != 0;
  if (tracing)
    for (size_t k = 0; k < program.traces.size(); ++k) traces.push_back(sequence());
  precision = static_cast<Precision>(in.next());
  for (size_t q = 0; q < states && precision == INT8; ++q) scales.push_back(float_of(in.next()));
  if (in.next() == 0) return;
  d_y = sequence(), d_x = sequence();
  d_final = rows(in, states), d_initial = rows(in, states), d_fresh = rows(in, states);
  d_maps = rows(in, program.maps.size());
  for (size_t v = 0; v < program.vectors.size(); ++v) d_vectors.push_back(in.pointer<float>());
}

// part `id` of `parts` of so many rows, as even as can be
inline int64_t first_of(int64_t rows, int64_t id, int64_t parts) { return rows * id / parts; }

// Where the arrays of a call lie: those that a backward pass needs in `saved`, others in `scratch`.
// Where threads have rows of their own, each may have memory of its own too. Rows side by side would
// travel between cores, because a processor fetches lines beyond those that it is asked for.
struct alignas(APART) Memory {
  struct Place {
    bool saved;
    int64_t offset, step, row;  // floats; step: distance of two steps, or 0
    int64_t thread;             // distance of two threads' parts, or 0
  };
  std::vector<Place> places;
  int64_t saved = 0, scratch = 0, weights = 0, chunk;
  struct Owner {
    int64_t thread, row;  // whose a row is, and which of its rows
  };
  std::vector<Owner> owners;  // by row, where threads have memory of their own
  int64_t zeros, zeros_end, work, work_each, packed, transposed;  // offsets
  std::vector<int64_t> forward_weights, backward_weights;  // of each block

  Memory(const Program& program, int64_t batch, int64_t steps, int64_t threads, bool training,
         bool backward, Precision precision, bool apart);
  Memory(const Program& program, const Call& call, bool backward)
      : Memory(program, call.batch, call.steps, call.threads, call.training, backward,
               backward ? FLOAT32 : call.precision, call.apart) {}

  // where thread `id` has its part of an array of which each thread has its own
  float* of_thread(const Call& call, int64_t k, int64_t id) const {
    return call.scratch + places[k].offset + id * places[k].thread;
  }

  // where row b of array k lies at its first step
  float* row(const Call& call, int64_t k, int64_t b) const {
    const Place& place = places[k];
    float* const at = (place.saved ? call.saved : call.scratch) + place.offset;
    if (owners.empty()) return at + b * place.row;
    return at + owners[b].thread * place.thread + owners[b].row * place.row;
  }
};

constexpr int64_t PAGE = 1024;  // floats beyond which no processor fetches ahead
constexpr int64_t GRADIENT_ROWS = DEPTH, GRADIENT_COLUMNS = 96, CHUNK_ROWS = 128;
// rows after which the gradients of maps may be left alone
constexpr int64_t LOT = 256;
static_assert(LOT % GRADIENT_ROWS == 0);

inline int64_t chunk_of(int64_t batch, int64_t steps) {
  // of one size, because a small chunk reads all weights for few rows
  const int64_t chunks = std::max<int64_t>(1, (steps * batch + CHUNK_ROWS / 2) / CHUNK_ROWS);
  return (steps + chunks - 1) / chunks;
}

inline Memory::Memory(const Program& program, int64_t batch, int64_t steps, int64_t threads, bool training,
                      bool backward, Precision precision, bool apart) {
  chunk = chunk_of(batch, steps);
  const auto put = [](int64_t& total, int64_t floats) {
    const int64_t at = total;
    total += round_up(floats, LINE);
    return at;
  };
  const int64_t parts = apart ? threads : 1, rows = (batch + parts - 1) / parts;
  if (apart)
    for (int64_t id = 0; id < parts; ++id)
      for (int64_t b = first_of(batch, id, parts); b < first_of(batch, id + 1, parts); ++b)
        owners.push_back({id, b - first_of(batch, id, parts)});
  int64_t shared = 0;  // scratch that all threads read, before the parts that are one thread's
  for (const Array& array : program.arrays)
    if (array.kind == VECTOR) shared += round_up(array.floats, LINE);
  if (apart) shared = round_up(shared, PAGE);
  int64_t vectors = 0;
  scratch = shared;
  for (size_t k = 0; k < program.arrays.size(); ++k) {
    const Array& array = program.arrays[k];
    const int64_t all = rows * array.floats;
    const auto number = static_cast<int64_t>(k);
    int64_t kept = 1;
    switch (array.kind) {
      case SLOTS: kept = training ? steps : chunk; break;
      case STATE: kept = number == program.hidden_output ? 0 : training ? steps : 2; break;
      case TRACE: kept = 0; break;
      case VALUE: case MOMENTS: kept = training && array.lasting ? steps : 1; break;
      default: break;
    }
    const bool lasts = array.kind == SLOTS || array.kind == STATE ||
                       ((array.kind == VALUE || array.kind == MOMENTS) && array.lasting);
    const int64_t step = kept > 1 ? all : 0;
    if (array.kind == VECTOR) {
      places.push_back({false, put(vectors, array.floats), 0, 0, 0});
    } else if (array.kind == VECTOR_GRADIENT) {
      places.push_back({false, put(scratch, apart ? array.floats : threads * array.floats), 0, 0, array.floats});
    } else {
      places.push_back({lasts, put(lasts ? saved : scratch, kept * all), step, array.floats, 0});
    }
  }
  if (apart) {
    saved = round_up(saved, PAGE), scratch = round_up(scratch, PAGE);
    for (auto& place : places)
      if (place.offset >= shared || place.saved) place.thread = place.saved ? saved : scratch - shared;
    saved *= threads, scratch = shared + threads * (scratch - shared);
  }
  int64_t widest = 0;
  for (const auto& block : program.blocks) widest = std::max(widest, round_up(block.inner, 64));
  for (const auto& group : program.groups) widest = std::max(widest, group.columns);
  for (const auto& array : program.arrays) widest = std::max(widest, array.floats);
  zeros = put(scratch, widest);
  zeros_end = scratch;
  int64_t sources = 0;
  for (const auto& group : program.groups) {
    int64_t all = 0;
    for (const int64_t b : group.blocks) all += round_up(program.blocks[static_cast<size_t>(b)].inner, BLOCK);
    sources = std::max(sources, all);
  }
  const int64_t together = std::min(GRADIENT_ROWS, batch * steps);
  work_each = backward ? round_up(together * (sources + GRADIENT_COLUMNS), LINE) : 0;
  work = put(scratch, work_each * threads);
  for (const auto& block : program.blocks) {
    const int64_t columns = program.groups[static_cast<size_t>(block.group)].columns;
    if (backward) backward_weights.push_back(put(weights, columns * round_up(block.inner, BLOCK)));
    else {
      const int64_t words = words_of(precision_of(precision, block, batch * steps), block.inner);
      forward_weights.push_back(put(weights, columns * (words + (precision == INT8 ? 2 : 0))));
    }
  }
}

}  // namespace lstmkit
