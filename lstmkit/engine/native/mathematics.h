// The functions of a cell's text, written once over the operations of vector_<set>.h.
//
// The constants are minimax fits in relative error. tests/engine/native/mathematics_driver.cpp
// measures every function over every float; docs/mathematics.md holds what it found.
#pragma once

namespace lstmkit {

// the first where two are equal, the second where either is NaN
LSTMKIT_INLINE V maximum(V a, V b) { return choose(at_most(b, a), a, b); }
LSTMKIT_INLINE V minimum(V a, V b) { return choose(at_most(a, b), a, b); }
LSTMKIT_INLINE V at_least(V a, V b) { return choose(at_most(b, a), splat(1.0f), splat(0.0f)); }
LSTMKIT_INLINE V step(V a) { return choose(less(splat(0.0f), a), splat(1.0f), splat(0.0f)); }
LSTMKIT_INLINE V sign(V a) { return step(a) - step(-a); }
LSTMKIT_INLINE V relu(V a) { return at_least_number(splat(0.0f), a); }

// e^x and 1 / (1 + e^-x); 0 where that is below the normal floats
LSTMKIT_INLINE V exponential(V x) {
  return exponential_of(power_of_e<1>(at_most_number(splat(89.0f), x)), x);
}
LSTMKIT_INLINE V sigmoid(V x) {
  return reciprocal_sum(one_plus(power_of_e<-1>(at_most_number(splat(87.0f), x))), x);
}

// with x = k ln(2) / 2 + r, S = 2^k and t = tanh r, ((S - 1) + t (S + 1)) / ((S + 1) + t (S - 1))
LSTMKIT_INLINE V hyperbolic_tangent(V x) {
  const V u = at_most_number(splat(9.1f), at_least_number(splat(-9.1f), x));
  const V shifted = multiply_add(u, splat(2.8853900817779268f), splat(WHOLE));
  const V r = multiply_add(shifted - splat(WHOLE), splat(-0.34657359027997264f), u), s = r * r;
  V t = multiply_add(s, splat(0.13110722601413727f), splat(-0.3333127498626709f));
  t = multiply_add(r * s, t, r);
  const V power = shift_left_23(shifted);
  const V less_one = power - splat(1.0f), and_one = power + splat(1.0f);
  return quotient(multiply_add(t, and_one, less_one), multiply_add(t, less_one, and_one));
}

// log(1 + e) for 0 <= e <= 1 as 2 atanh(s), s = e / (2 + e) <= 1/3
LSTMKIT_INLINE V log_one_plus(V e) {
  const V s = quotient(e, splat(2.0f) + e), t = s * s;
  V p = multiply_add(t, splat(0.12150466892769082f), splat(0.1071382912002539f));
  p = multiply_add(t, p, splat(0.14308442370466318f));
  p = multiply_add(t, p, splat(0.19999438873129355f));
  p = multiply_add(t, p, splat(0.3333333781096141f));
  const V twice = s + s;
  return multiply_add(twice * t, p, twice);
}

// log(1 + e^-|x|)
LSTMKIT_INLINE V log_one_plus_decay(V x) {
  const V u = minus_absolute(x);
  return log_one_plus(small_exponential_of(power_of_e<1>(u), u));
}

// log sigmoid(x) and log(1 + e^x)
LSTMKIT_INLINE V logsigmoid(V x) {
  return at_most_number(splat(0.0f), x) - log_one_plus_decay(x);
}
LSTMKIT_INLINE V softplus(V x) {
  return at_least_number(splat(0.0f), x) + log_one_plus_decay(x);
}

// x = 2^k f with f near 1; log f = 2 atanh(s), s = (f - 1) / (f + 1)
LSTMKIT_INLINE V logarithm(V x) {
  V k;
  const V f = split(x, k);
  const V s = quotient(f - splat(1.0f), f + splat(1.0f)), t = s * s;
  V p = multiply_add(t, splat(0.11791300118714454f), splat(0.14268643152387456f));
  p = multiply_add(t, p, splat(0.20000167758304835f));
  p = multiply_add(t, p, splat(0.33333332822068495f));
  const V twice = s + s;
  V small = multiply_add(twice * t, p, twice);
  small = multiply_add(k, splat(-2.12194440054690583e-4f), small);
  return logarithm_at_ends(x, multiply_add(k, splat(0.693359375f), small));
}

}  // namespace lstmkit
