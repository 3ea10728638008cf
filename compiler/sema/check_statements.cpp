#include "sema/check_statements.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/checkpoints.h"
#include "sema/conversions.h"
#include "sema/effects.h"
#include "sema/fixes.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

void forget_place(Body& body, const Place& place) {
  body.reads.clear();
  body.scope.each([&](const std::string& name, Entity& entity) {
    if (entity.kind != Entity::Kind::variable || entity.place.slot != place.slot) return;
    const bool apart = entity.place.first_leaf >= place.first_leaf + place.leaf_count ||
                       place.first_leaf >= entity.place.first_leaf + entity.place.leaf_count;
    if (apart) return;
    if (entity.integer) entity.integer = new_runtime(body, name);
    entity.condition.reset();
    entity.refutation.reset();
  });
}

void forget_variables(Body& body) {
  body.reads.clear();
  body.scope.each([&](const std::string& name, Entity& entity) {
    if (entity.kind != Entity::Kind::variable || !entity.is_mutable) return;
    if (entity.integer) entity.integer = new_runtime(body, name);
    entity.condition.reset();
    entity.refutation.reset();
  });
}

bool may_change(Body& body, const Entity* root, bool is_mutable, Span span, const std::string& name) {
  if (root == nullptr || !is_mutable) {
    Diagnostic& diagnostic =
        report(body, diagnostics::not_a_variable, span,
               name.empty() ? "this cannot be changed" : fmt::format("`{}` cannot be changed", name));
    if (root != nullptr) {
      diagnostic.labels.push_back(
          {root->span, root->why_constant.empty() ? "bound here" : root->why_constant});
      if (root->is_field)
        fix_by_inout_self(body, diagnostic, span);
      else if (root->why_constant == "bound by `let`")
        fix_by_var(body, diagnostic, root->span);
      else if (root->why_constant == "a parameter that is not `inout`")
        fix_by_inout(diagnostic, root->span, name.empty() ? "x" : name, root->type.kind == Type::Kind::rng);
      if (root->why_constant == counts_rounds)
        diagnostic.help = instead_of_a_counter;
      else if (diagnostic.fixes.empty())
        diagnostic.help = "only `var`s, `inout` parameters, results and fields of `inout self` change";
    }
    return false;
  }
  if (!body.no_effects.empty() && root->depth < body.effect_depth) {
    Diagnostic& diagnostic =
        report(body, diagnostics::effect_not_allowed, span,
               fmt::format("{} cannot change a variable of the outside", body.no_effects));
    diagnostic.labels.push_back({root->span, "the variable"});
    diagnostic.help =
        "the order of index points cannot be seen; use a loop, or `rng.fork(i)` for random numbers";
    return false;
  }
  return true;
}

bool may_define(Body& body, const syntax::Name& name) {
  if (name == "_") return true;
  const Entity* taken = body.scope.find(name.text);
  if (taken == nullptr) return true;
  if (body.scope.is_local(name.text) && !taken->is_result && taken->kind != Entity::Kind::index) return true;
  Diagnostic& diagnostic = report(body, diagnostics::name_taken, name.span,
                                  fmt::format("`{}` is {} already", name.text,
                                              taken->is_result  ? "a result"
                                              : taken->is_field ? "a field of the model"
                                                                : "a name of an outer block"));
  diagnostic.labels.push_back({taken->span, "declared here"});
  const std::string_view text = body.session.files[name.span.file].text();
  const Span word{name.span.file, name.span.begin - std::min(4U, name.span.begin), name.span.begin};
  const bool is_let =
      body.session.files.text_of(word) == "let " || body.session.files.text_of(word) == "var ";
  const size_t next = text.find_first_not_of(' ', name.span.end);
  const bool is_plain = is_let && next != std::string_view::npos && text[next] == '=';
  if (is_plain && (taken->is_result || (taken->is_mutable && !taken->is_field)))
    diagnostic.fix(word, "", fmt::format("assign it: `{} = …`", name.text));
  else
    diagnostic.help = taken->is_result ? fmt::format("assign it: `{} = …`", name.text)
                                       : "choose another name, or make the outer one a `var` and assign it";
  return false;
}

void name_slot(Body& body, const Place& place, const dim::Dim& integer) {
  const auto symbol = integer.bare_symbol();
  if (!symbol || body.session.elements.count(*symbol) || symbol->find('#') == std::string::npos) return;
  body.function->slots[place.slot].symbol = *symbol;
  body.session.data_symbols.insert(*symbol);
}

Entity& define_variable(Body& body, const syntax::Name& name, const Type& type, const Place& place) {
  Entity entity;
  entity.kind = Entity::Kind::variable;
  entity.span = name.span;
  entity.type = type;
  entity.place = place;
  if (type.is_tensor() && is_integral(type.element)) {
    const dim::Dim symbol = new_runtime(body, name.text);
    if (type.shape.empty())
      entity.integer = symbol;
    else
      entity.family = *symbol.bare_symbol();
    name_slot(body, place, symbol);
  }
  Entity& defined =
      body.scope.define(name == "_" ? fmt::format("_{}", body.next_symbol++) : name.text, std::move(entity));
  if (body.session.options.observer != nullptr) body.session.options.observer->defined(body, defined);
  return defined;
}

namespace {

void check_call_statement(Body& body, const syntax::CallStatement& statement, TypedBlock& out) {
  Value value = check_expression(body, *statement.call);
  if (value.failed()) return;
  if (value.type.kind != Type::Kind::nothing) {
    Diagnostic& diagnostic =
        report(body, diagnostics::result_dropped, statement.span, "the result of this call is dropped");
    diagnostic.label = fmt::format("gives {}", described(value.type));
    diagnostic.offer({statement.span.file, statement.span.begin, statement.span.begin}, "let _ = ",
                     "bind it, or drop it by `let _ = …`; or is an operator missing before this?");
    return;
  }
  if (!value.tree) return;
  auto node = std::make_unique<CallOnly>();
  node->span = statement.span;
  node->call = std::move(value.tree);
  out.statements.push_back(std::move(node));
}

void check_statements(Body& body, const syntax::Block& block, TypedBlock& out) {
  for (const syntax::StatementPtr& statement : block.statements) check_statement(body, *statement, out);
}

void check_branch_block(Body& body, const syntax::Block& block, const Shared<dim::Condition>& fact,
                        TypedBlock& out) {
  BlockScope scope(body);
  if (fact) body.facts.add(*fact);
  body.is_conditional = true;
  check_statements(body, block, out);
}

void check_branch(Body& body, const syntax::Branch& branch, TypedBlock& out) {
  Value condition = check_expression(body, *branch.condition);
  if (!require_condition(body, condition)) return;
  if (condition.known && !body.root.is_generic) {
    BlockScope scope(body);
    if (*condition.known)
      check_statements(body, branch.then_block, out);
    else if (branch.has_else)
      check_statements(body, branch.else_block, out);
    return;
  }
  auto node = std::make_unique<BranchStatement>();
  node->span = branch.span;
  node->condition = std::move(condition.tree);
  const std::set<std::string> before = body.assigned_results;
  check_branch_block(body, branch.then_block, condition.condition, node->then_block);
  std::set<std::string> after_then = body.assigned_results;
  body.assigned_results = before;
  forget_variables(body);
  if (branch.has_else) check_branch_block(body, branch.else_block, condition.refutation, node->else_block);
  std::set<std::string> both;
  std::set_intersection(after_then.begin(), after_then.end(), body.assigned_results.begin(),
                        body.assigned_results.end(), std::inserter(both, both.begin()));
  body.assigned_results = std::move(both);
  forget_variables(body);
  out.statements.push_back(std::move(node));
}

void check_while(Body& body, const syntax::WhileLoop& loop, TypedBlock& out) {
  forget_variables(body);
  auto node = std::make_unique<WhileStatement>();
  node->span = loop.span;
  node->counter = new_counter(body, "round");
  if (loop.max) {
    Value bound = check_expression(body, *loop.max);
    if (bound.failed()) return;
    if (bound.integer && bound.is_static) {
      node->limit = max(*bound.integer, dim::Dim(0));
    } else {
      if (!convert_to(body, bound, Type::scalar(ElementType::i32), false, "the largest number of rounds"))
        return;
      node->max = converted(std::move(bound.tree), ElementType::i64);
    }
  }
  if (!check_checkpoints(body, loop.checkpoints, node->checkpoints)) return;
  Value condition = check_expression(body, *loop.condition);
  if (!require_condition(body, condition)) return;
  node->condition = std::move(condition.tree);
  const std::set<std::string> before = body.assigned_results;
  check_branch_block(body, loop.body, condition.condition, node->body);
  body.assigned_results = before;
  forget_variables(body);
  out.statements.push_back(std::move(node));
}

/// Whether it holds a variable of a block around: the block that asserts it need not run, and a bound is for
/// good.
bool speaks_of_outer_blocks(Body& body, const dim::Condition& condition) {
  bool found = std::any_of(condition.operands.begin(), condition.operands.end(),
                           [&](const dim::Condition& part) { return speaks_of_outer_blocks(body, part); });
  const std::set<std::string> symbols = condition.value.symbols();
  body.scope.each([&](const std::string&, const Entity& entity) {
    const auto symbol = entity.integer ? entity.integer->bare_symbol() : std::nullopt;
    found = found || (symbol && entity.depth < body.scope.depth() && symbols.contains(*symbol));
  });
  return found;
}

void check_assertion(Body& body, const syntax::Assertion& assertion, TypedBlock& out) {
  Value condition = check_expression(body, *assertion.condition);
  if (!require_condition(body, condition)) return;
  if (condition.condition) body.facts.add(*condition.condition);
  if (condition.condition && !body.is_muted && !speaks_of_outer_blocks(body, *condition.condition))
    take_bounds(body, *condition.condition);
  auto node = std::make_unique<AssertStatement>();
  node->span = assertion.span;
  node->message = assertion.has_message ? assertion.message
                                        : std::string(body.session.files.text_of(assertion.condition->span));
  node->condition = std::move(condition.tree);
  out.statements.push_back(std::move(node));
}

}  // namespace

namespace {

void check_any(Body& body, const syntax::Statement& statement, TypedBlock& out) {
  switch (statement.kind) {
    case syntax::StatementKind::bind: return check_bind(body, syntax::as<syntax::Bind>(statement), out);
    case syntax::StatementKind::assign: return check_assign(body, syntax::as<syntax::Assign>(statement), out);
    case syntax::StatementKind::call:
      return check_call_statement(body, syntax::as<syntax::CallStatement>(statement), out);
    case syntax::StatementKind::branch: return check_branch(body, syntax::as<syntax::Branch>(statement), out);
    case syntax::StatementKind::loop: return check_loop(body, syntax::as<syntax::Loop>(statement), out);
    case syntax::StatementKind::while_loop:
      return check_while(body, syntax::as<syntax::WhileLoop>(statement), out);
    case syntax::StatementKind::assertion:
      return check_assertion(body, syntax::as<syntax::Assertion>(statement), out);
  }
}

}  // namespace

void check_statement(Body& body, const syntax::Statement& statement, TypedBlock& out) {
  const size_t first = out.statements.size();
  check_any(body, statement, out);
  // What blocks hold was looked at when they were checked; a static branch or loop has become them.
  const bool has_blocks =
      statement.kind == syntax::StatementKind::loop ||
      (statement.kind == syntax::StatementKind::branch && out.statements.size() != first + 1);
  if (!has_blocks) check_reads_beside_changes(body, out, first);
}

}  // namespace kiln::sema
