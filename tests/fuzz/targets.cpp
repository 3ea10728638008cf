#include "targets.h"

#include <array>

namespace kiln::fuzz {

std::span<const Target> targets() {
  static constexpr std::array rows = {
      Target{"text", run_text, "source text: parse, check, elaborate, transform, interpret, schedule"},
      Target{"graph", run_graph, "graph text: read, verify, print, interpret"},
      Target{"values", run_values, "values of `kilnc run`: .npy, .safetensors, --arg"},
      Target{"program", run_program,
             "generated programs: to kernels, interpreted before and after the passes"},
      Target{"compiled", run_compiled, "generated programs: machine code against the interpreter"},
  };
  return rows;
}

}  // namespace kiln::fuzz
