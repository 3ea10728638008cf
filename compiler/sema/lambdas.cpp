#include "sema/lambdas.h"

#include <fmt/format.h>

#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// The words of an expression: every name that it can speak of is one of them.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.insert(std::move(word));
  return words;
}

syntax::ExpressionPtr copy_of_path(const syntax::Expression& path) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(path)) {
    auto copy = std::make_unique<syntax::NameExpression>();
    copy->span = name->span;
    copy->name = name->name;
    return copy;
  }
  const auto* member = syntax::if_is<syntax::Member>(path);
  if (member == nullptr) return nullptr;
  syntax::ExpressionPtr base = copy_of_path(*member->base);
  if (!base) return nullptr;
  auto copy = std::make_unique<syntax::Member>();
  copy->span = member->span;
  copy->base = std::move(base);
  copy->name = member->name;
  return copy;
}

}  // namespace

void bind_lambda(Body& body, const syntax::Name& name, const syntax::Lambda& lambda, TypedBlock& out) {
  if (!may_define(body, name)) return;
  auto scope = std::make_shared<Scope>(body.scope);
  const std::set<std::string> words = words_of(body.session.files.text_of(lambda.span));
  scope->each([&](const std::string& word, Entity& entity) {
    const bool is_captured = entity.kind == Entity::Kind::variable && entity.is_mutable &&
                             words.count(word) != 0 && !entity.type.failed();
    if (!is_captured) return;
    const Slot slot = new_slot(body, word, entity.type);
    out.statements.push_back(
        bind_statement(lambda.span, {slot}, place_value(body, lambda.span, entity.place, entity.type)));
    entity.place = whole_place(body, slot, entity.span);
    entity.is_mutable = false;
    entity.why_constant = "captured by a function";
  });
  auto function = std::make_shared<StaticFunction>();
  function->lambda = &lambda;
  function->scope = std::move(scope);
  function->type = Type::of(Type::Kind::function);
  Entity entity;
  entity.kind = Entity::Kind::fixed;
  entity.span = name.span;
  entity.type = function->type;
  entity.is_static = true;
  entity.why_constant = "bound by `let`";
  entity.fixed = StaticValue::of_function(std::move(function));
  body.scope.define(name.text, std::move(entity));
}

LambdaScope::LambdaScope(Body& body, const StaticFunction* function)
    : body_(body), is_changed_(function != nullptr && function->scope != nullptr) {
  if (!is_changed_) return;
  outer_ = std::move(body.scope);
  body.scope = *function->scope;
}

LambdaScope::~LambdaScope() {
  if (is_changed_) body_.scope = std::move(outer_);
}

Value call_lambda(Body& body, const syntax::Call& call, const StaticFunction& function) {
  const syntax::Lambda& lambda = *function.lambda;
  const size_t count = lambda.parameters.size();
  if (!plain_arguments(body, call, count, count)) return Value::error(call.span);
  std::vector<Value> arguments;
  for (const syntax::Argument& argument : call.arguments) {
    arguments.push_back(check_expression(body, *argument.value));
    if (arguments.back().failed()) return Value::error(call.span);
    if (arguments.back().type.kind == Type::Kind::nothing || arguments.back().is_type()) {
      report(body, diagnostics::not_a_value, argument.value->span, "an argument is a value");
      return Value::error(call.span);
    }
  }
  LambdaScope names(body, &function);
  BlockScope block(body);
  TypedBlock typed;
  for (size_t i = 0; i < count; ++i) {
    const syntax::Name& parameter = lambda.parameters[i];
    if (!may_define(body, parameter)) return Value::error(call.span);
    // A constant takes its type where the body uses it.
    if (arguments[i].type.is_scalar() && define_fixed(body, parameter, arguments[i])) continue;
    settle(body, arguments[i]);
    if (arguments[i].failed()) return Value::error(call.span);
    const Slot slot = new_slot(body, parameter.text, arguments[i].type);
    Entity& entity =
        define_variable(body, parameter, arguments[i].type, whole_place(body, slot, parameter.span));
    entity.why_constant = "a parameter";
    if (arguments[i].integer && entity.integer) entity.integer = arguments[i].integer;
    typed.statements.push_back(bind_statement(call.span, {slot}, std::move(arguments[i].tree)));
  }
  body.no_effects = "a function value";
  body.effect_depth = body.scope.depth();
  Value value = check_expression(body, *lambda.body);
  if (value.failed()) return Value::error(call.span);
  if (typed.statements.empty() && value.type.is_scalar() && value.type.element.is_constant()) {
    value.span = call.span;  // of constants alone: one too
    return value;
  }
  settle(body, value);
  return block_as_value(body, call.span, std::move(value), std::move(typed));
}

std::unique_ptr<syntax::Lambda> lambda_of_model(const syntax::Expression& path, size_t count) {
  syntax::ExpressionPtr callee = copy_of_path(path);
  if (!callee) return nullptr;
  auto call = std::make_unique<syntax::Call>();
  call->span = path.span;
  call->parentheses = path.span;
  call->callee = std::move(callee);
  auto lambda = std::make_unique<syntax::Lambda>();
  lambda->span = path.span;
  for (size_t i = 0; i < count; ++i) {
    const syntax::Name name{fmt::format("argument {}", i + 1),
                            path.span};  // no name of a program has a space
    lambda->parameters.push_back(name);
    auto use = std::make_unique<syntax::NameExpression>();
    use->span = path.span;
    use->name = name;
    syntax::Argument argument;
    argument.span = path.span;
    argument.value = std::move(use);
    call->arguments.push_back(std::move(argument));
  }
  lambda->body = std::move(call);
  return lambda;
}

}  // namespace kiln::sema
