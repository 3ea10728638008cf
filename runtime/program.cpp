#include "program.h"

namespace kiln::runtime {
namespace {

constexpr int stack_size = 128;  // deeper than any extent or condition that a person writes

ProgramError apply(int64_t operation, int64_t a, int64_t b, int64_t& result) {
  switch (operation) {
    case KILN_PROGRAM_ADD:
      return __builtin_add_overflow(a, b, &result) ? ProgramError::overflow : ProgramError::none;
    case KILN_PROGRAM_SUBTRACT:
      return __builtin_sub_overflow(a, b, &result) ? ProgramError::overflow : ProgramError::none;
    case KILN_PROGRAM_MULTIPLY:
      return __builtin_mul_overflow(a, b, &result) ? ProgramError::overflow : ProgramError::none;
    case KILN_PROGRAM_QUOTIENT:
    case KILN_PROGRAM_REMAINDER: {
      if (b < 1) return ProgramError::divisor;
      int64_t quotient = a / b, remainder = a % b;
      if (remainder < 0) {
        --quotient;
        remainder += b;
      }
      result = operation == KILN_PROGRAM_QUOTIENT ? quotient : remainder;
      return ProgramError::none;
    }
    case KILN_PROGRAM_MINIMUM: result = a < b ? a : b; return ProgramError::none;
    case KILN_PROGRAM_MAXIMUM: result = a > b ? a : b; return ProgramError::none;
    case KILN_PROGRAM_AND: result = a != 0 && b != 0; return ProgramError::none;
    case KILN_PROGRAM_OR: result = a != 0 || b != 0; return ProgramError::none;
    default: return ProgramError::malformed;
  }
}

bool is_unary(int64_t operation) {
  return operation == KILN_PROGRAM_AT_LEAST_ZERO || operation == KILN_PROGRAM_EQUAL_ZERO ||
         operation == KILN_PROGRAM_NOT;
}

}  // namespace

ProgramResult evaluate(kiln_program program, const int64_t* dims) {
  int64_t stack[stack_size];
  int depth = 0;
  for (const int64_t* at = program; *at != KILN_PROGRAM_END; ++at) {
    const int64_t operation = *at;
    if (operation == KILN_PROGRAM_CONSTANT || operation == KILN_PROGRAM_DIM) {
      if (depth == stack_size) return {0, ProgramError::malformed};
      ++at;
      stack[depth++] = operation == KILN_PROGRAM_CONSTANT ? *at : dims[*at];
    } else if (is_unary(operation)) {
      if (depth < 1) return {0, ProgramError::malformed};
      int64_t& top = stack[depth - 1];
      top = operation == KILN_PROGRAM_AT_LEAST_ZERO ? top >= 0 : top == 0;
    } else {
      if (depth < 2) return {0, ProgramError::malformed};
      --depth;
      const ProgramError error = apply(operation, stack[depth - 1], stack[depth], stack[depth - 1]);
      if (error != ProgramError::none) return {0, error};
    }
  }
  if (depth != 1) return {0, ProgramError::malformed};
  return {stack[0], ProgramError::none};
}

const char* describe_error(ProgramError error) {
  switch (error) {
    case ProgramError::none: return "is fine";
    case ProgramError::overflow: return "leaves 64 bits";
    case ProgramError::divisor: return "divides by a number below 1";
    case ProgramError::malformed: return "is malformed in the library";
  }
  return "";
}

}  // namespace kiln::runtime
