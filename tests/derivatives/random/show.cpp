// Prints the program of a seed: show_random_derivative SEED
#include <cstdio>
#include <cstdlib>

#include "random_program.h"

int main(int, char** arguments) {
  using namespace kiln::derivatives;
  const auto program = make_program(choices_of(std::strtoull(arguments[1], nullptr, 10)), "f");
  std::printf("%s%s", shared_functions, program.text.c_str());
}
