#include "sema/open_signature.h"

#include <fmt/format.h>

#include "sema/check_statements.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

struct Opened {
  std::unique_ptr<Body> body;
  Signature signature;
};

Opened open(Session& session, Root& root, const FunctionReference& function) {
  Opened opened{std::make_unique<Body>(session, root, *function.module), {}};
  opened.body->is_open = true;
  opened.body->is_muted = true;
  opened.signature = make_signature(*opened.body, function, SignatureMode::open, {});
  return opened;
}

/// Clauses may speak of the values of integers.
void define_value_parameters(Body& body, const Signature& signature) {
  for (const SignatureParameter& parameter : signature.parameters) {
    if (parameter.kind != ParameterKind::value) continue;
    const syntax::Name& name = parameter.syntax->name;
    const Slot slot = new_slot(body, name.text, parameter.type);
    Entity& entity = define_variable(body, name, parameter.type, whole_place(body, slot, name.span));
    if (entity.integer) entity.integer = dim::Dim::symbol(open_name(name.text));
  }
}

}  // namespace

std::unique_ptr<Body> open_body(Session& session, Root& root, const FunctionReference& function) {
  return open(session, root, function).body;
}

std::shared_ptr<const OpenSignature> open_signature(Session& session, Root& root,
                                                    const FunctionReference& function) {
  std::string key = fmt::format("{}|", fmt::ptr(function.syntax));
  if (function.self) key += key_of(*function.self);
  if (const auto found = session.open_signatures.find(key); found != session.open_signatures.end())
    return found->second;
  Opened opened = open(session, root, function);
  auto result = std::make_shared<OpenSignature>();
  result->signature = std::move(opened.signature);
  if (!result->signature.failed) {
    define_value_parameters(*opened.body, result->signature);
    for (const syntax::ExpressionPtr& clause : function.syntax->where)
      result->where.push_back(evaluate_condition(*opened.body, *clause));
  }
  session.open_signatures.emplace(std::move(key), result);
  return result;
}

}  // namespace kiln::sema
