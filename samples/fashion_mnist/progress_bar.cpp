#include "progress_bar.h"

#include <unistd.h>

#include <cstdio>

using std::chrono::steady_clock;

ProgressBar::ProgressBar(std::string title, std::int64_t total)
    : title_(std::move(title)),
      total_(total),
      on_terminal_(isatty(STDOUT_FILENO) != 0),
      start_(steady_clock::now()),
      next_(start_) {}

double ProgressBar::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - start_).count();
}

void ProgressBar::draw(std::int64_t done, double loss) const {
  constexpr int width = 30;
  const int filled = total_ > 0 ? static_cast<int>(done * width / total_) : width;
  std::printf("%s%s [", on_terminal_ ? "\r" : "", title_.c_str());
  for (int i = 0; i < width; ++i) std::putchar(i < filled ? '#' : '.');
  std::printf("] %3lld%%  loss %.4f  %.1f s", static_cast<long long>(total_ > 0 ? done * 100 / total_ : 100),
              loss, seconds());
  std::fflush(stdout);
}

void ProgressBar::show(std::int64_t done, double loss) {
  const auto now = steady_clock::now();
  if (!on_terminal_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  draw(done, loss);
}

void ProgressBar::finish(double loss) {
  draw(total_, loss);
  std::putchar('\n');
  std::fflush(stdout);
}
