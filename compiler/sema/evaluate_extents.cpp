#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/evaluate.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"

namespace kiln::sema {

namespace {

/// Visits the names in an extent; `is_base` of one that has a subscript.
template <class Visit>
void each_name(const syntax::Expression& expression, const Visit& visit) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(expression)) {
    visit(name->name, false);
  } else if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) {
    each_name(*binary->left, visit);
    each_name(*binary->right, visit);
  } else if (const auto* unary = syntax::if_is<syntax::Unary>(expression)) {
    each_name(*unary->operand, visit);
  } else if (const auto* call = syntax::if_is<syntax::Call>(expression)) {
    for (const syntax::Argument& argument : call->arguments) each_name(*argument.value, visit);
  } else if (const auto* subscript = syntax::if_is<syntax::Subscript>(expression)) {
    if (const auto* base = syntax::if_is<syntax::NameExpression>(*subscript->base)) visit(base->name, true);
    for (const syntax::SubscriptItem& item : subscript->items) {
      if (item.first) each_name(*item.first, visit);
    }
  }
}

void collect_names(const syntax::Type& type, std::set<std::string>& names) {
  if (const auto* named = syntax::if_is<syntax::NamedType>(type)) {
    for (const syntax::Dims& dims : named->dims) {
      for (const syntax::DimItem& item : dims.items) {
        if (item.extent) each_name(*item.extent, [&](const auto& name, bool) { names.insert(name.text); });
      }
    }
  } else if (const auto* tuple = syntax::if_is<syntax::TupleType>(type)) {
    for (const syntax::TypeField& field : tuple->fields) collect_names(*field.type, names);
  }
}

class ExtentEvaluator {
 public:
  ExtentEvaluator(Body& body, const std::map<std::string, size_t>& binders, const Shape& before)
      : body_(body), binders_(binders), before_(before) {}

  bool is_data(const syntax::Expression& expression) const {
    bool found = false;
    each_name(expression, [&](const syntax::Name& name, bool) {
      const Entity* entity = body_.scope.find(name.text);
      found = found || binders_.count(name.text) || body_.extent_integers.count(name.text) ||
              body_.extent_families.count(name.text) ||
              (entity != nullptr &&
               (entity->kind == Entity::Kind::variable || entity->kind == Entity::Kind::index));
    });
    return found;
  }

  std::optional<dim::Dim> evaluate(const syntax::Expression& expression) {
    if (!is_data(expression)) return evaluate_dim(body_, expression);
    if (const auto* name = syntax::if_is<syntax::NameExpression>(expression)) return of_name(name->name);
    if (const auto* subscript = syntax::if_is<syntax::Subscript>(expression)) return of_element(*subscript);
    if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) return of_binary(*binary);
    if (const auto* call = syntax::if_is<syntax::Call>(expression)) {
      if (const auto result = of_call(*call)) return result;
    }
    report(body_, diagnostics::static_needed, expression.span, "this cannot be the extent of an axis").help =
        "an extent that is data is made of integers, elements of tensors of integers, and `+ - * / %`";
    return std::nullopt;
  }

 private:
  std::optional<dim::Dim> of_name(const syntax::Name& name) {
    if (const auto found = binders_.find(name.text); found != binders_.end()) {
      return axis_reference(before_.size() - found->second);
    }
    if (const auto found = body_.extent_integers.find(name.text); found != body_.extent_integers.end()) {
      return found->second;
    }
    const Entity* entity = body_.scope.find(name.text);
    if (entity != nullptr && entity->type.failed()) return std::nullopt;
    if (entity == nullptr || !entity->integer) {
      Diagnostic& diagnostic =
          report(body_, diagnostics::static_needed, name.span, "an extent is one integer");
      if (entity != nullptr) diagnostic.label = this_is(entity->type);
      diagnostic.help = fmt::format("an extent that is data is an `i32`, or an element: `{}[b]`", name.text);
      return std::nullopt;
    }
    if (!is_constant(*entity, name)) return std::nullopt;
    return entity->integer;
  }

  /// A lower-case name that nothing binds: the index of an axis that was not named.
  bool is_unbound(const syntax::Expression& expression) const {
    const auto* name = syntax::if_is<syntax::NameExpression>(expression);
    return name != nullptr && name->name.text[0] >= 'a' && name->name.text[0] <= 'z' &&
           !binders_.count(name->name.text) && !body_.extent_integers.count(name->name.text) &&
           body_.scope.find(name->name.text) == nullptr && body_.module.find(name->name.text) == nullptr;
  }

  bool is_constant(const Entity& entity, const syntax::Name& name) {
    if (!entity.is_mutable) return true;
    Diagnostic& diagnostic =
        report(body_, diagnostics::static_needed, name.span,
               fmt::format("`{}` may change, so it cannot be the extent of an axis", name.text));
    diagnostic.labels.push_back({entity.span, "declared here"});
    diagnostic.help = "extents are parameters or bound by `let`";
    return false;
  }

  std::optional<dim::Dim> of_element(const syntax::Subscript& subscript) {
    const auto* name = syntax::if_is<syntax::NameExpression>(*subscript.base);
    std::string family;
    const Entity* entity = name != nullptr ? body_.scope.find(name->name.text) : nullptr;
    if (name != nullptr) {
      const auto found = body_.extent_families.find(name->name.text);
      if (found != body_.extent_families.end()) {
        family = found->second;
      } else if (entity != nullptr && entity->type.failed()) {
        return std::nullopt;
      } else if (entity != nullptr && !entity->family.empty()) {
        if (!is_constant(*entity, name->name)) return std::nullopt;
        family = entity->family;
      }
    }
    if (family.empty()) {
      const std::string lengths = name != nullptr && entity == nullptr ? name->name.text : "";
      report(body_, diagnostics::static_needed, subscript.span, "this cannot be the extent of an axis").help =
          lengths.empty() ? "lengths are elements of a tensor of `i32` that is a parameter or bound by `let`"
                          : fmt::format(
                                "nothing is called `{0}` here: the lengths of the rows are a parameter "
                                "too, `{0}: i32[B]`",
                                lengths);
      return std::nullopt;
    }
    std::vector<dim::Dim> subscripts;
    for (const syntax::SubscriptItem& item : subscript.items) {
      if (item.kind != syntax::SubscriptKind::point) {
        report(body_, diagnostics::bad_subscript, item.span, "a length has plain subscripts");
        return std::nullopt;
      }
      if (is_unbound(*item.first)) {
        const std::string_view index = body_.session.files.text_of(item.first->span);
        report(body_, diagnostics::unknown_name, item.first->span,
               fmt::format("nothing is called `{}` here", index))
            .help = fmt::format("name the axis of the rows: `[{0}: B, {1}]`", index,
                                body_.session.files.text_of(subscript.span));
        return std::nullopt;
      }
      const auto at = evaluate(*item.first);
      if (!at) return std::nullopt;
      subscripts.push_back(*at);
    }
    if (entity != nullptr && !are_inside(*entity, subscript, subscripts)) return std::nullopt;
    return element_symbol(body_.session, family, subscripts);
  }

  /// Once the tensor of lengths is known: as many subscripts as it has axes, each within its axis.
  bool are_inside(const Entity& entity, const syntax::Subscript& subscript,
                  const std::vector<dim::Dim>& subscripts) {
    const Shape& shape = entity.type.shape;
    if (subscripts.size() != shape.size()) {
      report(body_, diagnostics::subscript_count, subscript.brackets,
             fmt::format("a length is one element of the tensor"))
          .label = fmt::format("this tensor is {}", to_string(entity.type));
      return false;
    }
    for (size_t i = 0; i < shape.size(); ++i) {
      std::map<std::string, dim::Dim> values;
      const dim::Facts former = body_.facts;
      for (const auto& [name, place] : binders_) {
        const std::string symbol = fmt::format("{}#axis", name);
        body_.facts.add_index(symbol, 0, before_[place].extent);
        values.emplace(fmt::format("${}", before_.size() - place), dim::Dim::symbol(symbol));
      }
      dim::Verdict verdict;
      const dim::Dim at = replaced(body_.session, subscripts[i], values);
      const bool inside = prove_inside(body_, at, shape[i].extent, verdict) == Proof::proved;
      body_.facts = former;
      if (inside) continue;
      report(body_, diagnostics::out_of_bounds, subscript.items[i].span,
             fmt::format("`{}` may be outside of 0..{}", to_string(at), to_string(shape[i].extent)))
          .help = "there is a length for each point of the axes before";
      return false;
    }
    return true;
  }

  std::optional<dim::Dim> of_binary(const syntax::Binary& binary) {
    const auto left = evaluate(*binary.left);
    const auto right = evaluate(*binary.right);
    if (!left || !right) return std::nullopt;
    switch (binary.op) {
      case syntax::BinaryOperator::add: return *left + *right;
      case syntax::BinaryOperator::subtract: return *left - *right;
      case syntax::BinaryOperator::multiply: return *left * *right;
      case syntax::BinaryOperator::divide:
      case syntax::BinaryOperator::modulo: {
        if (const auto divisor = right->constant(); divisor && *divisor > 0) {
          return binary.op == syntax::BinaryOperator::divide ? *left / *right : *left % *right;
        }
        report(body_, diagnostics::static_needed, binary.right->span,
               "an extent that is data is divided by positive numbers only");
        return std::nullopt;
      }
      default:
        report(body_, diagnostics::static_needed, binary.span, "an extent is one integer");
        return std::nullopt;
    }
  }

  std::optional<dim::Dim> of_call(const syntax::Call& call) {
    const auto* name = syntax::if_is<syntax::NameExpression>(*call.callee);
    if (name == nullptr || call.arguments.size() != 2) return std::nullopt;
    if (!(name->name == "min") && !(name->name == "max")) return std::nullopt;
    const auto left = evaluate(*call.arguments[0].value);
    const auto right = evaluate(*call.arguments[1].value);
    if (!left || !right) return std::nullopt;
    return name->name == "min" ? min(*left, *right) : max(*left, *right);
  }

  Body& body_;
  const std::map<std::string, size_t>& binders_;
  const Shape& before_;
};

}  // namespace

std::set<std::string> names_in_extents(const syntax::Function& function) {
  std::set<std::string> names;
  for (const syntax::Parameter& parameter : function.parameters) {
    if (parameter.type) collect_names(*parameter.type, names);
  }
  for (const syntax::Result& result : function.results) collect_names(*result.type, names);
  return names;
}

std::optional<dim::Dim> evaluate_extent(Body& body, const syntax::Expression& expression,
                                        const std::map<std::string, size_t>& binders, const Shape& before) {
  return ExtentEvaluator(body, binders, before).evaluate(expression);
}

}  // namespace kiln::sema
