// What must hold of every case, whatever its sizes: all ways to run it agree, and gradients are slopes.
#pragma once

#include <cstdlib>

#include "slope.h"

using Outputs = std::vector<Named>;

// Bits where the engine promises them, else an error relative to the largest value of an output.
constexpr float SAME_BITS = 0.0f, ROUNDING = 1e-4f, ACROSS_BUILDS = 1e-3f;
// Weights of fewer bits: root of the mean squared error, relative to that of the values. Any wrong
// weight gives more; a normalisation over a few units makes as much of rounding.
constexpr double FEW_BITS = 0.5;
constexpr int64_t FEW_UNITS = 8;

[[noreturn]] inline void fail(const Case& of, const std::string& law, const std::string& what) {
  std::fprintf(stderr, "\nseed %llu breaks the law \"%s\": %s\n", static_cast<unsigned long long>(of.seed),
               law.c_str(), what.c_str());
  of.print(stderr);
  std::abort();
}

inline void compare(const Case& of, const std::string& law, const Outputs& found, const Outputs& expected,
                    float tolerance) {
  // what rounding makes of infinity is nobody's concern
  if (of.wild && tolerance > SAME_BITS) return;
  for (size_t k = 0; k < found.size(); ++k) {
    const auto &a = found[k].values, &b = expected.at(k).values;
    float largest = 0.0f;
    for (const float value : b) largest = std::max(largest, std::fabs(value));
    const float most = tolerance * std::max(largest, 0.05f);  // sums may cancel
    for (size_t n = 0; n < b.size(); ++n) {
      if (a.at(n) == b[n] || std::fabs(a[n] - b[n]) <= most || (std::isnan(a[n]) && std::isnan(b[n]))) continue;
      char text[200];
      std::snprintf(text, sizeof text, "%s, number %zu of %zu is %.9g instead of %.9g; the largest is %.9g",
                    found[k].name.c_str(), n, b.size(), double(a[n]), double(b[n]), double(largest));
      fail(of, law, text);
    }
  }
}

inline void compare_on_the_whole(const Case& of, const std::string& law, const Outputs& found,
                                 const Outputs& expected) {
  if (of.wild || std::min(of.sizes.hidden, of.sizes.projection) < FEW_UNITS) return;
  for (size_t k = 0; k < found.size(); ++k) {
    double error = 0.0, size = 0.0;
    for (size_t n = 0; n < found[k].values.size(); ++n) {
      const double a = found[k].values[n], b = expected.at(k).values.at(n);
      error += (a - b) * (a - b), size += b * b;
    }
    if (std::sqrt(error) > FEW_BITS * std::sqrt(size) + 1e-3)
      fail(of, law, found[k].name + " is wrong by " + std::to_string(std::sqrt(error / size)) + " of its size");
  }
}

class Laws {
 public:
  Laws(const lstmkit::Program& program, const Case& of, const Inputs& inputs)
      : program_(program), case_(of), inputs_(inputs) {}

  // Returns the outputs and gradients of one thread, or stops at the first law that is broken.
  Outputs check() const {
    Outputs expected = inference();
    const Outputs gradients = training(expected);
    expected.insert(expected.end(), gradients.begin(), gradients.end());
    return expected;
  }

 private:
  Outputs inference() const {
    Run one(program_, case_, inputs_, {"one thread"});
    const Outputs expected = forward(one, "one thread");
    one.forward_again();
    compare(case_, "weights that are kept", outputs(one, "weights that are kept"), expected, SAME_BITS);
    if (broken == "value") *inputs_.x.at(0, 0) += 1.0f;
    Way way = team("several threads");
    check_forward(way, expected, among_threads());
    way.name = "threads and stretches", way.cuts = case_.cuts;
    check_forward(way, expected, among_threads());
    way.name = "traces", way.tracing = true;
    check_forward(way, expected, ROUNDING);
    few_bits("bfloat16", lstmkit::BFLOAT16, expected);
    if (lstmkit_has_int8() != 0) few_bits("int8", lstmkit::INT8, expected);
    return expected;
  }

  void few_bits(const std::string& name, int64_t precision, const Outputs& expected) const {
    Way way = team(name);
    way.precision = precision;
    Run run(program_, case_, inputs_, way);
    const Outputs found = forward(run, name);
    compare_on_the_whole(case_, name, found, expected);
  }

  Outputs training(const Outputs& expected) const {
    Way way{"training"};
    way.training = true;
    Run one(program_, case_, inputs_, way);
    const Outputs kept = forward(one, way.name);
    compare(case_, way.name, kept, expected, ROUNDING);
    one.backward();
    const Outputs gradients = outputs(one, "backward");
    const std::string wrong = case_.wild ? "" : Slope(program_, case_, inputs_).wrong(gradients);
    if (!wrong.empty()) fail(case_, "slope", wrong);

    way = team("training by several threads");
    way.training = true, way.cuts = case_.cuts;
    Run several(program_, case_, inputs_, way);
    compare(case_, way.name, forward(several, way.name), kept, among_threads());
    several.backward();
    compare(case_, "gradients by several threads", outputs(several, way.name), gradients, ROUNDING);
    return gradients;
  }

  // Threads that share units begin a sum with what is their own.
  float among_threads() const { return case_.by_rows ? SAME_BITS : ROUNDING; }

  Way team(const std::string& name) const {
    Way way{name};
    way.threads = case_.threads, way.by_rows = case_.by_rows, way.apart = case_.apart, way.pool = case_.pool;
    return way;
  }

  void check_forward(const Way& way, Outputs expected, float tolerance) const {
    Run run(program_, case_, inputs_, way);
    Outputs found = forward(run, way.name);
    if (way.tracing) found.erase(found.begin() + 1, found.begin() + 1 + program_.traces.size());
    compare(case_, way.name, found, expected, tolerance);
  }

  Outputs forward(Run& run, const std::string& law) const {
    run.forward();
    return outputs(run, law);
  }

  // Every number that the caller reads is one, and nothing else was written.
  Outputs outputs(const Run& run, const std::string& law) const {
    Outputs found = run.outputs();
    for (const auto& one : found)
      for (size_t n = 0; n < one.values.size() && !case_.wild; ++n)
        if (!std::isfinite(one.values[n]))
          fail(case_, law, one.name + ", number " + std::to_string(n) + " of " + std::to_string(one.values.size()) +
                               " is not finite");
    if (!run.kept_to_its_own()) fail(case_, law, "something was written between or behind the rows, or padding is not 0");
    return found;
  }

  const lstmkit::Program& program_;
  const Case& case_;
  const Inputs& inputs_;
};
