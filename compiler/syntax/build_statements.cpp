#include "syntax/tree_builder.h"

namespace kiln::syntax {

Block TreeBuilder::block(Parser::BlockContext* context, BlockUse use) {
  Block block;
  block.span = span(context);
  const bool return_fits = use == BlockUse::gives_value && context->expr() == nullptr;
  statements(context->stmt(), return_fits, block);
  if (context->expr() == nullptr) return block;
  if (use == BlockUse::nested) {
    Diagnostic& diagnostic = reporter_.mistake(diagnostics::misplaced_return, span(context->RETURN()),
                                               "`return` ends a function or a value block, nothing else");
    diagnostic.label = "there is no early exit";
    diagnostic.help = "assign in the branches, or use `if` as an expression: `return if c { a } else { b }`";
    return block;
  }
  block.result = expression(context->expr());
  return block;
}

Block TreeBuilder::value_block(Parser::ValueBlockContext* context) {
  const Deeper deeper(*this);
  Block block;
  block.span = span(context);
  statements(context->stmt(), false, block);
  block.result = expression(context->expr());
  return block;
}

void TreeBuilder::statements(const std::vector<Parser::StmtContext*>& list, bool return_fits, Block& block) {
  for (Parser::StmtContext* context : list) {
    if (context->exception) continue;
    StatementPtr built = statement(context, return_fits && context == list.back());
    if (built != nullptr) block.statements.push_back(std::move(built));
  }
}

StatementPtr TreeBuilder::statement(Parser::StmtContext* context, bool return_fits) {
  const Deeper deeper(*this);
  if (too_deep(context)) return nullptr;
  StatementPtr built;
  if (auto* bind_context = dynamic_cast<Parser::BindContext*>(context))
    built = bind(bind_context);
  else if (auto* place_context = dynamic_cast<Parser::AssignOrCallContext*>(context))
    built = assign_or_call(place_context, return_fits);
  else if (auto* branch_context = dynamic_cast<Parser::BranchContext*>(context))
    built = branch(branch_context->ifStmt());
  else if (auto* loop_context = dynamic_cast<Parser::LoopContext*>(context))
    built = loop(loop_context);
  else if (auto* while_context = dynamic_cast<Parser::WhileLoopContext*>(context))
    built = while_loop(while_context);
  else
    built = assertion(dynamic_cast<Parser::AssertionContext*>(context));
  if (built != nullptr) built->span = span(context);
  return built;
}

StatementPtr TreeBuilder::bind(Parser::BindContext* context) {
  auto bind = std::make_unique<Bind>();
  bind->is_variable = context->VAR() != nullptr;
  bind->pattern = pattern(context->pattern());
  bind->type = optional_type(context->type());
  bind->value = expression(context->expr());
  return bind;
}

Pattern TreeBuilder::pattern(Parser::PatternContext* context) {
  Pattern pattern;
  pattern.span = span(context);
  pattern.name = optional_name(context->ident());
  pattern.has_binders = context->binders() != nullptr;
  if (pattern.has_binders) pattern.binders = binders(context->binders(), BinderUse::other);
  for (Parser::PatternContext* part : context->pattern()) pattern.parts.push_back(this->pattern(part));
  return pattern;
}

static AssignOperator operator_of(TreeBuilder::Parser::AssignOpContext* context) {
  if (context->ADD_TO()) return AssignOperator::add;
  if (context->SUBTRACT_FROM()) return AssignOperator::subtract;
  if (context->MULTIPLY_BY()) return AssignOperator::multiply;
  if (context->DIVIDE_BY()) return AssignOperator::divide;
  return AssignOperator::set;
}

StatementPtr TreeBuilder::assign_or_call(Parser::AssignOrCallContext* context, bool return_fits) {
  const auto suffix_list = context->place()->suffix();
  const auto is_call = [](Parser::SuffixContext* suffix) {
    return dynamic_cast<Parser::CallSuffixContext*>(suffix) != nullptr;
  };
  if (context->assignOp() == nullptr) {
    if (suffix_list.empty() || !is_call(suffix_list.back())) {
      messages_.report_no_statement(tokens_.index_of(context->getStart()),
                                    tokens_.index_of(context->getStop()), return_fits);
      return nullptr;
    }
    auto statement = std::make_unique<CallStatement>();
    statement->call = place(context->place(), SubscriptUse::read);
    return statement;
  }
  for (Parser::SuffixContext* suffix : suffix_list) {
    if (!is_call(suffix)) continue;
    Diagnostic& diagnostic = reporter_.mistake(diagnostics::not_assignable, span(context->place()),
                                               "the result of a call cannot be assigned to");
    diagnostic.labels.push_back({span(suffix), "the call"});
    if (suffix == suffix_list.back()) {
      const Span call = span(suffix);
      diagnostic.fix(
          {{{call.file, call.begin, call.begin + 1}, "["}, {{call.file, call.end - 1, call.end}, "]"}},
          "indices stand in square brackets");
    }
    return nullptr;
  }
  auto assign = std::make_unique<Assign>();
  assign->place = place(context->place(), SubscriptUse::written);
  assign->op = operator_of(context->assignOp());
  assign->op_span = span(context->assignOp());
  assign->value = expression(context->expr());
  return assign;
}

StatementPtr TreeBuilder::branch(Parser::IfStmtContext* context) {
  auto branch = std::make_unique<Branch>();
  branch->condition = expression(context->expr());
  branch->then_block = block(context->block(0), BlockUse::nested);
  branch->has_else = context->ELSE() != nullptr;
  if (context->block(1) != nullptr) branch->else_block = block(context->block(1), BlockUse::nested);
  if (context->ifStmt() != nullptr) {
    const Deeper deeper(*this);
    branch->else_block.span = span(context->ifStmt());
    if (too_deep(context->ifStmt())) return branch;
    StatementPtr nested = this->branch(context->ifStmt());
    nested->span = branch->else_block.span;
    branch->else_block.statements.push_back(std::move(nested));
  }
  return branch;
}

StatementPtr TreeBuilder::loop(Parser::LoopContext* context) {
  auto loop = std::make_unique<Loop>();
  for (Parser::TargetContext* target : context->target())
    loop->targets.push_back({span(target), target->AMPERSAND() != nullptr, name(target->ident())});
  for (Parser::SourceContext* source : context->source())
    loop->sources.push_back(
        {span(source), expression(source->expr(0)), optional_expression(source->expr(1))});
  if (loop->targets.size() != loop->sources.size()) {
    const Span targets = cover(loop->targets.front().span, loop->targets.back().span);
    const Span sources = cover(loop->sources.front().span, loop->sources.back().span);
    Diagnostic& diagnostic =
        reporter_.mistake(diagnostics::loop_sources, sources, "a loop needs one source for each name");
    diagnostic.label =
        std::to_string(loop->sources.size()) + (loop->sources.size() == 1 ? " source" : " sources");
    diagnostic.labels.push_back(
        {targets, std::to_string(loop->targets.size()) + (loop->targets.size() == 1 ? " name" : " names")});
    diagnostic.help =
        "one for each, `for a, b in xs, ys { … }`; places are counted by a range, `for i in 0..N`";
  }
  loop->max = optional_expression(context->expr());
  loop->checkpoints = checkpoints(context->checkpoints());
  loop->body = block(context->block(), BlockUse::nested);
  return loop;
}

std::optional<Checkpoints> TreeBuilder::checkpoints(Parser::CheckpointsContext* context) {
  if (context == nullptr) return std::nullopt;
  return Checkpoints{span(context), optional_expression(context->expr())};
}

StatementPtr TreeBuilder::while_loop(Parser::WhileLoopContext* context) {
  auto loop = std::make_unique<WhileLoop>();
  loop->condition = expression(context->expr(0));
  loop->max = optional_expression(context->expr(1));
  loop->checkpoints = checkpoints(context->checkpoints());
  loop->body = block(context->block(), BlockUse::nested);
  return loop;
}

StatementPtr TreeBuilder::assertion(Parser::AssertionContext* context) {
  auto assertion = std::make_unique<Assertion>();
  assertion->condition = expression(context->expr());
  assertion->has_message = context->STRING() != nullptr;
  if (assertion->has_message) assertion->message = string_value(context->STRING());
  return assertion;
}

}  // namespace kiln::syntax
