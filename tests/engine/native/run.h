// One run of a case: buffers of the exact size, the call's numbers, and what came out.
#pragma once

#include "call.h"
#include "inputs.h"
#include "pool.h"

// engine.cpp
extern "C" {
lstmkit::Program* lstmkit_program(const int64_t* description);
void lstmkit_forget(lstmkit::Program* program);
void lstmkit_sizes(const lstmkit::Program* program, const int64_t* of, int64_t* sizes);
int64_t lstmkit_has_int8();
void lstmkit_forward(const lstmkit::Program* program, const int64_t* numbers, int64_t from, int64_t to);
void lstmkit_backward(const lstmkit::Program* program, const int64_t* numbers, int64_t from, int64_t to);
}

// What the driver does wrong on purpose, so that a test sees that it would be found.
inline std::string broken;

struct Named {
  std::string name;
  std::vector<float> values;
};

class Run {
 public:
  Run(const lstmkit::Program& program, const Case& of, const Inputs& inputs, const Way& way)
      : program_(program), case_(of), inputs_(inputs), way_(way) {
    const auto needed = needs(false);
    saved_ = Floats(broken == "memory" ? needed[0] / 2 : needed[0]);
    scratch_ = Floats(needed[1]), weights_ = Floats(needed[2]);
    y_ = output(program.arrays[program.hidden_output].width);
    for (const int64_t array : program.traces)
      if (way.tracing) traces_.push_back(output(program.arrays[array].width));
    for (const auto& state : program.states) final_.emplace_back(of.batch, state.width, state.width + 3);
    for (const auto& map : inputs.maps) map.append(learned_);
    for (const auto& vector : inputs.vectors) learned_.push_back(vector.address());
  }

  void forward(bool packed = false) {
    const std::vector<int64_t> call = numbers(packed, false);
    const auto all = [&] {
      over_stretches([&](int64_t from, int64_t to) { lstmkit_forward(&program_, call.data(), from, to); });
    };
    std::thread other;
    if (broken == "race") other = std::thread(all);
    all();
    if (other.joinable()) other.join();
  }

  // What a run that keeps packed weights does at its next call: other scratch, the same weights.
  void forward_again() {
    saved_.poison(), scratch_.poison(), y_.room.poison();
    for (auto& final : final_) final.room.poison();
    forward(true);
  }

  void backward() {
    const auto needed = needs(true);
    scratch_ = Floats(needed[1]), weights_ = Floats(needed[2]);
    final_.clear();
    if (inputs_.wants_x) d_x_ = Over(case_.batch, case_.steps, case_.sizes.input, case_.sizes.input,
                                     case_.steps * case_.sizes.input, case_.sizes.input);
    d_initial_ = zeros_like(inputs_.wanted_initial), d_fresh_ = zeros_like(inputs_.wanted_fresh);
    for (size_t m = 0; m < program_.maps.size(); ++m) d_maps_.push_back(zeros_for(m));
    for (const auto& vector : program_.vectors) d_vectors_.emplace_back(vector.width);
    const std::vector<int64_t> call = numbers(false, true);
    std::vector<int64_t> ends = way_.cuts;
    ends.insert(ends.begin(), 0);
    int64_t from = case_.steps;
    for (; !ends.empty(); ends.pop_back()) {
      lstmkit_backward(&program_, call.data(), from, ends.back());
      from = ends.back();
    }
    const int64_t lots = (case_.batch * case_.steps + lstmkit::GRADIENT_ROWS - 1) / lstmkit::GRADIENT_ROWS;
    const int64_t half = way_.cuts.empty() ? 0 : lots / 2;
    if (half > 0) lstmkit_backward(&program_, call.data(), 0, -half);
    lstmkit_backward(&program_, call.data(), -half, -lots);
    backward_ = true;
  }

  // What the caller would read, by name.
  std::vector<Named> outputs() const {
    std::vector<Named> found;
    if (!backward_) {
      found.push_back({"y", active(y_)});
      for (size_t k = 0; k < traces_.size(); ++k) found.push_back({"trace " + std::to_string(k), active(traces_[k])});
      add(found, "final state", final_);
      return found;
    }
    if (inputs_.wants_x) found.push_back({"gradient of x", active(d_x_)});
    add(found, "gradient of initial state", d_initial_);
    add(found, "gradient of fresh state", d_fresh_);
    add(found, "gradient of map", d_maps_);
    for (size_t v = 0; v < d_vectors_.size() && inputs_.wants_vectors; ++v)
      found.push_back({"gradient of vector " + std::to_string(v),
                       {d_vectors_[v].at(), d_vectors_[v].at() + d_vectors_[v].count()}});
    return found;
  }

  // Whether steps that are not real have outputs and gradients of 0, and nothing else was written.
  bool kept_to_its_own() const {
    bool kept = untouched(y_, true);
    for (const auto& trace : traces_) kept = kept && untouched(trace, false);
    return kept && (!backward_ || !inputs_.wants_x || untouched(d_x_, true));
  }

 private:
  std::vector<int64_t> needs(bool backward) const {
    const int64_t of[] = {case_.batch, case_.steps, way_.threads, way_.training, backward, way_.precision,
                          way_.apart};
    std::vector<int64_t> found(3);
    lstmkit_sizes(&program_, of, found.data());
    return found;
  }

  // The order of native/call.h, here and nowhere else.
  std::vector<int64_t> numbers(bool packed, bool backward) const {
    std::vector<int64_t> to = {case_.batch,   case_.steps,  way_.threads, case_.reverse,
                               way_.training, way_.by_rows, way_.apart, packed};
    const auto all = [&to](const auto& items) { for (const auto& item : items) item.append(to); };
    append_pool(way_, to);
    inputs_.x.append(to), y_.append(to);
    to.push_back(case_.lengths ? reinterpret_cast<int64_t>(inputs_.lengths.data()) : 0);
    to.push_back(case_.resets ? reinterpret_cast<int64_t>(inputs_.reset.data()) : 0);
    to.insert(to.end(), {inputs_.reset_batch, inputs_.reset_time});
    to.insert(to.end(), {saved_.address() + (broken == "alignment" ? 2 : 0), scratch_.address(), weights_.address()});
    all(inputs_.initial), all(inputs_.fresh);
    if (backward) to.insert(to.end(), 2 * program_.states.size(), 0);
    else all(final_);
    to.push_back(reinterpret_cast<int64_t>(learned_.data()));
    to.insert(to.end(), {inputs_.seed, inputs_.first});
    for (const Given& given : inputs_.givens) {
      to.insert(to.end(), {given.mode, given.value, given.stream});
      given.rows.append(to);
    }
    to.push_back(way_.tracing), all(traces_);
    to.push_back(way_.precision);
    if (way_.precision == lstmkit::INT8) to.insert(to.end(), program_.states.size(), 0x3f800000);
    to.push_back(backward);
    if (!backward) return to;
    if (inputs_.d_y.batch > 0) inputs_.d_y.append(to);
    else to.insert(to.end(), 4, 0);
    if (inputs_.wants_x) d_x_.append(to);
    else to.insert(to.end(), 4, 0);
    all(inputs_.d_final), all(d_initial_), all(d_fresh_), all(d_maps_);
    for (const auto& vector : d_vectors_) to.push_back(inputs_.wants_vectors ? vector.address() : 0);
    return to;
  }

  template <class Work>
  void over_stretches(const Work& work) const {
    int64_t from = 0;
    for (const int64_t to : way_.cuts) work(from, to), from = to;
    work(from, case_.steps);
  }

  // Outputs are made by the caller of the engine, whole blocks to a row, time first.
  Over output(int64_t width) const {
    const int64_t reach = lstmkit::round_up(width, lstmkit::BLOCK);
    return {case_.batch, case_.steps, width, reach, reach, reach * case_.batch};
  }

  static std::vector<Matrix> zeros_like(const std::vector<Matrix>& wanted) {
    std::vector<Matrix> found;
    for (const auto& one : wanted) {
      found.push_back(one.there ? Matrix(one.rows, one.width, one.pitch) : Matrix());
      if (one.there) found.back().room.fill(0.0f);
    }
    return found;
  }

  Matrix zeros_for(size_t map) const {
    if (!inputs_.wants_maps || case_.cell->patterns[map] != LEARNED) return {};
    const Matrix& like = inputs_.maps[map];
    Matrix made(like.rows, like.width, like.pitch);
    made.room.fill(0.0f);
    return made;
  }

  std::vector<float> active(const Over& of) const {
    std::vector<float> found;
    for (int64_t b = 0; b < case_.batch; ++b)
      for (int64_t t = 0; t < inputs_.length(case_, b); ++t)
        found.insert(found.end(), of.at(b, t), of.at(b, t) + of.width);
    return found;
  }

  bool untouched(const Over& of, bool cleared) const {
    std::vector<char> own(static_cast<size_t>(of.room.count()), 0);
    for (int64_t b = 0; b < case_.batch; ++b)
      for (int64_t t = 0; t < case_.steps; ++t) {
        const bool real = t < inputs_.length(case_, b);
        if (!real && cleared && !std::all_of(of.at(b, t), of.at(b, t) + of.width, [](float n) { return n == 0.0f; }))
          return false;
        const int64_t floats = real ? of.reach : cleared ? of.width : 0;
        std::fill_n(own.begin() + (of.at(b, t) - of.room.at()), floats, 1);
      }
    for (int64_t k = 0; k < of.room.count(); ++k)
      if (!own[static_cast<size_t>(k)] && !is_canary(of.room.at() + k)) return false;
    return true;
  }

  static void add(std::vector<Named>& to, const std::string& name, const std::vector<Matrix>& from) {
    for (size_t k = 0; k < from.size(); ++k) {
      if (!from[k].there) continue;
      Named one{name + " " + std::to_string(k), {}};
      for (int64_t r = 0; r < from[k].rows; ++r)
        one.values.insert(one.values.end(), from[k].row(r), from[k].row(r) + from[k].width);
      to.push_back(std::move(one));
    }
  }

  const lstmkit::Program& program_;
  const Case& case_;
  const Inputs& inputs_;
  const Way way_;
  Floats saved_, scratch_, weights_;
  Over y_, d_x_;
  std::vector<Over> traces_;
  std::vector<Matrix> final_, d_initial_, d_fresh_, d_maps_;
  std::vector<Floats> d_vectors_;
  std::vector<int64_t> learned_;
  bool backward_ = false;
};
