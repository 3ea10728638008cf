#include "argument_text.h"

#include "element.h"
#include "program.h"

namespace kiln::runtime {
namespace {

bool reads_dim(kiln_program program, int64_t dim) {
  bool found = false;
  for_each_dim(program, [&](int64_t position) { found = found || position == dim; });
  return found;
}

}  // namespace

void write_declared(const kiln_image_tensor& tensor, Message& message) {
  const ElementRow* row = element_row(tensor.element);
  message << (row != nullptr ? row->name : "unknown element");
  if (tensor.rank == 0) return;
  for (int32_t axis = 0; axis < tensor.rank; ++axis)
    message << (axis == 0 ? "[" : ", ") << tensor.axes[axis].text;
  message << "]";
}

void write_shape(int32_t element, const int64_t* extents, int32_t rank, Message& message) {
  if (const ElementRow* row = element_row(element)) {
    message << row->name;
  } else {
    message << "element " << element;
  }
  if (rank == 0) return;
  for (int32_t axis = 0; axis < rank; ++axis) message << (axis == 0 ? "[" : ", ") << extents[axis];
  message << "]";
}

void write_dims_of(const kiln_image_function& function, int32_t argument, const int64_t* dims,
                   Message& message) {
  const kiln_image_tensor& tensor = function.arguments[argument].tensor;
  const char* separator = " with ";
  for (int32_t dim = 0; dim < function.dim_count; ++dim) {
    bool named = false;
    for (int32_t axis = 0; axis < tensor.rank; ++axis)
      named = named || reads_dim(tensor.axes[axis].extent, dim);
    if (!named) continue;
    const kiln_image_dim& source = function.dims[dim];
    message << separator << source.name << " = " << dims[dim];
    if (source.argument != argument && (source.axis >= 0 || source.kind != KILN_DIM_BOUND))
      message << " (from " << function.arguments[source.argument].name << ")";
    separator = ", ";
  }
}

void write_dims_of(const kiln_image_function& function, kiln_program program, const int64_t* dims,
                   Message& message) {
  const char* separator = "";
  for (int32_t dim = 0; dim < function.dim_count; ++dim) {
    if (!reads_dim(program, dim)) continue;
    message << separator << function.dims[dim].name << " = " << dims[dim];
    separator = ", ";
  }
}

}  // namespace kiln::runtime
