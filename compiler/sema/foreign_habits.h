#pragma once

#include <string>
#include <string_view>

namespace kiln::sema {

/// What to write here for a name of PyTorch, JAX, NumPy or Python: `np`, `None`, `softmax`. Empty if nothing
/// is known.
std::string_view advice_on_name(std::string_view name);

/// The same for what a module of the library would declare elsewhere: `nn.Dropout`, `nn.CrossEntropyLoss`.
std::string_view advice_on_declared(std::string_view name);

/// The same for a module: `import numpy`.
std::string_view advice_on_import(std::string_view name);

/// The same for a member: `x.view`, `loss.backward`, `m.forward`.
std::string_view advice_on_member(std::string_view name);

}  // namespace kiln::sema
