#include "shrink.h"

namespace kiln::derivatives {
namespace {

class Shrinker {
 public:
  Shrinker(std::vector<uint8_t> choices, int tries,
           const std::function<bool(const std::vector<uint8_t>&)>& fails)
      : best_(std::move(choices)), tries_(tries), fails_(fails) {}

  std::vector<uint8_t> run() {
    std::vector<uint8_t> before;
    do {
      before = best_;
      for (size_t size = best_.size(); size > 0; size /= 2) remove(size);
      for (size_t size = 16; size > 0; size /= 2) clear(size);
      for (size_t i = 0; i < best_.size(); ++i) lower(i);
    } while (best_ != before && tries_ > 0);
    return best_;
  }

 private:
  bool is_better(const std::vector<uint8_t>& candidate) {
    if (tries_ <= 0 || candidate == best_) return false;
    --tries_;
    if (!fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  void remove(size_t size) {
    for (size_t at = best_.size(); at-- > 0 && tries_ > 0;) {
      if (at + size > best_.size()) continue;
      std::vector<uint8_t> candidate = best_;
      const auto from = candidate.begin() + static_cast<std::ptrdiff_t>(at);
      candidate.erase(from, from + static_cast<std::ptrdiff_t>(size));
      is_better(candidate);
    }
  }

  void clear(size_t size) {
    for (size_t at = 0; at + size <= best_.size() && tries_ > 0; at += size) {
      std::vector<uint8_t> candidate = best_;
      for (size_t i = at; i < at + size; ++i) candidate[i] = 0;
      is_better(candidate);
    }
  }

  /// Bytes choose by their remainder: the smallest few stand for all that matters.
  void lower(size_t at) {
    for (uint8_t value = 0; value < best_[at] && value < 24; ++value) {
      std::vector<uint8_t> candidate = best_;
      candidate[at] = value;
      if (is_better(candidate)) return;
    }
  }

  std::vector<uint8_t> best_;
  int tries_;
  const std::function<bool(const std::vector<uint8_t>&)>& fails_;
};

}  // namespace

std::vector<uint8_t> shrink(std::vector<uint8_t> choices, int tries,
                            const std::function<bool(const std::vector<uint8_t>&)>& fails) {
  return Shrinker(std::move(choices), tries, fails).run();
}

}  // namespace kiln::derivatives
