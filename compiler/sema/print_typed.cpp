#include <fmt/format.h>

#include "sema/check.h"

namespace kiln::sema {

namespace {

/// Writes functions as indented text; what a function calls is written once, before its caller.
class Printer {
 public:
  std::string print(const TypedProgram& program) {
    text_ = fmt::format("program {}\n", program.name);
    for (const ExportedModel& model : program.models) print_model(model);
    for (const ExportedFunction& function : program.functions) print_export(function);
    for (const TypedTest& test : program.tests) {
      print_function(*test.function);
      text_ += fmt::format("\ntest \"{}\" = {}\n", test.title, name_of(*test.function));
    }
    return std::move(text_);
  }

 private:
  void print_model(const ExportedModel& model) {
    text_ += fmt::format("\nmodel {} = {}\n", model.name, model.model->text);
    for (size_t i = 0; i < model.model->type.leaves.size(); ++i) {
      const Leaf& leaf = model.model->type.leaves[i];
      const char* role = leaf.role == LeafRole::param   ? "param"
                         : leaf.role == LeafRole::state ? "state"
                                                        : "plain";
      text_ += fmt::format("  {} {}: {}\n", role, leaf.path, text_of(leaf.type));
    }
  }

  void print_export(const ExportedFunction& function) {
    print_function(*function.function);
    std::string dims, where;
    for (const std::string& dim : function.dims) dims += (dims.empty() ? "" : ", ") + dim;
    for (const auto& condition : function.where)
      where += (where.empty() ? " where " : ", ") + condition.to_string();
    text_ += fmt::format("\nexport {}[{}]{} = {}\n", function.name, dims, where, name_of(*function.function));
    constexpr const char* kinds[] = {"tensor", "model", "rng", "dim"};
    for (const ExportedArgument& argument : function.arguments) {
      text_ += fmt::format("  {}{} {}: {} (parameter {}, leaves {}+{})\n", argument.is_inout ? "inout " : "",
                           kinds[static_cast<int>(argument.kind)], argument.name, argument.source_type,
                           argument.parameter, argument.first_leaf, argument.leaf_count);
    }
    for (const ExportedResult& result : function.results) {
      text_ += fmt::format("  result {}: {} (leaf {})\n", result.name, result.source_type, result.leaf);
    }
  }

  static std::string text_of(const TensorType& type) {
    std::string text(kiln::name_of(type.element));
    for (size_t i = 0; i < type.shape.size(); ++i) text += (i ? ", " : "[") + type.shape[i].to_string();
    return type.shape.empty() ? text : text + "]";
  }

  std::string name_of(const TypedFunction& function) {
    const auto [at, is_new] = numbers_.emplace(&function, numbers_.size());
    return fmt::format("{}#{}", function.name, at->second);
  }

  void print_function(const TypedFunction& function) {
    if (numbers_.count(&function)) return;
    std::string text;
    text.swap(text_);
    const int depth = depth_;
    depth_ = 1;
    const std::string name = name_of(function);
    const TypedFunction* outer = function_;
    function_ = &function;
    print(function.body);
    std::string head = fmt::format("\nfn {}(", name);
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const TypedParameter& parameter = function.parameters[i];
      head += fmt::format("{}{}{}: {}", i ? ", " : "", parameter.is_inout ? "inout " : "",
                          slot(parameter.slot), to_string(function.slots[parameter.slot].type));
    }
    head += ") -> " + to_string(function.result_type);
    for (const Slot result : function.results) head += " " + slot(result);
    function_ = outer;
    depth_ = depth;
    text_.swap(text);
    text_ += callees_ + head + "\n" + text;
    callees_.clear();
  }

  void print_callee(const TypedFunction& function) {
    if (numbers_.count(&function)) return;
    Printer inner;
    inner.numbers_ = numbers_;
    inner.print_function(function);
    numbers_ = inner.numbers_;
    callees_ += inner.text_;
  }

  std::string slot(Slot number) const { return fmt::format("{}.{}", function_->slots[number].name, number); }

  void line(const std::string& text) {
    text_ += std::string(static_cast<size_t>(depth_) * 2, ' ') + text + "\n";
  }

  void print(const TypedBlock& block) {
    for (const TypedStatementPtr& statement : block.statements) print(*statement);
    if (block.result) line("return " + expression(*block.result));
  }
  void nested(const TypedBlock& block) {
    ++depth_;
    print(block);
    --depth_;
  }

  std::string place(const Place& place) const {
    const auto& leaves = function_->slots[place.slot].type.leaves;
    std::string text = slot(place.slot);
    if (place.leaf_count != leaves.size()) text += fmt::format("<{}+{}>", place.first_leaf, place.leaf_count);
    return text;
  }

  std::string binders(const std::vector<TypedBinder>& list) {
    std::string text;
    for (const TypedBinder& binder : list) {
      text += fmt::format("{}{}.{}: {}{}", text.empty() ? "" : ", ", binder.name, binder.index,
                          binder.low ? expression(*binder.low) + " + " : "", binder.extent.to_string());
    }
    return "[" + text + "]";
  }

  std::string subscripts(const std::vector<TypedSubscript>& list) {
    std::string text;
    for (const TypedSubscript& subscript : list) {
      if (!text.empty()) text += ", ";
      if (subscript.is_slice) {
        text += fmt::format("{}..+{}", subscript.at ? expression(*subscript.at) : "",
                            subscript.extent.to_string());
      } else {
        text += expression(*subscript.at);
      }
      if (subscript.needs_check) text += "?";
    }
    return "[" + text + "]";
  }

  std::string list(const std::vector<TypedExprPtr>& trees) {
    std::string text;
    for (const TypedExprPtr& tree : trees) text += (text.empty() ? "" : ", ") + expression(*tree);
    return "(" + text + ")";
  }

  static std::string scalar(const Scalar& value, ElementType type) {
    if (is_float(type)) return fmt::format("{}:{}", value.real, kiln::name_of(type));
    if (type == ElementType::boolean) return value.integer ? "true" : "false";
    return fmt::format("{}:{}", value.integer, kiln::name_of(type));
  }

  /// A block within an expression: its statements indented below, on lines of their own.
  std::string block_text(const TypedBlock& block) {
    std::string outer;
    outer.swap(text_);
    nested(block);
    outer.swap(text_);
    return "{\n" + outer + std::string(static_cast<size_t>(depth_) * 2, ' ') + "}";
  }

  std::string expression(const TypedExpr& tree);
  void print(const TypedStatement& statement);
  std::string call(const Call& call);

  std::string text_;
  std::string callees_;
  int depth_ = 0;
  const TypedFunction* function_ = nullptr;
  std::map<const TypedFunction*, size_t> numbers_;
};

std::string Printer::call(const Call& call) {
  std::string text;
  if (call.callee) {
    print_callee(*call.callee);
    text = name_of(*call.callee);
  }
  text += "(";
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (i) text += ", ";
    text += call.arguments[i].value ? expression(*call.arguments[i].value)
                                    : "&" + place(call.arguments[i].changed);
  }
  return text + ")";
}

constexpr const char* reducers[] = {"sum", "prod", "mean", "max", "min", "any", "all", "argmax", "argmin"};
constexpr const char* intrinsics[] = {"stop_gradient", "sort",         "top_k",      "rng_new",
                                      "rng_fork",      "rng_uniform",  "rng_normal", "rng_gumbel",
                                      "rng_bernoulli", "rng_integers", "model_init", "print"};
constexpr const char* derivatives[] = {"grad", "value_and_grad", "jvp", "vjp"};

std::string Printer::expression(const TypedExpr& tree) {
  switch (tree.kind) {
    case ExprKind::literal:
      return scalar(static_cast<const Literal&>(tree).value, tree.type.leaves[0].type.element);
    case ExprKind::vector: {
      std::string text;
      for (const Scalar& element : static_cast<const VectorLiteral&>(tree).elements) {
        text += (text.empty() ? "" : ", ") + scalar(element, tree.type.leaves[0].type.element);
      }
      return "vector[" + text + "]";
    }
    case ExprKind::local: return slot(static_cast<const Local&>(tree).slot);
    case ExprKind::index: return fmt::format("i.{}", static_cast<const IndexValue&>(tree).index);
    case ExprKind::dim: return fmt::format("dim({})", static_cast<const DimValue&>(tree).dim.to_string());
    case ExprKind::part: {
      const auto& part = static_cast<const Part&>(tree);
      return fmt::format("{}<{}+{}>", expression(*part.base), part.first_leaf, tree.type.leaves.size());
    }
    case ExprKind::access: {
      const auto& access = static_cast<const Access&>(tree);
      const std::string otherwise = access.otherwise ? " else " + expression(*access.otherwise) : "";
      return expression(*access.base) + subscripts(access.subscripts) + otherwise;
    }
    case ExprKind::apply: {
      const auto& apply = static_cast<const Apply&>(tree);
      if (apply.function == ScalarFunction::convert) return to_string(tree.type) + list(apply.operands);
      return std::string(kiln::name_of(apply.function)) + (apply.needs_check ? "?" : "") +
             list(apply.operands);
    }
    case ExprKind::tuple: return "tuple" + list(static_cast<const TupleValue&>(tree).fields);
    case ExprKind::fill:
      return fmt::format("fill {} with {}", to_string(tree.type),
                         expression(*static_cast<const Fill&>(tree).value));
    case ExprKind::leafwise: {
      const auto& leafwise = static_cast<const Leafwise&>(tree);
      return fmt::format("leafwise {}{}", kiln::name_of(leafwise.function), list(leafwise.operands));
    }
    case ExprKind::comprehension: {
      const auto& comprehension = static_cast<const Comprehension&>(tree);
      return "for" + binders(comprehension.binders) + " " + expression(*comprehension.body);
    }
    case ExprKind::reduction: {
      const auto& reduction = static_cast<const Reduction&>(tree);
      const std::string condition = reduction.condition ? " where " + expression(*reduction.condition) : "";
      return fmt::format("{}{}{} ({})", reducers[static_cast<int>(reduction.reducer)],
                         binders(reduction.binders), condition, expression(*reduction.body));
    }
    case ExprKind::call: return call(static_cast<const Call&>(tree));
    case ExprKind::intrinsic: {
      const auto& intrinsic = static_cast<const Intrinsic&>(tree);
      std::string text = intrinsics[static_cast<int>(intrinsic.intrinsic)];
      if (intrinsic.changed.leaf_count != 0) text += "(&" + place(intrinsic.changed) + ")";
      return fmt::format("{}{}: {}", text, list(intrinsic.operands), to_string(tree.type));
    }
    case ExprKind::conditional: {
      const auto& conditional = static_cast<const ConditionalValue&>(tree);
      return fmt::format("if {} {} else {}", expression(*conditional.condition),
                         block_text(conditional.then_block), block_text(conditional.else_block));
    }
    case ExprKind::block: return block_text(static_cast<const BlockValue&>(tree).block);
    case ExprKind::derivative: {
      const auto& derivative = static_cast<const DerivativeValue&>(tree);
      std::string variables;
      for (size_t i = 0; i < derivative.variables.size(); ++i) {
        variables += (i ? ", " : "") + place(derivative.variables[i]);
        if (i < derivative.tangents.size()) variables += ": " + expression(*derivative.tangents[i]);
      }
      return fmt::format("{}({}) {}", derivatives[static_cast<int>(derivative.derivative)], variables,
                         block_text(derivative.block));
    }
    case ExprKind::function_value: return "function";
    case ExprKind::call_value:
      return "call " + slot(static_cast<const CallValue&>(tree).function) +
             list(static_cast<const CallValue&>(tree).arguments);
  }
  return "";
}

namespace {

std::string checkpoints(const std::optional<CheckpointRounds>& checkpoints) {
  if (!checkpoints) return "";
  return checkpoints->every ? " checkpoint every " + checkpoints->every->to_string() : " checkpoint";
}

}  // namespace

void Printer::print(const TypedStatement& statement) {
  switch (statement.kind) {
    case TypedStatementKind::bind: {
      const auto& bind = static_cast<const BindSlots&>(statement);
      std::string slots;
      for (const Slot number : bind.slots) slots += (slots.empty() ? "" : ", ") + slot(number);
      return line(fmt::format("let {} = {}", slots, expression(*bind.value)));
    }
    case TypedStatementKind::set: {
      const auto& set = static_cast<const SetPlace&>(statement);
      return line(fmt::format("{} = {}", place(set.place), expression(*set.value)));
    }
    case TypedStatementKind::assign: {
      const auto& assign = static_cast<const AssignPoints&>(statement);
      constexpr const char* operators[] = {"=", "+=", "-=", "*=", "/="};
      const std::string condition = assign.condition ? " where " + expression(*assign.condition) : "";
      return line(fmt::format("{}for{}{} {}{} {} {}", assign.defines ? "define " : "",
                              binders(assign.binders), condition, place(assign.place),
                              subscripts(assign.subscripts), operators[static_cast<int>(assign.op)],
                              expression(*assign.value)));
    }
    case TypedStatementKind::call: return line(expression(*static_cast<const CallOnly&>(statement).call));
    case TypedStatementKind::branch: {
      const auto& branch = static_cast<const BranchStatement&>(statement);
      line("if " + expression(*branch.condition));
      nested(branch.then_block);
      line("else");
      return nested(branch.else_block);
    }
    case TypedStatementKind::loop: {
      const auto& loop = static_cast<const RangeLoop&>(statement);
      line(fmt::format("for {}{}{}", loop.counter, loop.limit ? " below " + loop.limit->to_string() : "",
                       loop.rounds ? " rounds " + expression(*loop.rounds) : "") +
           (loop.is_checkpoint ? " checkpoint" : checkpoints(loop.checkpoints)));
      return nested(loop.body);
    }
    case TypedStatementKind::while_loop: {
      const auto& loop = static_cast<const WhileStatement&>(statement);
      line(fmt::format("while {}{}", expression(*loop.condition),
                       loop.limit ? " max " + loop.limit->to_string()
                       : loop.max ? " max " + expression(*loop.max)
                                  : "") +
           checkpoints(loop.checkpoints));
      return nested(loop.body);
    }
    case TypedStatementKind::assertion: {
      const auto& assertion = static_cast<const AssertStatement&>(statement);
      return line(fmt::format("assert {}, \"{}\"", expression(*assertion.condition), assertion.message));
    }
  }
}

}  // namespace

std::string print(const TypedProgram& program) { return Printer().print(program); }

}  // namespace kiln::sema
