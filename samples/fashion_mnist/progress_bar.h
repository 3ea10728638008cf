#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// One line that fills up: drawn again and again on a terminal, once when it is full elsewhere.
class ProgressBar {
 public:
  ProgressBar(std::string title, std::int64_t total);
  void show(std::int64_t done, double loss);
  void finish(double loss);

 private:
  void draw(std::int64_t done, double loss) const;
  double seconds() const;

  std::string title_;
  std::int64_t total_;
  bool on_terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};
