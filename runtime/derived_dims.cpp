#include "argument_text.h"
#include "arguments.h"
#include "plan.h"

namespace kiln::runtime {
namespace {

constexpr int64_t i32_bytes = 4;

Message& begin(const Arguments& arguments, int64_t argument, Message& message) {
  write_function_name(arguments.image, arguments.function_index, message);
  return message << ": " << arguments.function().arguments[argument].name;
}

/// The caller's memory may not be aligned; that is said later.
template <class Integer>
int64_t load(const void* data, int64_t at) {
  Integer value;
  __builtin_memcpy(&value, static_cast<const char*>(data) + at * int64_t{sizeof value}, sizeof value);
  return value;
}

}  // namespace

bool counts_rows(const kiln_image_function& function, int32_t argument) {
  const kiln_image_argument& declared = function.arguments[argument];
  if (declared.kind != KILN_ARGUMENT_TENSOR || declared.direction != KILN_DIRECTION_IN) return false;
  for (int32_t i = 0; i < function.dim_count; ++i)
    for (int32_t k = 0; k < function.dims[i].factor_count; ++k)
      if (function.dims[i].factors[k] == argument) return true;
  return false;
}

int64_t Arguments::Lengths::at(int64_t row) const {
  if (!are_offsets) return load<int32_t>(data, row);
  if (!are_wide) return load<int32_t>(data, row + 1) - load<int32_t>(data, row);
  int64_t length = 0;  // from below 0 to above it may be more than 64 bits hold: then it is negative
  __builtin_sub_overflow(load<int64_t>(data, row + 1), load<int64_t>(data, row), &length);
  return length;
}

bool Arguments::are_offsets(int32_t argument) const {
  return function().arguments[argument].kind == KILN_ARGUMENT_TENSOR && tensor(argument).form == KILN_OFFSETS;
}

/// The form of an argument that is not as the function declares it.
kiln_status Arguments::check_offsets(int32_t argument, Message& message) const {
  const kiln_tensor& given = tensor(argument);
  if (given.form != KILN_OFFSETS || !counts_rows(function(), argument)) {
    begin(*this, argument, message)
        << ": kiln_tensor.form is " << given.form
        << ", expected 0: only lengths of rows that the call reads may be offsets (KILN_OFFSETS)";
    return KILN_INVALID_ARGUMENT;
  }
  const bool fits = given.rank == 1 && (given.element == KILN_I32 || given.element == KILN_I64);
  if (fits && given.extents[0] >= 1) return KILN_OK;
  begin(*this, argument, message)
      << ": expected offsets, i32 or i64 of rank 1, one more than there are rows, got ";
  write_shape(given.element, given.extents, given.rank, message);
  return KILN_INVALID_ARGUMENT;
}

void Arguments::write_lengths(int32_t argument, void* to) const {
  const kiln_tensor& given = tensor(argument);
  const Lengths lengths{given.data, given.extents[0] - 1, true, given.element == KILN_I64};
  for (int64_t row = 0; row < lengths.count; ++row)
    static_cast<int32_t*>(to)[row] = static_cast<int32_t>(lengths.at(row));
}

kiln_status Arguments::lengths_of(int32_t argument, Lengths& lengths, Message& message) const {
  if (function().arguments[argument].kind == KILN_ARGUMENT_SCALAR) {
    lengths = {values[argument], 1, false, false};
    return KILN_OK;
  }
  const kiln_tensor& given = tensor(argument);
  // Of rank 1 where they are those of rows; the longest is also asked of tensors with more axes.
  int64_t count = given.extents[0];
  for (int32_t axis = 1; axis < given.rank; ++axis) count *= given.extents[axis];
  const bool has_end = are_offsets(argument);
  lengths = {given.data, has_end ? count - 1 : count, has_end, given.element == KILN_I64};
  if (lengths.data != nullptr || count == 0) return KILN_OK;
  begin(*this, argument, message) << ": the data is null, expected "
                                  << count * (lengths.are_wide ? 2 : 1) * i32_bytes << " bytes";
  return KILN_INVALID_ARGUMENT;
}

kiln_status Arguments::derive_dim(const kiln_image_dim& dim, int64_t& value, Message& message) const {
  Lengths first{};
  kiln_status status = lengths_of(dim.argument, first, message);
  if (status != KILN_OK) return status;
  int64_t total = 0, longest = 0;
  for (int64_t at = 0; at < first.count; ++at) {
    int64_t product = 1;
    for (int32_t i = 0; i < dim.factor_count; ++i) {
      const auto argument = static_cast<int32_t>(dim.factors[i]);
      Lengths lengths{};
      status = lengths_of(argument, lengths, message);
      if (status != KILN_OK) return status;
      if (lengths.count != first.count) {
        begin(*this, argument, message) << ": " << lengths.count << " lengths, but "
                                        << function().arguments[dim.argument].name << " has " << first.count;
        return KILN_INVALID_ARGUMENT;
      }
      const int64_t length = lengths.at(at);
      if (length < 0 && lengths.are_offsets) {
        begin(*this, argument, message)
            << "[" << at + 1 << "] is less than [" << at << "], but offsets never fall";
        return KILN_INVALID_ARGUMENT;
      }
      if (length > greatest_extent) {
        begin(*this, argument, message) << ": row " << at << " is longer than " << greatest_extent;
        return KILN_INVALID_ARGUMENT;
      }
      if (length < 0) {
        begin(*this, argument, message);
        if (dim.kind != KILN_DIM_VALUE) message << "[" << at << "]";
        message << " is " << length << ", but a length is at least 0";
        return KILN_INVALID_ARGUMENT;
      }
      product *= length;  // of two numbers below 2^31
      if (product > greatest_extent) product = greatest_extent + 1;
    }
    total += product;
    longest = product > longest ? product : longest;
    if (total <= greatest_extent) continue;
    begin(*this, dim.argument, message) << ": the lengths make more than " << greatest_extent << " elements";
    return KILN_INVALID_ARGUMENT;
  }
  value = dim.kind == KILN_DIM_LONGEST ? longest : total;
  return KILN_OK;
}

kiln_status Arguments::bind_dims(int64_t* dims, Message& message) const {
  for (int32_t i = 0; i < function().dim_count; ++i) {
    const kiln_image_dim& dim = function().dims[i];
    if (dim.kind != KILN_DIM_BOUND) {
      const kiln_status status = derive_dim(dim, dims[i], message);
      if (status != KILN_OK) return status;
      continue;
    }
    dims[i] =
        dim.axis < 0 ? *static_cast<const int64_t*>(values[dim.argument]) : extent(dim.argument, dim.axis);
  }
  return KILN_OK;
}

kiln_status Arguments::check_derived_dims(const Plan& plan, const int64_t* dims, Message& message) const {
  for (int32_t i = 0; i < function().dim_count; ++i) {
    const kiln_image_dim& dim = function().dims[i];
    const bool is_longest = dim.kind == KILN_DIM_LONGEST;
    if (dim.kind == KILN_DIM_BOUND || dims[i] == plan.dims[i]) continue;
    if (is_longest && dims[i] < plan.dims[i]) continue;
    begin(*this, dim.argument, message)
        << ": " << dim.name << " is " << dims[i] << ", but the plan was made for "
        << (is_longest ? "at most " : "") << plan.dims[i];
    return KILN_INVALID_ARGUMENT;
  }
  return KILN_OK;
}

}  // namespace kiln::runtime
