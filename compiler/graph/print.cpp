#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "graph/derive_dims.h"
#include "graph/print_expression.h"
#include "graph/print_literal.h"
#include "graph/reducer.h"
#include "graph/text.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {

bool is_dotted_identifier(const std::string& text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('.', begin), text.size());
    if (!is_identifier(std::string_view(text).substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

/// A unique name for each value: "%h", "%h#2" for a second "h", "%7" for the unnamed eighth value.
std::vector<std::string> value_names(const Function& function) {
  std::vector<std::string> names(function.values.size(), "%?");
  std::map<std::string, int> taken;
  int position = 0;
  for (const Node& node : function.nodes)
    for (ValueId id : node.results) {
      const std::string& given = function[id].name;
      std::string& name = names[id.number];
      name = given.empty() ? fmt::format("%{}", position)
                           : "%" + (is_dotted_identifier(given) ? given : quote(given));
      if (const int number = ++taken[name]; number > 1) name += fmt::format("#{}", number);
      ++position;
    }
  return names;
}

std::vector<std::string> index_names(const Function& function, const Compute& compute) {
  std::set<std::string> taken(function.dims.begin(), function.dims.end());
  taken.insert({"true", "false", "nan", "inf"});
  std::vector<std::string> names;
  for (const Index& index : compute.domain) {
    const std::string base = is_identifier(index.name) ? index.name : fmt::format("i{}", names.size());
    std::string name = base;
    for (int attempt = 1; !taken.insert(name).second; ++attempt) name = fmt::format("{}_{}", base, attempt);
    names.push_back(name);
  }
  return names;
}

std::string print_dims(const std::vector<dim::Dim>& dims) {
  std::string text;
  for (const dim::Dim& dim : dims) text += (text.empty() ? "" : ", ") + dim.to_string();
  return text;
}

std::string print_type(const Type& type) {
  return type.shape.empty() ? std::string(name_of(type.element))
                            : fmt::format("{}[{}]", name_of(type.element), print_dims(type.shape));
}

/// Structure for structure, not as a person would write it.
std::string print_condition(const dim::Condition& condition) {
  using Kind = dim::Condition::Kind;
  switch (condition.kind) {
    case Kind::at_least_zero: return condition.value.to_string() + " >= 0";
    case Kind::equal_zero: return condition.value.to_string() + " == 0";
    case Kind::not_equal_zero: return condition.value.to_string() + " != 0";
    case Kind::both:
    case Kind::either: break;
  }
  std::string text = condition.kind == Kind::both ? "both(" : "either(";
  for (size_t i = 0; i < condition.operands.size(); ++i)
    text += (i == 0 ? "" : ", ") + print_condition(condition.operands[i]);
  return text + ")";
}

class FunctionPrinter {
 public:
  FunctionPrinter(const Function& function, int depth)
      : function_(function), names_(value_names(function)), depth_(depth) {}

  std::string print() {
    std::string dims;
    for (const std::string& dim : function_.dims) dims += (dims.empty() ? "" : ", ") + dim;
    text_ = fmt::format("function {}({}) {{\n",
                        is_identifier(function_.name) ? function_.name : quote(function_.name), dims);
    for (const dim::Condition& fact : function_.facts) line("fact " + print_condition(fact));
    for (const DerivedDim& derived : function_.derived)
      line(fmt::format("derive {} = {} {}", derived.dim, name_of(derived.kind),
                       fmt::join(derived.inputs, ", ")));
    for (const Node& node : function_.nodes) print_node(node);
    for (size_t i = 0; i < function_.outputs.size(); ++i)
      line(fmt::format("output {} as {}", name(function_.outputs[i]),
                       quote(i < function_.output_names.size() ? function_.output_names[i] : "")));
    return text_ + indent(0) + "}";
  }

 private:
  std::string indent(int more) const { return std::string(static_cast<size_t>(2 * (depth_ + more)), ' '); }
  void line(const std::string& content, int more = 1) { text_ += indent(more) + content + "\n"; }

  std::string name(ValueId id) const { return id.number < names_.size() ? names_[id.number] : "%?"; }
  std::string list(const std::vector<ValueId>& ids) const {
    std::string text;
    for (ValueId id : ids) text += (text.empty() ? "" : ", ") + name(id);
    return text;
  }

  void print_node(const Node& node) {
    std::string results;
    for (ValueId id : node.results) {
      const Value& value = function_[id];
      results += fmt::format("{}{}: {}", results.empty() ? "" : ", ", name(id), print_type(value.type));
      if (value.range)
        results += fmt::format(" in {}..{}", value.range->low.to_string(), value.range->high.to_string());
    }
    std::visit([&](const auto& op) { print_op(node, results, op); }, node.op);
  }

  void print_op(const Node& node, const std::string& results, const Input& op) {
    const bool renamed = node.results.size() != 1 || function_[node.results[0]].name != op.name;
    line("input " + results + (renamed ? " named " + quote(op.name) : ""));
  }

  void print_op(const Node& node, const std::string& results, const Constant& op) {
    const ElementType element = function_.type_of(node.results[0]).element;
    const auto size = static_cast<size_t>(size_of(element));
    constexpr size_t most_listed = 16;
    const size_t count = op.data.size() / size;
    if (row_of(element).bits < 8 || count > most_listed || count * size != op.data.size()) {
      std::string digits;
      for (std::byte byte : op.data) digits += fmt::format("{:02x}", static_cast<unsigned>(byte));
      return line(fmt::format("{} = constant hex \"{}\"", results, digits));
    }
    std::string elements;
    for (size_t i = 0; i < count; ++i)
      elements += (i == 0 ? "" : ", ") + print_scalar(element, load(op.data.data() + i * size, element));
    line(fmt::format("{} = constant [{}]", results, elements));
  }

  void print_op(const Node&, const std::string& results, const Compute& op) {
    const std::vector<std::string> indices = index_names(function_, op);
    const ExpressionPrinter expressions(function_.expressions, names_, indices, roots_of(op));
    std::string head = results + " = compute [";
    for (size_t i = 0; i < indices.size(); ++i)
      head += fmt::format("{}{}: {}", i == 0 ? "" : ", ", indices[i], op.domain[i].extent.to_string());
    std::string rest = "write [";
    for (size_t i = 0; i < op.write.size(); ++i)
      rest += (i == 0 ? "" : ", ") + expressions.print(op.write[i]);
    rest += "]";
    for (size_t i = 0; i < op.guard.size(); ++i)
      rest += (i == 0 ? " where " : ", ") + expressions.print(op.guard[i]);
    rest += fmt::format(" {}", name_of(op.reducer));
    if (row_of(op.reducer).reports_index)
      rest += fmt::format("[{}]", op.reported < indices.size() ? indices[op.reported] : "?");
    rest += " " + expressions.print(op.body);
    if (expressions.definitions().empty()) return line(head + "] " + rest);
    line(head + "]");
    for (const std::string& definition : expressions.definitions()) line(definition, 2);
    line(rest, 2);
  }

  void print_op(const Node&, const std::string& results, const StopGradient& op) {
    line(fmt::format("{} = stop_gradient {}", results, name(op.operand)));
  }

  void print_op(const Node&, const std::string& results, const Sort& op) {
    line(fmt::format("{} = sort {}{}{}", results, name(op.operand), op.descending ? " descending" : "",
                     op.count ? " count " + op.count->to_string() : ""));
  }

  void print_op(const Node&, const std::string& results, const Derivative& op) {
    const char* mode = op.mode == Derivative::Mode::reverse ? "reverse" : "forward";
    line(fmt::format("{} = derivative {} wrt {} seeded {} ({}) {}", results, mode, op.wrt_count,
                     positions(op.seeded), list(op.operands), nested(op.body)));
  }

  static std::string positions(const std::vector<uint32_t>& list) {
    std::string text;
    for (uint32_t position : list) text += fmt::format("{}{}", text.empty() ? "" : ", ", position);
    return "[" + text + "]";
  }

  std::string nested(const std::shared_ptr<const Function>& body) const {
    return body ? FunctionPrinter(*body, depth_ + 1).print() : "?";
  }

  void print_op(const Node&, const std::string& results, const RuledCall& op) {
    const char* mode = op.mode == Derivative::Mode::reverse ? "reverse" : "forward";
    line(fmt::format("{}ruled {} active {} seeded {} arguments {} ({}) {} {}",
                     results.empty() ? "" : results + " = ", mode, positions(op.active), positions(op.seeded),
                     op.argument_count, list(op.operands), nested(op.body), nested(op.rule)));
  }

  void print_op(const Node&, const std::string& results, const RuledTangent& op) {
    line(fmt::format("{} = ruled_tangent ({}) {}", results, list(op.operands), nested(op.rule)));
  }

  void print_op(const Node&, const std::string& results, const Loop& op) {
    std::string head = fmt::format("{}loop {}", results.empty() ? "" : results + " = ", op.counter);
    if (op.limit) head += " below " + op.limit->to_string();
    if (op.reversed) head += " reversed";
    if (op.recompute) head += " recompute";
    for (size_t k = 0; k < op.checkpoints.size(); ++k)
      head += (k == 0 ? " every " : ", ") + op.checkpoints[k].to_string();
    if (op.rounds) head += " rounds " + name(*op.rounds);
    if (op.go_on) head += " while " + name(*op.go_on);
    line(fmt::format("{} carried {} ({}) {}", head, op.carried_count, list(op.operands), nested(op.body)));
  }

  void print_op(const Node&, const std::string&, const Check& op) {
    std::string text;
    switch (op.kind) {
      case Check::Kind::index:
        text = fmt::format("check index {}, {} < {} of {} axis {}", name(op.subject), name(op.greatest),
                           op.extent.to_string(), quote(op.tensor), op.axis);
        break;
      case Check::Kind::assertion: text = "check assertion " + name(op.subject); break;
      case Check::Kind::divisor: text = "check divisor " + name(op.subject); break;
    }
    if (!op.message.empty()) text += " message " + quote(op.message);
    if (!op.place.empty()) text += " at " + quote(op.place);
    line(text);
  }

  void print_op(const Node&, const std::string&, const Print& op) {
    line(fmt::format("print {} {}", quote(op.text), name(op.operand)));
  }

  const Function& function_;
  std::vector<std::string> names_;
  int depth_;
  std::string text_;
};

}  // namespace

std::string print(const Function& function) { return FunctionPrinter(function, 0).print() + "\n"; }

}  // namespace kiln::graph
