// The engine's C interface. Numbers in, numbers out; nothing here knows a cell or a framework.

#include "backward.h"
#include "forward.h"
#include "gradients.h"
#include "pack.h"

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

using namespace lstmkit;

namespace {

using Pack = void (*)(const Program&, const Call&, const Memory&, int64_t, int64_t, int64_t);

void pack(Pack one, const Program& program, const Call& call, const Memory& memory, int id, int threads) {
  for (size_t b = 0; b < program.blocks.size(); ++b) {
    const int64_t columns = program.groups[program.blocks[b].group].columns;
    const Range own = share(columns, BLOCK, id, threads);
    one(program, call, memory, static_cast<int64_t>(b), own.first, own.last);
  }
}

void pack_as_asked(const Program& program, const Call& call, const Memory& memory, int64_t b, int64_t first,
                   int64_t last) {
  switch (precision_of(call.precision, program.blocks[b], call.batch * call.steps)) {
    case FLOAT32: return pack_forward(program, call, memory, b, first, last);
    case BFLOAT16: return pack_pairs(program, call, memory, b, first, last);
    case INT8: return pack_bytes(program, call, memory, b, first, last);
  }
}

// Vectors with whole blocks, zeros, and what is given for all steps.
void prepare(const Program& program, const Call& call, const Memory& memory) {
  std::memset(call.scratch + memory.zeros, 0, sizeof(float) * (memory.zeros_end - memory.zeros));
  for (size_t v = 0; v < program.vectors.size(); ++v) {
    const Vector& vector = program.vectors[v];
    float* to = call.scratch + memory.places[vector.array].offset;
    std::memset(to, 0, sizeof(float) * program.arrays[vector.array].floats);
    std::memcpy(to, call.vectors[v], sizeof(float) * vector.width);
  }
  for (size_t k = 0; k < program.givens.size(); ++k) {
    const Given& given = call.givens[k];
    for (int64_t b = 0; b < call.batch && given.mode != Given::DRAWN; ++b) {
      float* to = memory.row(call, program.givens[k], b);
      std::fill(to, to + memory.places[program.givens[k]].row, given.constant);
      if (given.mode == Given::BY_ROW)
        std::memcpy(to, given.rows.row(b), sizeof(float) * program.arrays[program.givens[k]].width);
    }
  }
}

// Calls each(id, threads) for what a thread of the team takes on. Who shares out rows shares them out
// among as many as were asked for, however many came.
template <class Each>
void for_parts(const Call& call, int id, int threads, const Each& each) {
  if (!call.by_rows) return each(id, threads);
  const int parts = static_cast<int>(call.threads);
  for (int part = id; part < parts; part += threads) each(part, parts);
}

}  // namespace

EXPORT Program* lstmkit_program(const int64_t* description) { return new Program(description); }

EXPORT void lstmkit_forget(Program* program) { delete program; }

// floats of saved, scratch and weights for (batch, steps, threads, training, backward, precision, apart)
EXPORT void lstmkit_sizes(const Program* program, const int64_t* of, int64_t* sizes) {
  const Memory memory(*program, of[0], of[1], of[2], of[3] != 0, of[4] != 0, static_cast<Precision>(of[5]),
                      of[6] != 0);
  sizes[0] = memory.saved, sizes[1] = memory.scratch, sizes[2] = memory.weights;
}

// Tells apart maps that were written over from those that were not, by looking at some numbers of each.
EXPORT int64_t lstmkit_fingerprint(const Program* program, const int64_t* learned) {
  Reader in(learned);
  uint64_t found = 0;
  for (const Map& map : program->maps) {
    const Rows rows{in.pointer<float>(), in.next()};
    const int64_t total = map.rows * map.columns, gap = total / 61 + 1;
    for (int64_t k = 0; k < total && map.learned; k += gap) {
      uint32_t bits;
      std::memcpy(&bits, rows.row(k / map.columns) + k % map.columns, sizeof bits);
      found = (found ^ bits) * 0x9E3779B97F4A7C15u;
    }
  }
  return static_cast<int64_t>(found);
}

// whether the processor multiplies weights of 8 bits
EXPORT int64_t lstmkit_has_int8() { return has_int8() ? 1 : 0; }

EXPORT void lstmkit_forward(const Program* program, const int64_t* numbers, int64_t from, int64_t to) {
  const Call call(*program, numbers);
  const Memory memory(*program, call, false);
  if (from == 0) prepare(*program, call, memory);
  Barrier barrier;
  on_team(call.pool, static_cast<int>(call.threads), [&](int id, int threads) {
    if (from == 0 && !call.packed) {
      pack(pack_as_asked, *program, call, memory, id, threads);
      barrier.wait(id, threads);
    }
    for_parts(call, id, threads, [&](int part, int parts) {
      Forward(*program, call, memory, barrier, part, parts).run(from, to);
    });
  });
}

// Steps from `from` down to `to`. Below 0 lots of rows are counted, whose steps are done and which then
// give the gradients of the maps; after the last lot everything is in its place.
EXPORT void lstmkit_backward(const Program* program, const int64_t* numbers, int64_t from, int64_t to) {
  const Call call(*program, numbers);
  const Memory memory(*program, call, true);
  if (from == call.steps) {
    prepare(*program, call, memory);
    for (const Vector& vector : program->vectors)
      for (int64_t id = 0; id < call.threads; ++id)
        std::memset(memory.of_thread(call, vector.gradient, id), 0, sizeof(float) * program->arrays[vector.gradient].floats);
  }
  Barrier barrier;
  on_team(call.pool, static_cast<int>(call.threads), [&](int id, int threads) {
    if (from == call.steps && !call.packed) {
      pack(pack_backward, *program, call, memory, id, threads);
      barrier.wait(id, threads);
    }
    if (from > 0) {
      for_parts(call, id, threads, [&](int part, int parts) {
        Backward backward(*program, call, memory, barrier, part, parts);
        Gradients gradients(*program, call, memory, barrier, part, parts);
        const int64_t steps = std::max<int64_t>(1, INPUT_ROWS / call.batch), end = std::max<int64_t>(0, to);
        for (int64_t last = from; last > end;) {
          const int64_t first = std::max(end, last - steps);
          backward.run(last, first);
          if (!call.by_rows) barrier.wait(id, threads);
          gradients.input(first, last);
          last = first;
        }
      });
      barrier.wait(id, threads);
    }
    if (to < 0) Gradients(*program, call, memory, barrier, id, threads).maps(std::max<int64_t>(0, -from), -to);
  });
  if (-to * LOT < call.steps * call.batch) return;
  for (size_t v = 0; v < program->vectors.size(); ++v) {
    if (call.d_vectors[v] == nullptr) continue;
    const Vector& vector = program->vectors[v];
    for (int64_t u = 0; u < vector.width; ++u) {
      float total = 0.0f;
      for (int64_t id = 0; id < call.threads; ++id) total += memory.of_thread(call, vector.gradient, id)[u];
      call.d_vectors[v][u] = total;
    }
  }
}
