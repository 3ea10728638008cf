#include "sema/list_types.h"

#include <fmt/format.h>

namespace kiln::sema {

namespace {

/// The name where a `const` of this file or a `let` without a type declares the list.
std::optional<Span> name_without_type(const Body& body, const std::string& name) {
  if (const Entity* entity = body.scope.find(name))
    return entity->constants.empty() ? std::nullopt : std::optional(entity->span);
  const syntax::Declaration* declaration = body.module.find(name);
  const auto* constant = declaration != nullptr ? syntax::if_is<syntax::Constant>(*declaration) : nullptr;
  if (constant == nullptr || constant->type) return std::nullopt;
  return constant->name.span;
}

}  // namespace

void offer_list_type(const Body& body, Diagnostic& diagnostic, const Value& value,
                     const std::string& element) {
  if (!value.tree || value.tree->kind != ExprKind::access) return;
  const auto& access = static_cast<const Access&>(*value.tree);
  if (access.base->kind != ExprKind::vector || access.base->type.leaves.size() != 1) return;
  const std::optional<Span> name = name_without_type(body, access.tensor_name);
  if (!name || name->file != body.module.file.number) return;
  std::string shape;
  for (const dim::Dim& extent : access.base->type.leaves[0].type.shape)
    shape += (shape.empty() ? "" : ", ") + extent.to_string();
  const std::string type = fmt::format("{}[{}]", element, shape);
  diagnostic.offer({name->file, name->end, name->end}, ": " + type,
                   fmt::format("state its type: `{}: {}`", access.tensor_name, type));
}

}  // namespace kiln::sema
