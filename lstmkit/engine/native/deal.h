// Which rows are a thread's own: about as many rows and steps as any other's.
#pragma once

#include <algorithm>

#include "call.h"

namespace lstmkit {

// Rows beside one another for each thread, because lines of a row's neighbour travel along. Returns
// whether that is even enough.
inline bool side_by_side(const Call& call, int threads, Own<int32_t>& part) {
  int64_t total = 0, before = 0;
  for (int64_t b = 0; b < call.batch; ++b) total += call.lengths[b];
  Own<int64_t> steps(static_cast<size_t>(threads), 0), rows(static_cast<size_t>(threads), 0);
  for (size_t b = 0; b < part.size(); ++b) {
    const int64_t own = call.lengths[b];
    part[b] = static_cast<int32_t>((before + own / 2) * threads / std::max<int64_t>(1, total));
    part[b] = std::min(part[b], threads - 1);
    steps[part[b]] += own, rows[part[b]] += 1;
    before += own;
  }
  return *std::max_element(steps.begin(), steps.end()) * threads * 32 <= total * 33 &&
         *std::max_element(rows.begin(), rows.end()) * threads * 4 <= call.batch * 5;
}

// The longest first, forth and back among the threads.
inline void one_by_one(const Call& call, int threads, Own<int32_t>& part) {
  Own<int32_t> order(part.size());
  for (size_t b = 0; b < order.size(); ++b) order[b] = static_cast<int32_t>(b);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return call.lengths[a] > call.lengths[b]; });
  for (size_t k = 0; k < order.size(); ++k) {
    const auto round = static_cast<int>(k) / threads, place = static_cast<int>(k) % threads;
    part[order[k]] = round % 2 == 0 ? place : threads - 1 - place;
  }
}

// The rows of thread `id` of so many that share out rows, in their order.
inline Own<int32_t> dealt(const Call& call, int id, int threads) {
  Own<int32_t> rows;
  if (threads == 1 || call.lengths == nullptr) {
    const int64_t first = threads == 1 ? 0 : first_of(call.batch, id, threads);
    const int64_t last = threads == 1 ? call.batch : first_of(call.batch, id + 1, threads);
    for (int64_t b = first; b < last; ++b) rows.push_back(static_cast<int32_t>(b));
    return rows;
  }
  Own<int32_t> part(static_cast<size_t>(call.batch));
  if (!side_by_side(call, threads, part)) one_by_one(call, threads, part);
  for (size_t b = 0; b < part.size(); ++b)
    if (part[b] == id) rows.push_back(static_cast<int32_t>(b));
  return rows;
}

}  // namespace lstmkit
