// Threads lent to the engine in the shape of an OpenMP runtime, but such as ThreadSanitizer follows.
#pragma once

#include <thread>

#include "draw_case.h"

namespace lent {

inline thread_local int id = 0, threads = 1;
inline bool fewer = false;  // a runtime may give fewer threads than were asked for

inline void parallel(void (*work)(void*), void* context, unsigned asked, unsigned) {
  const int count = fewer && asked > 1 ? static_cast<int>(asked) - 1 : static_cast<int>(asked);
  const auto run = [=](int number) { id = number, threads = count, work(context); };
  std::vector<std::thread> others;
  for (int number = 1; number < count; ++number) others.emplace_back(run, number);
  run(0);
  for (auto& other : others) other.join();
  id = 0, threads = 1;
}
inline int size() { return threads; }
inline int number() { return id; }

}  // namespace lent

inline void append_pool(const Way& way, std::vector<int64_t>& to) {
  lent::fewer = way.pool == Way::FEWER;
  if (way.pool == Way::NONE) to.insert(to.end(), 3, 0);
  else to.insert(to.end(), {reinterpret_cast<int64_t>(lent::parallel), reinterpret_cast<int64_t>(lent::size),
                            reinterpret_cast<int64_t>(lent::number)});
}
