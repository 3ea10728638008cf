#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "generate_program.h"

/// show_program FILE: the program that an input of the target `program` stands for.
int main(int count, char** arguments) {
  if (count != 2) return 1;
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 2) return 1;
  std::fputs(kiln::fuzz::generate_program(kiln::fuzz::Bytes(bytes).subspan(1)).text.c_str(), stdout);
  return 0;
}
