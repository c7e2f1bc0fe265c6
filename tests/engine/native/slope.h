// The gradient of one input, beside what the loss does when that input is moved a little.
//
// All other laws compare the engine with itself, so that a derivative that is wrong in the same way
// everywhere would obey them.
#pragma once

#include "run.h"

class Slope {
 public:
  Slope(const lstmkit::Program& program, const Case& of, const Inputs& inputs)
      : program_(program), case_(of), inputs_(inputs) {}

  // Moves all numbers of one input up or down, by chance, and both ways. Returns what is wrong, if
  // anything; `gradients` are those of the case, by name.
  std::string wrong(const std::vector<Named>& gradients) const {
    if (gradients.empty()) return "";
    Draw draw(case_.seed ^ 0x51093u);
    const Named& one = gradients[static_cast<size_t>(draw.below(static_cast<int64_t>(gradients.size())))];
    const Place at = place(one);
    std::vector<double> slope(static_cast<size_t>(at.room->count()), 0.0);
    for (size_t n = 0; n < one.values.size(); ++n) slope[static_cast<size_t>(at.offset(n))] += one.values[n];
    double size = 0.0, expected = 0.0;
    std::vector<float> direction;
    for (const double part : slope) {
      direction.push_back(draw.one_in(2) ? 1.0f : -1.0f);
      size += part * part, expected += part * double(direction.back());
    }
    size = std::sqrt(size);
    double found = 0.0;
    for (const double length : STEPS) {
      const double step = length / std::sqrt(double(slope.size()));
      found = (loss_at(*at.room, direction, step) - loss_at(*at.room, direction, -step)) / (2.0 * step);
      if (std::fabs(found - expected) <= TOLERANCE * size + noise() / step) return "";
    }
    char text[200];
    std::snprintf(text, sizeof text, "%s gives a slope of %g where the loss has %g; the gradient's size is %g",
                  one.name.c_str(), expected, found, size);
    return text;
  }

 private:
  // A long step may meet curvature, or a kink such as that of relu; a short one drowns in rounding.
  static constexpr double STEPS[] = {0.02, 0.1, 0.004, 0.0005}, TOLERANCE = 0.1;

  // Memory of an input, and where there the n-th number of its gradient belongs.
  struct Place {
    const Floats* room;
    std::vector<int64_t> rows;  // offset of each row of the gradient
    int64_t width;
    int64_t offset(size_t n) const { return rows[n / size_t(width)] + static_cast<int64_t>(n) % width; }
  };

  Place place(const Named& one) const {
    if (one.name == "gradient of x") {
      Place found{&inputs_.x.room, {}, inputs_.x.width};
      for (int64_t b = 0; b < case_.batch; ++b)
        for (int64_t t = 0; t < inputs_.length(case_, b); ++t)
          found.rows.push_back(inputs_.x.at(b, t) - inputs_.x.room.at());
      return found;
    }
    const size_t number = std::strtoull(one.name.c_str() + one.name.rfind(' '), nullptr, 10);
    if (one.name.find("vector") != std::string::npos)
      return {&inputs_.vectors[number], {0}, inputs_.vectors[number].count()};
    const bool map = one.name.find("map") != std::string::npos, first = one.name.find("initial") != std::string::npos;
    const Matrix& matrix = (map ? inputs_.maps : first ? inputs_.initial : inputs_.fresh)[number];
    Place found{&matrix.room, {}, matrix.width};
    for (int64_t r = 0; r < matrix.rows; ++r) found.rows.push_back(matrix.row(r) - matrix.room.at());
    return found;
  }

  double loss_at(const Floats& room, const std::vector<float>& direction, double step) const {
    const std::vector<float> before(room.at(), room.at() + room.count());
    for (size_t n = 0; n < before.size(); ++n) room.at()[n] += static_cast<float>(step) * direction[n];
    Run run(program_, case_, inputs_, {"moved"});
    run.forward();
    std::copy(before.begin(), before.end(), room.at());
    return loss(run.outputs());
  }

  // What the cotangents make of the outputs: y first, then the final states.
  double loss(const std::vector<Named>& outputs) const {
    double total = 0.0;
    size_t n = 0;
    const Over& d_y = inputs_.d_y;
    for (int64_t b = 0; b < case_.batch && d_y.batch > 0; ++b)
      for (int64_t t = 0; t < inputs_.length(case_, b); ++t)
        for (int64_t k = 0; k < d_y.width; ++k) total += double(outputs[0].values[n++]) * double(*d_y.at(b, t, k));
    for (size_t q = 0; q < inputs_.d_final.size(); ++q)
      for (int64_t b = 0; b < case_.batch && inputs_.d_final[q].there; ++b)
        for (int64_t k = 0; k < inputs_.d_final[q].width; ++k)
          total += double(outputs[q + 1].values[size_t(b * inputs_.d_final[q].width + k)]) *
                   double(inputs_.d_final[q].row(b)[k]);
    return total;
  }

  // What rounding may do to a loss.
  double noise() const {
    return 1e-6 * std::sqrt(double(case_.batch * case_.steps * case_.sizes.projection));
  }

  const lstmkit::Program& program_;
  const Case& case_;
  const Inputs& inputs_;
};
