#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "sema/typed.h"

namespace kiln::elaborate {

enum class Direction : uint8_t { in, inout, out };

/// One argument of the C function, or one result. Tuples are several ("cache.k").
struct Argument {
  std::string name;
  std::string documentation;
  sema::ArgumentKind kind = sema::ArgumentKind::tensor;
  Direction direction = Direction::in;
  graph::Type type;         // tensor (rank 0: a scalar) and rng (u64[2])
  uint32_t model = 0;       // model: position in Module::models
  std::string dim;          // dim: the symbol
  std::string source_type;  // as written: "u8[B, 28, 28]"
  // Its leaves are these neighbours of the graph's inputs (in, inout) and outputs (inout, out). A dim has
  // none.
  uint32_t first_input = 0, input_count = 0;
  uint32_t first_output = 0, output_count = 0;
};

/// An exported function, an initialiser or a test as a graph. Inputs: the leaves of the arguments in order.
/// Outputs: the leaves of the inout arguments in order, then the results. Symbols of dims that no argument
/// binds by a bare axis come from dim arguments.
struct Function {
  std::string name;  // of initialisers: "Classifier.init"; of tests: the title
  std::string documentation;
  Span span;
  std::vector<Argument> arguments;  // results last
  graph::Function graph;
  std::vector<Origin> calls;  // that were inlined: `Origin::call` n is calls[n - 1]
  std::map<std::string, std::string> annotations;
};

struct ModelType {
  std::string name;
  std::string documentation;
  std::vector<sema::Leaf> leaves;  // shapes are constant
  Function initialiser;            // one rng argument; one result for each leaf
};

/// A whole .model file, ready for the graph passes.
struct Module {
  std::string name;
  std::string documentation;
  std::vector<ModelType> models;
  std::vector<Function> functions;
  std::vector<Function> tests;
  std::vector<Function> properties;  // tests with arguments: to be tried on values that are drawn
};

}  // namespace kiln::elaborate
