// Runs the engine on random cases, without Python and without torch, so that sanitizers see all of it.
//
//     driver [--first SEED] [--cases COUNT] [--minutes COUNT] [--cell NAME] [--record FILE] [--against FILE]
//     driver --seed SEED     repeats one case
//     driver --break memory|alignment|race|value     does something wrong, which must be found
//
// --record writes what every case gives, --against compares with what another build of the driver wrote.
// With -DLIBFUZZER the same cases are drawn from the bytes of clang's fuzzer.

#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <unistd.h>

#include "laws.h"

// what sanitizers call before they stop the process
extern "C" void __sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }

namespace {

const Case* now = nullptr;
constexpr unsigned SECONDS = 300;  // longer than any case takes: threads wait for each other

void say_which() {
  if (now == nullptr) return;
  std::fprintf(stderr, "\nseed %llu:\n", static_cast<unsigned long long>(now->seed));
  now->print(stderr);
}

Outputs run_case(uint64_t seed, Draw draw, const std::string& cell) {
  const Case one(seed, draw, cell);
  now = &one;
  alarm(SECONDS);
  lstmkit::Program* program = lstmkit_program(one.cell->described(one.sizes).data());
  Outputs found;
  {
    const Inputs inputs(one, *program, draw);
    found = Laws(*program, one, inputs).check();
  }
  lstmkit_forget(program);
  now = nullptr;
  return found;
}

void prepare_for_the_worst() {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_which);
  std::signal(SIGALRM, [](int) {
    say_which();
    std::fprintf(stderr, "  not done after %u seconds\n", SECONDS);
    std::abort();
  });
}

}  // namespace

#ifdef LIBFUZZER

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  static const bool prepared = (prepare_for_the_worst(), true);
  run_case(0, Draw(prepared, bytes, count), "");
  return 0;
}

#else

namespace {

// Outputs of many cases in a file, one after another.
class Record {
 public:
  Record(const std::string& path, const char* mode) : file_(path.empty() ? nullptr : std::fopen(path.c_str(), mode)) {
    if (!path.empty() && file_ == nullptr) std::perror(path.c_str()), std::exit(2);
  }
  ~Record() { if (file_ != nullptr) std::fclose(file_); }

  void write(const Outputs& outputs) {
    if (file_ == nullptr) return;
    for (const auto& one : outputs)
      if (!one.values.empty()) std::fwrite(one.values.data(), sizeof(float), one.values.size(), file_);
  }

  void compare_with(const Case& of, const Outputs& found) {
    if (file_ == nullptr) return;
    Outputs expected = found;
    for (auto& one : expected) {
      const size_t count = one.values.size();
      if (count > 0 && std::fread(one.values.data(), sizeof(float), count, file_) != count)
        fail(of, "another build", "its record ends here; it was made with other cases");
    }
    compare(of, "another build", found, expected, ACROSS_BUILDS);
  }

 private:
  FILE* file_;
};

int run_all(std::map<std::string, std::string>& asked) {
  const auto number = [&](const char* name, uint64_t otherwise) {
    return asked[name].empty() ? otherwise : std::strtoull(asked[name].c_str(), nullptr, 10);
  };
  const bool endless = !asked["--minutes"].empty();
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration<double>(60.0 * std::strtod(asked["--minutes"].c_str(), nullptr));
  // cases of an endless run are new ones every time
  const uint64_t chance = endless ? (uint64_t{std::random_device{}()} << 16) : 1;
  uint64_t seed = number("--seed", number("--first", chance)), done = 0;
  const uint64_t most = asked["--seed"].empty() ? number("--cases", 100) : 1;
  Record to(asked["--record"], "wb"), from(asked["--against"], "rb");
  const uint64_t first = seed;
  for (; endless ? std::chrono::steady_clock::now() < end : done < most; ++seed, ++done) {
    const Outputs found = run_case(seed, Draw(seed), asked["--cell"]);
    to.write(found);
    Draw again(seed);
    from.compare_with(Case(seed, again, asked["--cell"]), found);
  }
  std::printf("%llu cases from seed %llu on, vectors of %d floats: nothing found\n",
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(first), lstmkit::WIDTH);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  std::map<std::string, std::string> asked = {{"--first", ""}, {"--cases", ""}, {"--minutes", ""}, {"--cell", ""},
                                              {"--record", ""}, {"--against", ""}, {"--seed", ""}, {"--break", ""}};
  for (int k = 1; k < count; k += 2) {
    if (asked.count(words[k]) == 0 || k + 1 == count) {
      std::fprintf(stderr, "driver: expected an option and its value, got %s; options:", words[k]);
      for (const auto& option : asked) std::fprintf(stderr, " %s", option.first.c_str());
      std::fprintf(stderr, "\n");
      return 2;
    }
    asked[words[k]] = words[k + 1];
  }
  prepare_for_the_worst();
  broken = asked["--break"];
  return run_all(asked);
}

#endif
