// Four threads, each with a context of its own, call one const model; built with the thread sanitizer, which
// sees this program and the calls of libc and of threads that the libraries make.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "small_net.hpp"

namespace {

constexpr int batch = 24;

struct Answer {
  std::vector<std::int32_t> label = std::vector<std::int32_t>(batch);
  std::vector<float> score = std::vector<float>(batch);
};

bool same(const Answer& a, const Answer& b) { return a.label == b.label && a.score == b.score; }

}  // namespace

int main() {
  std::vector<float> x(batch * 13);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) / 17;
  small_net::context context;
  const small_net::Net net(context, 1);
  Answer expected;
  small_net::predict(context, net, {x, {batch, 13}}, expected.label, expected.score);

  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
      options.threads = 1 + number % 2;
      small_net::context own(options);
      for (int i = 0; i < 200; ++i) {
        Answer answer;
        small_net::predict(own, net, {x, {batch, 13}}, answer.label, answer.score);
        if (!same(answer, expected)) ++wrong;
        if (i % 50 == 0) {
          const small_net::Net copy = net.copy(own);
          small_net::predict(own, copy, {x, {batch, 13}}, answer.label, answer.score);
          if (!same(answer, expected)) ++wrong;
        }
      }
    });
  for (std::thread& thread : threads) thread.join();

  // One context in two threads is refused, not corrupted.
  std::atomic<int> done{0}, busy{0};
  std::vector<std::thread> rivals;
  for (int number = 0; number < 2; ++number)
    rivals.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        Answer answer;
        const auto result = small_net_predict(context.c(), net.c(), nullptr, nullptr,
                                              nullptr);  // null: refused, unless the other one is inside
        (result == KILN_BUSY ? busy : done) += 1;
        if (result != KILN_BUSY && result != KILN_INVALID_ARGUMENT) ++wrong;
      }
    });
  for (std::thread& thread : rivals) thread.join();
  std::printf("4 threads, one model: %d wrong; one context in two threads: %d calls, %d refused as busy\n",
              wrong.load(), done.load(), busy.load());
  return wrong.load() == 0 ? 0 : 1;
}
