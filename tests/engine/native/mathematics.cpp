// Prints for each function of vector.h its largest error in units of the last place, and where.
//
// Every float is tried, or every STRIDE-th one; what it should be is computed in double precision.
// Errors of results that are not normal numbers count in units of the smallest normal number's last place.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "vector.h"

using namespace lstmkit;

namespace {

double unit(double exact) {
  const double size = std::fmax(std::fabs(exact), 0x1p-126);
  return std::ldexp(1.0, std::ilogb(std::fmin(size, 0x1.fffffep127)) - 23);
}

struct Worst {
  double error = 0.0;
  float at = 0.0f;
};

void judge(Worst& worst, float x, float found, double exact) {
  double error;
  const auto rounded = static_cast<float>(exact);
  if (std::isnan(exact) || std::isinf(rounded) || std::isnan(found) || std::isinf(found)) {
    const bool same = std::isnan(exact) ? std::isnan(found) : found == rounded;
    const bool nearly = std::fabs(exact) > 0x1.fffffcp127 && std::fabs(found) > 0x1.fffffcp127f;
    error = same || nearly ? 0.0 : INFINITY;
  } else {
    error = std::fabs(found - exact) / unit(exact);
  }
  if (error > worst.error) worst.error = error, worst.at = x;
}

template <class F, class E>
void sweep(const char* name, uint64_t stride, F function, E exact) {
  Worst worst;
  float in[WIDTH], out[WIDTH];
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32);) {
    int lanes = 0;
    for (; lanes < WIDTH && bits < (uint64_t{1} << 32); ++lanes, bits += stride) {
      const auto small = static_cast<uint32_t>(bits);
      std::memcpy(&in[lanes], &small, sizeof small);
    }
    for (int k = lanes; k < WIDTH; ++k) in[k] = 0.0f;
    store(out, function(load(in)));
    for (int k = 0; k < lanes; ++k) judge(worst, in[k], out[k], exact(static_cast<double>(in[k])));
  }
  std::printf("%s %.3f %.9g\n", name, worst.error, static_cast<double>(worst.at));
}

double log1p_exp(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

}  // namespace

int main(int count, char** given) {
  const uint64_t stride = count > 1 ? std::strtoull(given[1], nullptr, 10) : 1;
  sweep("exp", stride, [](V x) { return exponential(x); }, [](double x) { return std::exp(x); });
  sweep("log", stride, [](V x) { return logarithm(x); }, [](double x) { return std::log(x); });
  // below -87 the result stays where it is, at 1.6e-38
  sweep("sigmoid", stride, [](V x) { return sigmoid(x); },
        [](double x) { return 1.0 / (1.0 + std::exp(-std::fmax(x, std::isnan(x) ? x : -87.0))); });
  sweep("tanh", stride, [](V x) { return hyperbolic_tangent(x); }, [](double x) { return std::tanh(x); });
  sweep("logsigmoid", stride, [](V x) { return logsigmoid(x); }, [](double x) { return -log1p_exp(-x); });
  sweep("softplus", stride, [](V x) { return softplus(x); }, [](double x) { return log1p_exp(x); });
  sweep("sqrt", stride, [](V x) { return square_root(x); }, [](double x) { return std::sqrt(x); });
  sweep("reciprocal", stride, [](V x) { return reciprocal(x); }, [](double x) { return 1.0 / x; });
  sweep("relu", stride, [](V x) { return relu(x); }, [](double x) { return x < 0 ? 0.0 : x; });
  sweep("abs", stride, [](V x) { return absolute(x); }, [](double x) { return std::fabs(x); });
  sweep("sign", stride, [](V x) { return sign(x); }, [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; });
}
