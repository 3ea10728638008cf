#include "arguments.h"

#include "argument_text.h"
#include "element.h"
#include "model.h"
#include "program.h"

namespace kiln::runtime {
namespace {

Message& begin(const Arguments& arguments, int32_t argument, Message& message) {
  write_function_name(arguments.image, arguments.function_index, message);
  return message << ": " << arguments.function().arguments[argument].name << ": ";
}

kiln_status fail_got(const Arguments& arguments, int32_t argument, Message& message) {
  const kiln_tensor& tensor = arguments.tensor(argument);
  begin(arguments, argument, message) << "expected ";
  write_declared(arguments.function().arguments[argument].tensor, message);
  message << ", got ";
  write_shape(tensor.element, tensor.extents, tensor.rank, message);
  return KILN_INVALID_ARGUMENT;
}

/// Whether strides say what null strides say, as far as it matters: an axis of one element is never stepped
/// along.
bool is_contiguous(const kiln_tensor& tensor) {
  int64_t expected = 1;
  for (int32_t axis = 0; axis < tensor.rank; ++axis)
    if (tensor.extents[axis] == 0) return true;
  for (int32_t axis = tensor.rank - 1; axis >= 0; --axis) {
    if (tensor.extents[axis] != 1 && tensor.strides[axis] != expected) return false;
    if (__builtin_mul_overflow(expected, tensor.extents[axis], &expected))
      return true;  // refused for its size later
  }
  return true;
}

kiln_status check_tensor(const Arguments& arguments, int32_t argument, Message& message) {
  const kiln_tensor& tensor = arguments.tensor(argument);
  const kiln_image_tensor& declared = arguments.function().arguments[argument].tensor;
  if (tensor.struct_size < sizeof(kiln_tensor)) {
    begin(arguments, argument, message) << "kiln_tensor.struct_size is " << uint64_t{tensor.struct_size}
                                        << ", expected at least " << uint64_t{sizeof(kiln_tensor)};
    return KILN_INVALID_ARGUMENT;
  }
  if (tensor.rank < 0) {
    begin(arguments, argument, message) << "the rank is " << tensor.rank;
    return KILN_INVALID_ARGUMENT;
  }
  if (tensor.rank > 0 && tensor.extents == nullptr) {
    begin(arguments, argument, message) << "the rank is " << tensor.rank << ", but `extents` is null";
    return KILN_INVALID_ARGUMENT;
  }
  if (tensor.form != KILN_LENGTHS) {
    const kiln_status status = arguments.check_offsets(argument, message);
    if (status != KILN_OK) return status;
  } else if (tensor.element != declared.element || tensor.rank != declared.rank) {
    return fail_got(arguments, argument, message);
  }
  for (int32_t axis = 0; axis < tensor.rank; ++axis) {
    const int64_t extent = tensor.extents[axis];
    if (extent >= 0 && extent <= greatest_extent) continue;
    begin(arguments, argument, message)
        << "axis " << axis << " is " << extent << ", expected 0 to " << greatest_extent;
    return KILN_INVALID_ARGUMENT;
  }
  if (tensor.device != KILN_DEVICE_CPU) {
    begin(arguments, argument, message)
        << "the data is on device " << tensor.device << "; this library knows only KILN_DEVICE_CPU (0)";
    return KILN_NOT_SUPPORTED;
  }
  if (tensor.strides != nullptr && !is_contiguous(tensor)) {
    begin(arguments, argument, message)
        << "strides that are not contiguous and row-major are not supported yet: copy "
           "the view first, or pass null strides";
    return KILN_NOT_SUPPORTED;
  }
  return KILN_OK;
}

kiln_status check_model(const Arguments& arguments, int32_t argument, Message& message) {
  const kiln_image_module& image = arguments.image;
  const kiln_image_model& wanted = image.models[arguments.function().arguments[argument].model];
  const Model* model = static_cast<const Model*>(arguments.values[argument]);
  if (!is_handle(&model->handle, &image, HandleKind::model)) {
    begin(arguments, argument, message)
        << "expected a model " << wanted.name << " of library " << image.name
        << ", got something else: a handle of another library, or one that was freed";
    return KILN_INVALID_ARGUMENT;
  }
  if (model->described != &wanted) {
    begin(arguments, argument, message)
        << "expected a model " << wanted.name << ", got a model " << model->described->name;
    return KILN_INVALID_ARGUMENT;
  }
  return KILN_OK;
}

kiln_status check_dim(const Arguments& arguments, int32_t argument, Message& message) {
  const int64_t value = *static_cast<const int64_t*>(arguments.values[argument]);
  if (value >= 0 && value <= greatest_extent) return KILN_OK;
  begin(arguments, argument, message) << "expected a dim of 0 to " << greatest_extent << ", got " << value;
  return KILN_INVALID_ARGUMENT;
}

kiln_status fail_null(const Arguments& arguments, int32_t argument, Message& message) {
  const kiln_image_argument& declared = arguments.function().arguments[argument];
  begin(arguments, argument, message) << "null pointer, expected ";
  switch (declared.kind) {
    case KILN_ARGUMENT_MODEL: message << "a model " << arguments.image.models[declared.model].name; break;
    case KILN_ARGUMENT_RNG: message << "a kiln_rng"; break;
    case KILN_ARGUMENT_DIM: message << "a dim"; break;
    default: write_declared(declared.tensor, message);
  }
  return KILN_INVALID_ARGUMENT;
}

/// The memory of an argument. Dims are read before anything is written, so theirs does not matter.
struct Range {
  uintptr_t begin;
  int64_t bytes;
  int64_t alignment;

  bool overlaps(const Range& other) const {
    if (bytes == 0 || other.bytes == 0) return false;
    return begin < other.begin + static_cast<uintptr_t>(other.bytes) &&
           other.begin < begin + static_cast<uintptr_t>(bytes);
  }
};

Range range_of(const Arguments& arguments, const Plan& plan, int32_t argument) {
  const kiln_image_argument& declared = arguments.function().arguments[argument];
  void* const value = arguments.values[argument];
  const auto range = [](const void* data, int64_t bytes, int64_t alignment) {
    return Range{reinterpret_cast<uintptr_t>(data), bytes, alignment};
  };
  if (arguments.are_offsets(argument)) {
    const kiln_tensor& tensor = arguments.tensor(argument);
    const int64_t bytes = element_row(tensor.element)->bytes;
    return range(tensor.data, tensor.extents[0] * bytes, bytes);
  }
  switch (declared.kind) {
    case KILN_ARGUMENT_TENSOR:
      return range(arguments.tensor(argument).data, plan.argument_bytes[argument],
                   element_row(declared.tensor.element)->bytes);
    case KILN_ARGUMENT_SCALAR: {
      const int64_t bytes = element_row(declared.tensor.element)->bytes;
      return range(value, bytes, bytes);
    }
    case KILN_ARGUMENT_MODEL: {
      const Model& model = *static_cast<const Model*>(value);
      return range(model.block, model.described->bytes, 1);
    }
    case KILN_ARGUMENT_RNG: return range(value, sizeof(kiln_rng), alignof(kiln_rng));
    default: return range(value, 0, alignof(int64_t));
  }
}

}  // namespace

kiln_status Arguments::check_forms(Message& message) const {
  for (int32_t i = 0; i < function().argument_count; ++i) {
    if (values[i] == nullptr) return fail_null(*this, i, message);
    kiln_status status = KILN_OK;
    switch (function().arguments[i].kind) {
      case KILN_ARGUMENT_TENSOR: status = check_tensor(*this, i, message); break;
      case KILN_ARGUMENT_MODEL: status = check_model(*this, i, message); break;
      case KILN_ARGUMENT_DIM: status = check_dim(*this, i, message); break;
      default: break;
    }
    if (status != KILN_OK) return status;
  }
  return KILN_OK;
}

kiln_status Arguments::check_extents(const Plan& plan, Message& message) const {
  const int64_t* expected = plan.extents;
  for (int32_t i = 0; i < function().argument_count; ++i) {
    const kiln_image_argument& declared = function().arguments[i];
    if (declared.kind == KILN_ARGUMENT_DIM) {
      // A dim that stands bare in a tensor too may be bound there; what is given must be the same.
      if (plan.dims[declared.dim] != *static_cast<const int64_t*>(values[i])) {
        const kiln_image_dim& dim = function().dims[declared.dim];
        begin(*this, i, message) << "expected " << dim.name << " = " << plan.dims[declared.dim] << " (from "
                                 << function().arguments[dim.argument].name << "), got "
                                 << *static_cast<const int64_t*>(values[i]);
        return KILN_INVALID_ARGUMENT;
      }
    } else if (declared.kind == KILN_ARGUMENT_TENSOR) {
      bool same = true, compound = false;
      for (int32_t axis = 0; axis < declared.tensor.rank; ++axis) {
        same = same && extent(i, axis) == expected[axis];
        const kiln_program extent = declared.tensor.axes[axis].extent;
        compound = compound || !(is_literal(extent) || is_bare_dim(extent));
      }
      if (!same) {
        begin(*this, i, message) << "expected ";
        write_declared(declared.tensor, message);
        write_dims_of(function(), i, plan.dims, message);
        if (compound) {
          message << ", so ";
          write_shape(declared.tensor.element, expected, declared.tensor.rank, message);
        }
        message << ", got ";
        write_shape(tensor(i).element, tensor(i).extents, tensor(i).rank, message);
        if (are_offsets(i)) message << " offsets";
        return KILN_INVALID_ARGUMENT;
      }
    }
    expected += declared.tensor.rank;
  }
  return KILN_OK;
}

kiln_status Arguments::check_memory(const Plan& plan, const void* workspace, int64_t workspace_bytes,
                                    Message& message) const {
  const int32_t count = function().argument_count;
  for (int32_t i = 0; i < count; ++i) {
    const Range range = range_of(*this, plan, i);
    if (range.bytes > 0 && range.begin == 0) {
      begin(*this, i, message) << "the data is null, expected " << range.bytes << " bytes";
      return KILN_INVALID_ARGUMENT;
    }
    if (range.begin % static_cast<uintptr_t>(range.alignment) != 0) {
      begin(*this, i, message) << "the data is not aligned to " << range.alignment << " bytes";
      return KILN_INVALID_ARGUMENT;
    }
    if (range.begin + static_cast<uintptr_t>(range.bytes) < range.begin) {
      begin(*this, i, message) << "the data would reach past the end of the address space";
      return KILN_INVALID_ARGUMENT;
    }
  }
  const Range work{reinterpret_cast<uintptr_t>(workspace), workspace_bytes, 1};
  for (int32_t i = 0; i < count; ++i) {
    const Range range = range_of(*this, plan, i);
    if (range.overlaps(work)) {
      begin(*this, i, message) << "the workspace overlaps it";
      return KILN_INVALID_ARGUMENT;
    }
    if (function().arguments[i].direction == KILN_DIRECTION_IN) continue;
    for (int32_t j = 0; j < count; ++j) {
      if (i == j || !range.overlaps(range_of(*this, plan, j))) continue;
      begin(*this, i, message) << "shares memory with " << function().arguments[j].name
                               << ", but is written by the call";
      return KILN_INVALID_ARGUMENT;
    }
  }
  return KILN_OK;
}

}  // namespace kiln::runtime
