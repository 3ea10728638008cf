#include "syntax/ast_printer.h"

namespace kiln::syntax {

void AstPrinter::block(const Block& block) {
  put("{");
  ++indent_;
  for (const StatementPtr& item : block.statements) line(), statement(*item);
  if (block.result != nullptr) {
    line();
    put("return ");
    expression(*block.result);
  }
  --indent_;
  line();
  put("}");
}

/// A block that must give a value: `{ e }` where it has no statements.
void AstPrinter::value_block(const Block& block) {
  if (!block.statements.empty()) return this->block(block);
  put("{ ");
  expression(*block.result);
  put(" }");
}

void AstPrinter::pattern(const Pattern& pattern) {
  if (pattern.is_tuple()) {
    put("(");
    list(pattern.parts, [this](const Pattern& part) { this->pattern(part); });
    put(")");
    return;
  }
  put(pattern.name.text);
  if (pattern.has_binders) binders(pattern.binders);
}

void AstPrinter::statement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::bind: {
      const auto& node = as<Bind>(statement);
      put(node.is_variable ? "var " : "let ");
      pattern(node.pattern);
      if (node.type != nullptr) put(": "), type(*node.type);
      put(" = ");
      return expression(*node.value);
    }
    case StatementKind::assign: {
      const auto& node = as<Assign>(statement);
      expression(*node.place);
      put(" ").put(symbol_of(node.op)).put(" ");
      return expression(*node.value);
    }
    case StatementKind::call: return expression(*as<CallStatement>(statement).call);
    case StatementKind::branch: return branch(as<Branch>(statement));
    case StatementKind::loop: return loop(as<Loop>(statement));
    case StatementKind::while_loop: return while_loop(as<WhileLoop>(statement));
    case StatementKind::assertion: {
      const auto& node = as<Assertion>(statement);
      put("assert ");
      expression(*node.condition);
      if (node.has_message) put(", "), quoted(node.message);
      return;
    }
  }
}

void AstPrinter::branch(const Branch& branch) {
  put("if ");
  expression(*branch.condition);
  put(" ");
  block(branch.then_block);
  if (!branch.has_else) return;
  put(" else ");
  block(branch.else_block);
}

void AstPrinter::loop(const Loop& loop) {
  put("for ");
  list(loop.targets,
       [this](const LoopTarget& target) { put(target.is_changed ? "&" : "").put(target.name.text); });
  put(" in ");
  list(loop.sources, [this](const LoopSource& source) {
    expression(*source.low);
    if (source.high != nullptr) put(".."), expression(*source.high);
  });
  if (loop.max != nullptr) put(" max "), expression(*loop.max);
  checkpoints(loop.checkpoints);
  put(" ");
  block(loop.body);
}

void AstPrinter::checkpoints(const std::optional<Checkpoints>& checkpoints) {
  if (!checkpoints) return;
  put(" checkpoint");
  if (checkpoints->every != nullptr) put(" every "), expression(*checkpoints->every);
}

void AstPrinter::while_loop(const WhileLoop& loop) {
  put("while ");
  expression(*loop.condition);
  if (loop.max != nullptr) put(" max "), expression(*loop.max);
  checkpoints(loop.checkpoints);
  put(" ");
  block(loop.body);
}

}  // namespace kiln::syntax
