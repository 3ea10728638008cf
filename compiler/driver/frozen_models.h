#pragma once

#include <vector>

#include "driver/pipeline.h"
#include "elaborate/module.h"
#include "fuse/plan.h"
#include "package/make_image.h"

namespace kiln::driver {

/// Collects the panels that the functions of a module read of frozen models: one set for each model type, and
/// one function for each form of matrix that makes panels.
class FrozenModels {
 public:
  explicit FrozenModels(const elaborate::Module& module)
      : panels_(module.models.size()), forms_(module.models.size()) {}

  /// What the kernels of a function are given behind its arguments; `panels` are those of its plan. Adds them
  /// to their models.
  std::vector<package::FrozenBuffer> buffers_of(const elaborate::Function& function,
                                                const std::vector<fuse::FrozenPanels>& panels);

  /// For each model type: what has been added so far.
  const PanelsOfModels& forms() const { return forms_; }
  /// For each model type.
  const std::vector<package::ModelPanels>& panels() const { return panels_; }
  /// From a matrix to its panels, as ordinary functions; not exported.
  const std::vector<elaborate::Function>& packers() const { return packers_; }

 private:
  int32_t position_in(uint32_t model, const fuse::FrozenPanels& panels);
  int32_t packer_of(const fuse::FrozenPanels& panels);

  std::vector<package::ModelPanels> panels_;
  PanelsOfModels forms_;
  std::vector<elaborate::Function> packers_;
};

}  // namespace kiln::driver
