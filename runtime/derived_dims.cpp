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
int64_t load_i32(const void* data, int64_t at) {
  int32_t value;
  __builtin_memcpy(&value, static_cast<const char*>(data) + at * i32_bytes, sizeof value);
  return value;
}

}  // namespace

kiln_status Arguments::lengths_of(int32_t argument, Lengths& lengths, Message& message) const {
  if (function().arguments[argument].kind == KILN_ARGUMENT_SCALAR) {
    lengths = {values[argument], 1};
    return KILN_OK;
  }
  lengths = {tensor(argument).data, tensor(argument).extents[0]};
  if (lengths.data != nullptr || lengths.count == 0) return KILN_OK;
  begin(*this, argument, message) << ": the data is null, expected " << lengths.count * i32_bytes << " bytes";
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
      const int64_t length = load_i32(lengths.data, at);
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
    dims[i] = dim.axis < 0 ? *static_cast<const int64_t*>(values[dim.argument])
                           : tensor(dim.argument).extents[dim.axis];
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
