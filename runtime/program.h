#pragma once

#include "image.h"

namespace kiln::runtime {

enum class ProgramError { none, overflow, divisor, malformed };

struct ProgramResult {
  int64_t value;
  ProgramError error;
};

/// The value of an integer program of the image over the dims of its function.
ProgramResult evaluate(kiln_program program, const int64_t* dims);

/// "leaves 64 bits", to stand after the text of an expression.
const char* describe_error(ProgramError error);

/// Calls visit(position) for each dim that the program reads, in order, repeated ones too.
template <class Visit>
void for_each_dim(kiln_program program, Visit visit) {
  for (const int64_t* at = program; *at != KILN_PROGRAM_END; ++at) {
    if (*at == KILN_PROGRAM_CONSTANT) {
      ++at;
    } else if (*at == KILN_PROGRAM_DIM) {
      visit(*++at);
    }
  }
}

/// Whether the program is one literal, so that its text needs no "with".
inline bool is_literal(kiln_program program) {
  return program[0] == KILN_PROGRAM_CONSTANT && program[2] == KILN_PROGRAM_END;
}

/// Whether the program is one dim, so that its text is the dim's name.
inline bool is_bare_dim(kiln_program program) {
  return program[0] == KILN_PROGRAM_DIM && program[2] == KILN_PROGRAM_END;
}

}  // namespace kiln::runtime
