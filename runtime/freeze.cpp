// Panels of a model's large weights, made by functions of the library's own.
#include "model.h"
#include "program.h"
#include "run.h"

namespace kiln::runtime {
namespace {

/// Memory as an argument of a function whose extents are numbers. Extents beyond `greatest_rank` do not
/// occur.
struct FixedTensor {
  static constexpr int32_t greatest_rank = 3;

  FixedTensor(const kiln_image_tensor& described, void* data) {
    for (int32_t axis = 0; axis < described.rank && axis < greatest_rank; ++axis)
      extents[axis] = evaluate(described.axes[axis].extent, nullptr).value;
    tensor = kiln_tensor KILN_TENSOR_INIT(data, described.element, described.rank, extents);
  }
  FixedTensor(const FixedTensor&) = delete;

  int64_t extents[greatest_rank] = {};
  kiln_tensor tensor;
};

kiln_status make_panels(Context& context, Model& model, const kiln_image_panels& panels) {
  const kiln_image_function& pack = context.image.functions[panels.pack];
  if (pack.argument_count != 2 || pack.dim_count != 0 ||
      pack.arguments[1].tensor.rank > FixedTensor::greatest_rank) {
    context.message << model.described->name
                    << ".freeze: the library describes no function that makes panels";
    return KILN_INTERNAL_ERROR;
  }
  FixedTensor leaf(pack.arguments[0].tensor, model.block + model.described->leaves[panels.leaf].offset);
  FixedTensor made(pack.arguments[1].tensor, model.panels + panels.offset);
  void* const values[] = {&leaf.tensor, &made.tensor};
  return call(context, panels.pack, values);
}

}  // namespace

void thaw_model(Model& model) {
  if (model.panels == nullptr) return;
  model.is_frozen = false;
  model.memory.release(model.panels, static_cast<size_t>(model.described->panel_bytes));
  model.panels = nullptr;
}

kiln_status freeze_model(Context& context, Model& model) {
  const kiln_image_model& described = *model.described;
  thaw_model(model);
  if (described.panel_count == 0) return KILN_OK;
  model.panels = static_cast<char*>(model.memory.allocate(static_cast<size_t>(described.panel_bytes)));
  if (model.panels == nullptr) {
    context.message << described.name << ".freeze: no memory for panels of " << described.panel_bytes
                    << " bytes";
    return KILN_OUT_OF_MEMORY;
  }
  kiln_status status = KILN_OK;
  for (int32_t i = 0; status == KILN_OK && i < described.panel_count; ++i)
    status = make_panels(context, model, described.panels[i]);
  if (status == KILN_OK) {
    model.is_frozen = true;
    return status;
  }
  thaw_model(model);
  if (status == KILN_OUT_OF_MEMORY) {
    context.message.clear();
    context.message << described.name << ".freeze: no memory to make panels with";
  }
  return status;
}

}  // namespace kiln::runtime
