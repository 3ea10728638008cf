#include "plan.h"

#include "argument_text.h"
#include "arguments.h"
#include "element.h"
#include "program.h"

namespace kiln::runtime {
namespace {

int64_t count_extents(const kiln_image_function& function) {
  int64_t count = 0;
  for (int32_t i = 0; i < function.argument_count; ++i) count += function.arguments[i].tensor.rank;
  return count;
}

bool in_workspace(const kiln_image_buffer& buffer) {
  return buffer.kind == KILN_BUFFER_ARENA || buffer.kind == KILN_BUFFER_WORKER;
}

/// Makes one plan; the members are what its steps share.
class PlanMaker {
 public:
  PlanMaker(const kiln_image_module& image, Plan& plan, Message& message)
      : image_(image), plan_(plan), function_(*plan.function), message_(message) {}

  kiln_status check_conditions() {
    for (int32_t i = 0; i < function_.condition_count; ++i) {
      const kiln_image_condition& condition = function_.conditions[i];
      const ProgramResult holds = evaluate(condition.condition, plan_.dims);
      if (holds.error != ProgramError::none)
        return fail_expression(condition.text, condition.condition, holds.error);
      if (holds.value != 0) continue;
      begin() << "needs " << condition.text << ", but ";
      write_dims_of(function_, condition.condition, plan_.dims, message_);
      return KILN_INVALID_ARGUMENT;
    }
    return KILN_OK;
  }

  kiln_status size_arguments() {
    int64_t* extents = plan_.extents;
    for (int32_t i = 0; i < function_.argument_count; ++i) {
      const kiln_image_argument& argument = function_.arguments[i];
      plan_.argument_bytes[i] = 0;
      if (argument.kind != KILN_ARGUMENT_TENSOR) {
        extents += argument.tensor.rank;
        continue;
      }
      const ElementRow* row = element_row(argument.tensor.element);
      if (row == nullptr) return fail_inside("an argument of unknown element");
      int64_t bytes = row->bytes;
      bool overflow = false, empty = false;
      for (int32_t axis = 0; axis < argument.tensor.rank; ++axis) {
        const kiln_image_axis& declared = argument.tensor.axes[axis];
        const ProgramResult extent = evaluate(declared.extent, plan_.dims);
        if (extent.error != ProgramError::none)
          return fail_expression(declared.text, declared.extent, extent.error);
        if (extent.value < 0 || extent.value > greatest_extent)
          return fail_axis(argument, axis, extent.value);
        *extents++ = extent.value;
        empty = empty || extent.value == 0;
        overflow = __builtin_mul_overflow(bytes, extent.value, &bytes) || overflow;
      }
      if (overflow && !empty) {
        begin() << argument.name << ": ";
        write_declared(argument.tensor, message_);
        write_dims_of(function_, i, plan_.dims, message_);
        message_ << " takes more bytes than 64 bits can count";
        return KILN_INVALID_ARGUMENT;
      }
      plan_.argument_bytes[i] = empty ? 0 : bytes;
    }
    return KILN_OK;
  }

  kiln_status size_checks() {
    for (int32_t i = 0; i < function_.check_count; ++i) {
      const kiln_image_check& check = function_.checks[i];
      plan_.check_extents[i] = 0;
      if (check.kind != KILN_CHECK_INDEX) continue;
      const ProgramResult extent = evaluate(check.extent, plan_.dims);
      if (extent.error != ProgramError::none)
        return fail_expression(check.tensor, check.extent, extent.error);
      plan_.check_extents[i] = extent.value;
    }
    return KILN_OK;
  }

  /// A count of points that cannot be evaluated is one beyond 64 bits: there is work for all.
  void cut_kernels() {
    for (int32_t i = 0; i < function_.kernel_count; ++i) {
      const kiln_program parallel = function_.kernels[i].parallel;
      const ProgramResult pays = parallel == nullptr ? ProgramResult{1} : evaluate(parallel, plan_.dims);
      plan_.parts[i] = pays.error == ProgramError::none && pays.value == 0 ? 1 : plan_.threads;
    }
  }

  kiln_status place(Lifetime* lifetimes, int32_t* order) {
    int32_t count = 0;
    for (int32_t i = 0; i < function_.buffer_count; ++i) {
      const kiln_image_buffer& buffer = function_.buffers[i];
      if (!in_workspace(buffer)) continue;
      const ProgramResult bytes = evaluate(buffer.bytes, plan_.dims);
      if (bytes.error != ProgramError::none)
        return fail_expression("a size of work memory", buffer.bytes, bytes.error);
      const int64_t copies = buffer.kind == KILN_BUFFER_WORKER ? plan_.threads : 1;
      int64_t total = 0;
      if (bytes.value < 0) return fail_inside("a negative size of work memory");
      if (bytes.value > INT64_MAX - 64 || __builtin_mul_overflow(round_up(bytes.value), copies, &total))
        return fail_workspace();
      lifetimes[count++] = {total, buffer.first_kernel, buffer.last_kernel, -1};
    }
    const int64_t arena = place_buffers(lifetimes, count, order);
    if (arena < 0) return fail_workspace();
    int64_t table = table_bytes(function_) + dims_bytes(function_);
    for (int32_t i = 0; i < function_.argument_count; ++i) {
      plan_.lengths[i] = counts_rows(function_, i) ? table : -1;
      if (plan_.lengths[i] >= 0) table += round_up(plan_.argument_bytes[i]);
    }
    count = 0;
    for (int32_t i = 0; i < function_.buffer_count; ++i)
      plan_.offsets[i] = in_workspace(function_.buffers[i]) ? table + lifetimes[count++].offset : -1;
    plan_.workspace_bytes = table + arena;
    return KILN_OK;
  }

 private:
  Message& begin() {
    write_function_name(image_, plan_.function_index, message_);
    return message_ << ": ";
  }

  kiln_status fail_expression(const char* text, kiln_program program, ProgramError error) {
    begin() << text << " " << describe_error(error) << ": ";
    write_dims_of(function_, program, plan_.dims, message_);
    return error == ProgramError::malformed ? KILN_INTERNAL_ERROR : KILN_INVALID_ARGUMENT;
  }

  kiln_status fail_axis(const kiln_image_argument& argument, int32_t axis, int64_t extent) {
    const kiln_image_axis& declared = argument.tensor.axes[axis];
    begin() << argument.name << ": axis " << axis << " of ";
    write_declared(argument.tensor, message_);
    message_ << " would be " << declared.text << " = " << extent << " (";
    write_dims_of(function_, declared.extent, plan_.dims, message_);
    message_ << "), expected 0 to " << greatest_extent;
    return KILN_INVALID_ARGUMENT;
  }

  kiln_status fail_workspace() {
    begin() << "the work memory takes more bytes than 64 bits can count";
    return KILN_INVALID_ARGUMENT;
  }

  kiln_status fail_inside(const char* what) {
    begin() << "the library describes " << what;
    return KILN_INTERNAL_ERROR;
  }

  const kiln_image_module& image_;
  Plan& plan_;
  const kiln_image_function& function_;
  Message& message_;
};

}  // namespace

void write_function_name(const kiln_image_module& image, int32_t function, Message& message) {
  const char* name = image.functions[function].name;
  if (name != nullptr) {
    message << name;
    return;
  }
  for (int32_t i = 0; i < image.model_count; ++i) {
    if (image.models[i].initialise != function) continue;
    message << image.models[i].name << ".init";
    return;
  }
  for (int32_t i = 0; i < image.model_count; ++i)
    for (int32_t panels = 0; panels < image.models[i].panel_count; ++panels) {
      if (image.models[i].panels[panels].pack != function) continue;
      message << image.models[i].name << ".freeze";
      return;
    }
  message << "function " << function;
}

int64_t table_bytes(const kiln_image_function& function) {
  return round_up(int64_t{function.buffer_count} * int64_t{sizeof(void*)});
}

int64_t dims_bytes(const kiln_image_function& function) {
  if (function.counter_count == 0) return 0;
  return round_up((int64_t{function.dim_count} + function.counter_count) * int64_t{sizeof(int64_t)});
}

int64_t plan_block_bytes(const kiln_image_function& function) {
  const int64_t words = int64_t{function.dim_count} + function.counter_count + count_extents(function) +
                        2 * int64_t{function.argument_count} + function.check_count + function.buffer_count +
                        function.kernel_count;
  return int64_t{sizeof(Plan)} + words * int64_t{sizeof(int64_t)};
}

kiln_status make_plan(const kiln_image_module& image, int32_t function, const int64_t* dims, int32_t threads,
                      Lifetime* lifetimes, int32_t* order, void* block, Message& message) {
  const kiln_image_function& described = image.functions[function];
  Plan& plan = *static_cast<Plan*>(block);
  plan.handle = {&image, HandleKind::freed};
  plan.function_index = function;
  plan.threads = threads;
  plan.function = &described;
  plan.dims = reinterpret_cast<int64_t*>(&plan + 1);
  plan.extents = plan.dims + described.dim_count + described.counter_count;
  plan.argument_bytes = plan.extents + count_extents(described);
  plan.check_extents = plan.argument_bytes + described.argument_count;
  plan.offsets = plan.check_extents + described.check_count;
  plan.lengths = plan.offsets + described.buffer_count;
  plan.parts = plan.lengths + described.argument_count;
  for (int32_t i = 0; i < described.dim_count; ++i) plan.dims[i] = dims[i];
  for (int32_t i = 0; i < described.counter_count; ++i) plan.dims[described.dim_count + i] = 0;

  PlanMaker maker(image, plan, message);
  kiln_status status = maker.check_conditions();
  if (status == KILN_OK) status = maker.size_arguments();
  if (status == KILN_OK) status = maker.size_checks();
  maker.cut_kernels();
  if (status == KILN_OK) status = maker.place(lifetimes, order);
  if (status == KILN_OK) plan.handle.kind = HandleKind::plan;
  return status;
}

}  // namespace kiln::runtime
