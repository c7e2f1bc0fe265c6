// A team of threads, lent by whoever has a pool, and the barrier between them.
#pragma once

#include <atomic>
#include <cstdint>
#include <new>
#include <thread>
#include <vector>

namespace lstmkit {

// Memory that one thread writes and another reads beside it would travel between their cores at every
// step. Two lines, because some processors fetch them in pairs.
constexpr size_t APART = 128;

// Allocates whole pairs of lines, for what one thread alone writes.
template <class T>
struct Apart {
  using value_type = T;
  Apart() = default;
  template <class U>
  Apart(const Apart<U>&) {}
  T* allocate(size_t count) {
    const size_t bytes = (count * sizeof(T) + APART - 1) / APART * APART;
    return static_cast<T*>(::operator new(bytes, std::align_val_t{APART}));
  }
  void deallocate(T* at, size_t) { ::operator delete(at, std::align_val_t{APART}); }
  bool operator==(const Apart&) const { return true; }
  bool operator!=(const Apart&) const { return false; }
};

template <class T>
using Own = std::vector<T, Apart<T>>;

// A pool of threads as OpenMP runtimes offer it; `parallel` is null where there is none.
struct Pool {
  void (*parallel)(void (*work)(void*), void* context, unsigned threads, unsigned flags);
  int (*size)();
  int (*number)();
};

inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr int MOST_THREADS = 64;

// Everybody tells everybody, each in a line of memory of its own: a message takes one way, not two.
class Barrier {
 public:
  void wait(int id, int threads) {
    arrive(id);
    await(id, threads);
  }

  // Tells the others that what they wait for is done.
  void arrive(int id) {
    const int64_t turn = turns_[id].value.load(std::memory_order_relaxed) + 1;
    turns_[id].value.store(turn, std::memory_order_release);
  }

  // Returns when all others have arrived as often.
  void await(int id, int threads) const {
    const int64_t turn = turns_[id].value.load(std::memory_order_relaxed);
    for (int other = 0; other < threads; ++other) {
      // a moment at full attention, then the core is offered to whoever else wants it
      for (int spin = 0; turns_[other].value.load(std::memory_order_acquire) < turn; ++spin) {
        if (spin < 4000) {
          if (spin > 100) pause();
        } else {
          std::this_thread::yield();
        }
      }
    }
  }

 private:
  struct alignas(APART) Turn {
    std::atomic<int64_t> value{0};
  };
  Turn turns_[MOST_THREADS];
};

// Runs work(id, threads) on a team; a pool may give fewer threads than were asked for.
template <class Work>
void on_team(const Pool& pool, int threads, const Work& work) {
  if (threads <= 1) {
    work(0, 1);
    return;
  }
  if (pool.parallel == nullptr) {
    std::vector<std::thread> others;
    for (int id = 1; id < threads; ++id) others.emplace_back([&work, id, threads] { work(id, threads); });
    work(0, threads);
    for (auto& other : others) other.join();
    return;
  }
  struct Context {
    const Pool& pool;
    const Work& work;
  } context{pool, work};
  pool.parallel(
      [](void* given) {
        const Context& context = *static_cast<const Context*>(given);
        context.work(context.pool.number(), context.pool.size());
      },
      &context, static_cast<unsigned>(threads), 0u);
}

}  // namespace lstmkit
