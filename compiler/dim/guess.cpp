#include "dim/guess.h"

namespace kiln::dim {

int64_t guess(const Dim& dim) {
  constexpr int64_t guessed_extent = 64;
  std::map<std::string, int64_t> values;
  for (const std::string& symbol : dim.symbols()) values[symbol] = guessed_extent;
  return dim.evaluate(values).value_or(guessed_extent);
}

}  // namespace kiln::dim
