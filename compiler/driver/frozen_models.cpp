#include "driver/frozen_models.h"

#include "fuse/frozen_panels.h"
#include "runtime/memory.h"

namespace kiln::driver {

namespace {

elaborate::Function packer(const fuse::FrozenPanels& panels) {
  elaborate::Function function;
  function.graph = fuse::pack_function(panels);
  function.name = function.graph.name;
  elaborate::Argument matrix, made;
  matrix.name = "matrix";
  matrix.type = function.graph.type_of(function.graph.inputs[0]);
  matrix.input_count = 1;
  made.name = "panels";
  made.direction = elaborate::Direction::out;
  made.type = function.graph.type_of(function.graph.outputs[0]);
  made.output_count = 1;
  function.arguments = {matrix, made};
  return function;
}

}  // namespace

std::vector<package::FrozenBuffer> FrozenModels::buffers_of(const elaborate::Function& function,
                                                            const std::vector<fuse::FrozenPanels>& panels) {
  std::vector<package::FrozenBuffer> buffers;
  if (panels.empty()) return buffers;
  for (size_t i = 0; i < function.arguments.size(); ++i)  // as bindings_of
    if (function.arguments[i].kind == sema::ArgumentKind::model)
      buffers.push_back({KILN_BUFFER_FROZEN, static_cast<int32_t>(i), 0});
  const std::vector<package::FrozenBuffer> models = buffers;
  for (const fuse::FrozenPanels& row : panels) {
    const int32_t argument = models.at(row.model).argument;
    const uint32_t type = function.arguments[static_cast<size_t>(argument)].model;
    buffers.push_back({KILN_BUFFER_PANELS, argument, position_in(type, row)});
  }
  return buffers;
}

int32_t FrozenModels::position_in(uint32_t model, const fuse::FrozenPanels& panels) {
  package::ModelPanels& all = panels_.at(model);
  const auto leaf = static_cast<int32_t>(panels.leaf);
  const int32_t pack = packer_of(panels);
  for (size_t i = 0; i < all.panels.size(); ++i)
    if (all.panels[i].leaf == leaf && all.panels[i].pack == pack) return static_cast<int32_t>(i);
  forms_.at(model).push_back(panels);
  all.panels.push_back({leaf, pack, all.bytes});
  all.bytes += runtime::round_up(fuse::count_of(panels) * size_of(panels.element));
  return static_cast<int32_t>(all.panels.size() - 1);
}

int32_t FrozenModels::packer_of(const fuse::FrozenPanels& panels) {
  elaborate::Function wanted = packer(panels);
  for (size_t i = 0; i < packers_.size(); ++i)
    if (packers_[i].arguments[0].type == wanted.arguments[0].type && packers_[i].name == wanted.name)
      return static_cast<int32_t>(i);
  packers_.push_back(std::move(wanted));
  return static_cast<int32_t>(packers_.size() - 1);
}

}  // namespace kiln::driver
