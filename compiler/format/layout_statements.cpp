#include "format/layout.h"

#include <utility>

namespace kiln::format {

using namespace syntax;

/// A block begins a line for its first statement if it did so before, or if it has more than one.
bool Layout::must_break(const Block& block) const {
  const size_t opening = out_.position_of(block.span.begin);
  const size_t parts = block.statements.size() + (block.result != nullptr ? 1 : 0);
  return parts > 1 || (parts == 1 && out_.at(opening + 1).is_on_new_line);
}

/// A block that stands alone.
void Layout::block(const Block& block) {
  const bool outer = std::exchange(blocks_break_, must_break(block));
  out_.begin();
  braces(block);
  out_.end();
  blocks_break_ = outer;
}

/// With the braces; in lines if `blocks_break_`, or if the group around it is broken.
void Layout::braces(const Block& block) {
  const bool breaks = blocks_break_;
  out_.piece("{");
  out_.after_opening();
  if (out_.is_next("}") && !out_.is_comment_next()) return out_.piece();
  out_.indent();
  breaks ? out_.hard_line() : out_.line();
  bool is_first = true;
  for (const StatementPtr& item : block.statements) {
    if (!std::exchange(is_first, false)) out_.end_line();
    statement(*item);
  }
  if (block.result != nullptr) {
    if (!is_first) out_.end_line();
    const bool has_word = out_.is_next("return");
    if (has_word) out_.piece(), out_.space();
    chain(*block.result, has_word ? 4 : 0);
  }
  out_.before_closing();
  out_.dedent();
  breaks ? out_.hard_line() : out_.line();
  out_.piece("}");
}

void Layout::pattern(const Pattern& pattern) {
  if (pattern.is_tuple())
    return bracketed(pattern.parts, LastComma::not_allowed,
                     [this](const Pattern& part) { this->pattern(part); });
  out_.piece(pattern.name.text);
  if (pattern.has_binders) binders(pattern.binders);
}

void Layout::statement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::bind: {
      const auto& node = as<Bind>(statement);
      out_.piece(node.is_variable ? "var" : "let");
      out_.space();
      pattern(node.pattern);
      if (node.type != nullptr) out_.piece(":"), out_.space(), type(*node.type);
      out_.space();
      out_.piece("=");
      return value(*node.value, 4);
    }
    case StatementKind::assign: {
      const auto& node = as<Assign>(statement);
      expression(*node.place);
      out_.space();
      out_.piece(symbol_of(node.op));
      return value(*node.value, 4);
    }
    case StatementKind::call: return expression(*as<CallStatement>(statement).call);
    case StatementKind::branch: return branch(as<Branch>(statement));
    case StatementKind::loop: return loop(as<Loop>(statement));
    case StatementKind::while_loop: return while_loop(as<WhileLoop>(statement));
    case StatementKind::assertion: return assertion(as<Assertion>(statement));
  }
}

void Layout::branch(const Branch& branch) {
  std::vector<Arm> list;
  const Block* rest = nullptr;
  for (const Branch* at = &branch;;) {
    list.push_back({at->condition.get(), &at->then_block});
    if (!at->has_else) break;
    rest = &at->else_block;
    if (out_.at(out_.position_of(rest->span.begin)).text == "{") break;
    at = &as<Branch>(*std::exchange(rest, nullptr)->statements.front());
  }
  arms(list, rest);
}

/// `if … { … } else if … { … } else { … }`: all blocks stand on one line, or none does.
void Layout::arms(const std::vector<Arm>& arms, const Block* rest) {
  bool breaks = rest != nullptr && must_break(*rest);
  for (const Arm& arm : arms) breaks = breaks || must_break(*arm.block);
  const auto block = [&](const Block& braced) {
    const bool outer = std::exchange(blocks_break_, breaks);
    out_.space();
    braces(braced);
    blocks_break_ = outer;
  };
  out_.begin();
  for (size_t i = 0; i < arms.size(); ++i) {
    if (i > 0) out_.space(), out_.piece("else"), out_.space();
    out_.piece("if");
    out_.space();
    chain(*arms[i].condition, 4);
    block(*arms[i].block);
  }
  if (rest != nullptr) {
    out_.space();
    out_.piece("else");
    block(*rest);
  }
  out_.end();
}

void Layout::loop(const Loop& loop) {
  out_.piece("for");
  out_.space();
  out_.begin();
  out_.indent(4);
  separated(loop.targets, [this](const LoopTarget& target) {
    if (target.is_changed) out_.piece("&");
    out_.piece(target.name.text);
  });
  out_.space();
  out_.piece("in");
  out_.space();
  separated(loop.sources, [this](const LoopSource& source) {
    expression(*source.low);
    if (source.high != nullptr) out_.piece(".."), expression(*source.high);
  });
  if (loop.max != nullptr) out_.line(), out_.piece("max"), out_.space(), expression(*loop.max);
  checkpoints(loop.checkpoints);
  out_.dedent(4);
  out_.end();
  out_.space();
  block(loop.body);
}

void Layout::checkpoints(const std::optional<Checkpoints>& checkpoints) {
  if (!checkpoints) return;
  out_.line(), out_.piece("checkpoint");
  if (checkpoints->every != nullptr)
    out_.space(), out_.piece("every"), out_.space(), expression(*checkpoints->every);
}

void Layout::while_loop(const WhileLoop& loop) {
  out_.piece("while");
  out_.space();
  out_.begin();
  out_.indent(4);
  chain(*loop.condition, 0);
  if (loop.max != nullptr) out_.line(), out_.piece("max"), out_.space(), expression(*loop.max);
  checkpoints(loop.checkpoints);
  out_.dedent(4);
  out_.end();
  out_.space();
  block(loop.body);
}

void Layout::assertion(const Assertion& assertion) {
  out_.begin();
  out_.piece("assert");
  out_.space();
  out_.indent(4);
  chain(*assertion.condition, 0);
  if (assertion.has_message) out_.comma(), out_.line(), out_.piece();
  out_.dedent(4);
  out_.end();
}

/// Whether an expression has brackets or blocks to break in, and nothing of weight before them.
static bool opens_on_line(const Expression& value) {
  switch (value.kind) {
    case ExpressionKind::tuple:
    case ExpressionKind::vector:
    case ExpressionKind::call:
    case ExpressionKind::conditional:
    case ExpressionKind::derivative:
    case ExpressionKind::checkpoint:
    case ExpressionKind::value_block: return true;
    case ExpressionKind::member: return opens_on_line(*as<Member>(value).base);
    case ExpressionKind::subscript: return opens_on_line(*as<Subscript>(value).base);
    case ExpressionKind::comprehension: return opens_on_line(*as<Comprehension>(value).body);
    case ExpressionKind::lambda: return opens_on_line(*as<Lambda>(value).body);
    default: return false;
  }
}

/// What stands behind a `=`: on its line; or, if that is too long, `columns` further in on the next one; or,
/// where it has brackets or blocks to break in and fits on no line, on the line of the `=` all the same.
void Layout::value(const Expression& value, int columns) {
  const bool has_comment = out_.is_comment_next();
  out_.begin_with_comments();
  const size_t first = out_.break_after_sign(columns);
  chain(value, 0);
  out_.end_break(first, columns, !has_comment && opens_on_line(value));
  out_.end();
}

}  // namespace kiln::format
