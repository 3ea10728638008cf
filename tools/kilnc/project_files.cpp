#include "project_files.h"

#include <array>

namespace kiln::tools {

namespace {

constexpr const char* model_text = R"(/// A small network that learns a function of one number.
import nn
import optim

model Network(Hidden: dim) {
  input: nn.Linear(1, Hidden)
  hidden: nn.Linear(Hidden, Hidden)
  output: nn.Linear(Hidden, 1)

  fn call(x: f32[B]) -> y: f32[B] {
    let column: f32[B, 1] = for[b, c: 1] x[b]
    let h = tanh(hidden(tanh(input(column))))
    let z = output(h)
    y[b] = z[b, 0]
  }
}

/// What is trained, saved and loaded.
export type Model = Network(32)

/// What training remembers from step to step.
export type Optimizer = optim.Adam(Model)

/// The value of the learnt function at each x.
export fn predict(m: Model, x: f32[B]) -> y: f32[B] = m(x)

/// One step of training; returns the mean squared error before it.
export fn train_step(inout m: Model, inout opt: Optimizer, x: f32[B], y: f32[B], lr: f32)
    -> loss: f32
    where B >= 1 {
  let (l, g) = value_and_grad(m) { nn.mse(m(x), y) }
  opt.step(&m, g, lr)
  loss = l
}

test "a step of training lowers the loss on the same batch" {
  var m = Model.init(Rng(1))
  var opt = Optimizer.init(Rng(2))
  var rng = Rng(3)
  let x: f32[16] = rng.normal()
  let y[b] = sin(x[b])
  let before = train_step(&m, &opt, x, y, 1e-2)
  let after = train_step(&m, &opt, x, y, 1e-2)
  assert after < before
}

test "equal inputs have equal outputs" for x: f32 {
  let pair = for[i: 2] x
  let y = predict(Model.init(Rng(1)), pair)
  assert y[0] == y[1]
}
)";

constexpr const char* main_text =
    R"(// Trains the model of @NAME@.model to be a sine and saves it. Nothing of Kiln but the library is needed to run this.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "@NAME@.hpp"

int main() {
  @NAME@::context context;
  @NAME@::Model model(context, /*seed*/ 1);
  @NAME@::Optimizer optimizer(context, /*seed*/ 2);

  std::mt19937 random(3);
  std::uniform_real_distribution<float> draw(-3, 3);
  constexpr int batch = 64;
  std::vector<float> x(batch), y(batch);
  float loss = 0;
  for (int step = 1; step <= 1000; ++step) {
    for (int i = 0; i < batch; ++i) {
      x[i] = draw(random);
      y[i] = std::sin(x[i]);
    }
    loss = @NAME@::train_step(context, model, optimizer, {x.data(), {batch}}, {y.data(), {batch}}, 3e-3f);
    if (step % 200 == 0) std::printf("step %d: loss %.6f\n", step, loss);
  }
  model.save(context, "@NAME@.safetensors");
  return loss < 0.01f ? 0 : 1;
}
)";

constexpr const char* cmake_text = R"(cmake_minimum_required(VERSION 3.16)
project(@NAME@ LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(KILNC kilnc REQUIRED)  # elsewhere than in PATH: cmake -DKILNC=/path/to/kilnc

# The model as a library with its headers; made again when it changes.
set(model ${CMAKE_CURRENT_SOURCE_DIR}/@NAME@.model)
set(library ${CMAKE_CURRENT_BINARY_DIR}/lib@NAME@.so)
add_custom_command(
  OUTPUT ${library}
  BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/@NAME@.h ${CMAKE_CURRENT_BINARY_DIR}/@NAME@.hpp
  COMMAND ${KILNC} build ${model} -o ${library} --target native
  DEPENDS ${model}
  VERBATIM)
add_custom_target(@NAME@_library DEPENDS ${library})
add_library(@NAME@_model SHARED IMPORTED)
set_target_properties(@NAME@_model PROPERTIES IMPORTED_LOCATION ${library} IMPORTED_NO_SONAME TRUE
                                              INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR})

add_executable(@NAME@ main.cpp)
add_dependencies(@NAME@ @NAME@_library)
target_link_libraries(@NAME@ PRIVATE @NAME@_model)
set_target_properties(@NAME@ PROPERTIES BUILD_RPATH ${CMAKE_CURRENT_BINARY_DIR})

enable_testing()
add_test(NAME model COMMAND ${KILNC} test ${model})
add_test(NAME program COMMAND @NAME@)
)";

constexpr const char* readme_text = R"(# @NAME@

A model in [Kiln](@NAME@.model) and a [C++ program](main.cpp) that trains it.

```
kilnc test                          # the tests of the model
cmake -B build && cmake --build build
build/@NAME@                        # trains and writes @NAME@.safetensors
ctest --test-dir build              # both
```

More to try: `kilnc run @NAME@.model predict --arg x=[0,1,2]`, `kilnc explain @NAME@.model train_step`,
`kilnc repl @NAME@.model`, `kilnc fmt .`, `kilnc doc @NAME@.model`.
)";

constexpr const char* ignore_text = "build/\n*.so\n*.safetensors\n";

}  // namespace

std::span<const ProjectFile> project_files() {
  static constexpr std::array files = {
      ProjectFile{"@NAME@.model", model_text},   ProjectFile{"main.cpp", main_text},
      ProjectFile{"CMakeLists.txt", cmake_text}, ProjectFile{"README.md", readme_text},
      ProjectFile{".gitignore", ignore_text},
  };
  return files;
}

}  // namespace kiln::tools
