// Heap memory of exactly the size that the engine may touch, and full of NaN beforehand.
#pragma once

#include <memory>

#include "draw_case.h"

// a NaN that no arithmetic makes, so that a place that was never written is known
constexpr uint32_t CANARY = 0x7fa0dead;

inline bool is_canary(const float* at) {
  uint32_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits == CANARY;
}

class Floats {
 public:
  explicit Floats(int64_t count = 0) : count_(count), room_(new float[static_cast<size_t>(count)]) { poison(); }
  float* at() const { return room_.get(); }
  int64_t count() const { return count_; }
  int64_t address() const { return reinterpret_cast<int64_t>(at()); }
  void poison() { std::fill_n(reinterpret_cast<uint32_t*>(at()), count_, CANARY); }
  void fill(float value) { std::fill_n(at(), count_, value); }

 private:
  int64_t count_;
  std::unique_ptr<float[]> room_;
};

// (batch, time, width) with distances; `reach` floats of a place may be written, `width` are meant.
struct Over {
  int64_t batch = 0, steps = 0, width = 0, reach = 0, by_batch = 0, by_time = 0, by_feature = 1;
  Floats room;

  Over() = default;
  Over(int64_t rows, int64_t times, int64_t floats, int64_t reached, int64_t of_batch, int64_t of_time,
       int64_t of_feature = 1)
      : batch(rows), steps(times), width(floats), reach(reached), by_batch(of_batch), by_time(of_time),
        by_feature(of_feature),
        room((rows - 1) * of_batch + (times - 1) * of_time + (reached - 1) * of_feature + 1) {}

  // batch first or time first, with or without a gap after each row
  static Over drawn(Draw& draw, int64_t rows, int64_t times, int64_t width, int64_t reach) {
    const int64_t pitch = reach + (draw.one_in(2) ? draw.below(5) : 0), gap = draw.one_in(3) ? draw.below(7) : 0;
    if (draw.one_in(2)) return {rows, times, width, reach, pitch * times + gap, pitch};
    return {rows, times, width, reach, pitch, pitch * rows + gap};
  }
  // what is only read may also be repeated over rows or steps, overlap, or lie sparse
  static Over read(Draw& draw, int64_t rows, int64_t times, int64_t width, bool sparse) {
    switch (draw.below(6)) {
      case 0: return {rows, times, width, width, 0, width};
      case 1: return {rows, times, width, width, width, 0};
      case 2: return {rows, times, width, width, times + width, 1};
      case 3: {
        const int64_t feature = sparse ? draw.below(4) : 1;
        return {rows, times, width, width, feature * width * times, feature * width, feature};
      }
      default: return drawn(draw, rows, times, width, width);
    }
  }

  float* at(int64_t b, int64_t t, int64_t k = 0) const {
    return room.at() + b * by_batch + t * by_time + k * by_feature;
  }
  void append(std::vector<int64_t>& to) const {
    to.insert(to.end(), {room.address(), by_batch, by_time, by_feature});
  }
};

// Rows at a distance, or nothing at all.
struct Matrix {
  int64_t rows = 0, width = 0, pitch = 0;
  bool there = false;
  Floats room;

  Matrix() = default;
  Matrix(int64_t count, int64_t floats, int64_t distance)
      : rows(count), width(floats), pitch(distance), there(true), room((count - 1) * distance + floats) {}
  static Matrix drawn(Draw& draw, int64_t rows, int64_t width) {
    return {rows, width, width + (draw.one_in(2) ? draw.below(5) : 0)};
  }
  // one row for all may stand for as many
  static Matrix read(Draw& draw, int64_t rows, int64_t width) {
    return draw.one_in(6) ? Matrix(rows, width, 0) : drawn(draw, rows, width);
  }
  float* row(int64_t r) const { return room.at() + r * pitch; }
  void append(std::vector<int64_t>& to) const {
    to.push_back(there ? room.address() : 0), to.push_back(there ? pitch : 0);
  }
};
