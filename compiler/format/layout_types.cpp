#include "format/layout.h"

namespace kiln::format {

using namespace syntax;

void Layout::type(const Type& type) {
  // `(T)` is `T`.
  const bool is_wrapped = out_.is_next("(") && (type.kind != TypeKind::tuple || is_wrapped_twice());
  if (is_wrapped) {
    out_.piece();
    this->type(type);
    return out_.piece(")");
  }
  switch (type.kind) {
    case TypeKind::model: return out_.piece("model");
    case TypeKind::function: {
      const auto& node = as<FunctionType>(type);
      out_.piece("fn");
      bracketed(node.parameters, LastComma::not_allowed,
                [this](const TypePtr& parameter) { this->type(*parameter); });
      out_.space();
      out_.piece("->");
      out_.space();
      return this->type(*node.result);
    }
    case TypeKind::tuple:
      return bracketed(as<TupleType>(type).fields, LastComma::not_allowed, [this](const TypeField& field) {
        out_.begin();
        if (field.name.present()) out_.piece(field.name.text), out_.piece(":"), out_.space();
        this->type(*field.type);
        out_.end();
      });
    case TypeKind::named: break;
  }
  const auto& node = as<NamedType>(type);
  name(node.name);
  if (node.has_arguments) arguments(node.arguments);
  for (const Dims& dims : node.dims)
    bracketed(dims.items, LastComma::not_allowed, [this](const DimItem& item) { dim_item(item); });
}

void Layout::dim_item(const DimItem& item) {
  if (item.is_pack) {
    out_.piece("...");
    if (item.name.present()) out_.piece(item.name.text);
    return;
  }
  if (item.name.present()) out_.piece(item.name.text), out_.piece(":"), out_.space();
  expression(*item.extent);
  if (!item.mesh_axis.present()) return;
  out_.space();
  out_.piece("@");
  out_.space();
  out_.piece(item.mesh_axis.text);
}

}  // namespace kiln::format
