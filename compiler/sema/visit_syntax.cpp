#include "sema/visit_syntax.h"

namespace kiln::sema {

namespace {

using namespace syntax;

class Walk {
 public:
  explicit Walk(const SyntaxVisitor& visitor) : visitor_(visitor) {}

  void block(const Block& block) {
    for (const StatementPtr& each : block.statements) statement(*each);
    expression(block.result);
  }

  void statement(const Statement& node) {
    // What a statement binds is known only behind it.
    switch (node.kind) {
      case StatementKind::bind: binders(as<Bind>(node).pattern), expression(as<Bind>(node).value); break;
      case StatementKind::assign:
        expression(as<Assign>(node).place), expression(as<Assign>(node).value);
        break;
      case StatementKind::call: expression(as<CallStatement>(node).call); break;
      case StatementKind::branch: {
        const auto& branch = as<Branch>(node);
        expression(branch.condition), block(branch.then_block), block(branch.else_block);
        break;
      }
      case StatementKind::loop: {
        const auto& loop = as<Loop>(node);
        for (const LoopSource& source : loop.sources) expression(source.low), expression(source.high);
        expression(loop.max), checkpoints(loop.checkpoints), block(loop.body);
        break;
      }
      case StatementKind::while_loop: {
        const auto& loop = as<WhileLoop>(node);
        expression(loop.condition), expression(loop.max), checkpoints(loop.checkpoints), block(loop.body);
        break;
      }
      case StatementKind::assertion: expression(as<Assertion>(node).condition); break;
    }
    visitor_.statement(node);
  }

 private:
  void checkpoints(const std::optional<Checkpoints>& checkpoints) {
    if (checkpoints) expression(checkpoints->every);
  }
  void binders(const Pattern& pattern) {
    for (const Pattern& part : pattern.parts) binders(part);
    binders(pattern.binders);
  }
  void binders(const Binders& list) {
    for (const Binder& binder : list.list) expression(binder.low), expression(binder.high);
    expression(list.where);
  }
  void items(const std::vector<SubscriptItem>& list) {
    for (const SubscriptItem& item : list) expression(item.first), expression(item.last), items(item.parts);
  }

  void expression(const ExpressionPtr& pointer) {
    if (!pointer) return;
    const Expression& node = *pointer;
    visitor_.expression(node);
    switch (node.kind) {
      case ExpressionKind::number:
      case ExpressionKind::string:
      case ExpressionKind::boolean:
      case ExpressionKind::name: break;
      case ExpressionKind::tuple:
        for (const TupleField& field : as<Tuple>(node).fields) expression(field.value);
        break;
      case ExpressionKind::vector:
        for (const ExpressionPtr& element : as<Vector>(node).elements) expression(element);
        break;
      case ExpressionKind::unary: expression(as<Unary>(node).operand); break;
      case ExpressionKind::binary:
        expression(as<Binary>(node).left), expression(as<Binary>(node).right);
        break;
      case ExpressionKind::member: expression(as<Member>(node).base); break;
      case ExpressionKind::subscript: {
        const auto& subscript = as<Subscript>(node);
        expression(subscript.base), items(subscript.items);
        expression(subscript.otherwise), expression(subscript.where);
        break;
      }
      case ExpressionKind::call:
        expression(as<Call>(node).callee);
        for (const Argument& argument : as<Call>(node).arguments) expression(argument.value);
        break;
      case ExpressionKind::reduction:
        binders(as<Reduction>(node).binders), expression(as<Reduction>(node).body);
        break;
      case ExpressionKind::comprehension:
        binders(as<Comprehension>(node).binders), expression(as<Comprehension>(node).body);
        break;
      case ExpressionKind::lambda: expression(as<Lambda>(node).body); break;
      case ExpressionKind::conditional: {
        const auto& conditional = as<Conditional>(node);
        expression(conditional.condition), block(conditional.then_block), block(conditional.else_block);
        break;
      }
      case ExpressionKind::derivative: block(as<Derivative>(node).block); break;
      case ExpressionKind::checkpoint: block(as<Checkpoint>(node).block); break;
      case ExpressionKind::value_block: block(as<ValueBlock>(node).block); break;
    }
  }

  const SyntaxVisitor& visitor_;
};

}  // namespace

void visit_block(const syntax::Block& block, const SyntaxVisitor& visitor) { Walk(visitor).block(block); }
void visit_statement(const syntax::Statement& statement, const SyntaxVisitor& visitor) {
  Walk(visitor).statement(statement);
}

void for_each_function(
    const syntax::File& file,
    const std::function<void(const syntax::Function*, const syntax::Block&, Span)>& visit) {
  for (const DeclarationPtr& declaration : file.declarations) {
    if (const auto* function = if_is<Function>(*declaration)) visit(function, function->body, function->span);
    if (const auto* test = if_is<Test>(*declaration)) visit(nullptr, test->body, test->span);
    if (const auto* model = if_is<Model>(*declaration))
      for (const auto& method : model->methods) visit(method.get(), method->body, method->span);
  }
}

}  // namespace kiln::sema
