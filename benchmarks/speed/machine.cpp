// What the processor can do at most: multiply-adds, bytes read from memory of a given size, and how
// soon two cores hear of one another. Prints one line of JSON:
// {"fma": {threads: flop/s}, "read": {threads: {bytes: bytes/s}}, "travel": [seconds there and back]}.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int WIDTH = 64;
#elif defined(__AVX2__)
constexpr int WIDTH = 32;
#else
constexpr int WIDTH = 16;
#endif
typedef float V __attribute__((vector_size(WIDTH)));
constexpr int FLOATS = WIDTH / 4;

static double now() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static volatile float sink;

static float sum(V v) {
    float total = 0;
    for (int k = 0; k < FLOATS; ++k) total += v[k];
    return total;
}

// twelve sums that wait for nothing but themselves; named one by one so that they stay in registers
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
constexpr int SUMS = 12;

__attribute__((noinline)) static V multiply_add(V start, V factor, long rounds) {
    asm volatile("");  // so that no call is taken for a repeat of the last
#define DECLARE(k) V a##k = start + float(k);
#define STEP(k) a##k = a##k * factor + start;
    EACH(DECLARE)
    for (long r = 0; r < rounds; ++r) {
        EACH(STEP)
        EACH(STEP)
    }
#define ADD(k) +a##k
    return start EACH(ADD);
}

__attribute__((noinline)) static V read_all(const V *data, long vectors) {
    asm volatile("");
    V s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{};
    for (long k = 0; k < vectors; k += 8) {
        s0 += data[k], s1 += data[k + 1], s2 += data[k + 2], s3 += data[k + 3];
        s4 += data[k + 4], s5 += data[k + 5], s6 += data[k + 6], s7 += data[k + 7];
    }
    return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
}

// work done per second by all threads, the best of several tries: others only ever take away
template <class Work> static double best(int threads, double seconds, Work work) {
    double found = 0;
    for (int attempt = 0; attempt < 5; ++attempt) {
        std::atomic<int> ready{0};
        std::vector<double> rates(threads);
        std::vector<std::thread> pool;
        for (int t = 0; t < threads; ++t)
            pool.emplace_back([&, t] {
                work(t);  // warm
                ++ready;
                while (ready < threads) std::this_thread::yield();
                double began = now(), done = 0;
                do done += work(t);
                while (now() - began < seconds);
                rates[t] = done / (now() - began);
            });
        for (auto &one : pool) one.join();
        double rate = 0;
        for (double one : rates) rate += one;
        found = std::max(found, rate);
    }
    return found;
}

struct alignas(128) Line {
    std::atomic<long> turn{0};
};

// how long a line of memory takes from one core to another and back
static double travel() {
    Line there, back;
    constexpr long TURNS = 20000;
    std::thread other([&] {
        for (long k = 1; k <= TURNS; ++k) {
            while (there.turn.load(std::memory_order_acquire) < k) {}
            back.turn.store(k, std::memory_order_release);
        }
    });
    double began = now();
    for (long k = 1; k <= TURNS; ++k) {
        there.turn.store(k, std::memory_order_release);
        while (back.turn.load(std::memory_order_acquire) < k) {}
    }
    double seconds = now() - began;
    other.join();
    return seconds / TURNS;
}

int main(int count, char **words) {
    std::printf("{\"fma\": {");
    for (int w = 1; w < count; ++w) {
        double rate = best(std::atoi(words[w]), 0.05, [](int) {
            V zero{};
            sink = sum(multiply_add(zero + 1e-9f, zero + 0.5f, 20000));
            return 20000.0 * 2 * SUMS * FLOATS * 2;
        });
        std::printf("%s\"%s\": %.6g", w > 1 ? ", " : "", words[w], rate);
    }
    std::printf("}, \"read\": {");
    for (int w = 1; w < count; ++w) {
        int threads = std::atoi(words[w]);
        std::printf("%s\"%s\": {", w > 1 ? ", " : "", words[w]);
        // bytes of all threads together; each reads its own part
        for (long bytes = 1 << 16; bytes <= 1 << 27; bytes *= 2) {
            long vectors = bytes / threads / WIDTH / 8 * 8;
            std::vector<V *> data(threads);
            for (auto &one : data) {
                one = static_cast<V *>(std::aligned_alloc(4096, (vectors * WIDTH + 4095) / 4096 * 4096));
                std::fill_n(reinterpret_cast<float *>(one), vectors * FLOATS, 1.0f);
            }
            long again = std::max(1L, (1L << 22) / (vectors * WIDTH));
            double rate = best(threads, 0.03, [&](int t) {
                for (long k = 0; k < again; ++k) sink = sum(read_all(data[t], vectors));
                return double(again) * vectors * WIDTH;
            });
            for (auto *one : data) std::free(one);
            std::printf("%s\"%ld\": %.6g", bytes > 1 << 16 ? ", " : "", bytes, rate);
        }
        std::printf("}");
    }
    std::printf("}, \"travel\": [");
    // one number for each time that was tried, because cores are not always the same ones
    bool several = std::thread::hardware_concurrency() > 1;
    for (int attempt = 0; several && attempt < 5; ++attempt)
        std::printf("%s%.3g", attempt ? ", " : "", travel());
    std::printf("]}\n");
}
