#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sema/indices.h"
#include "sema/ragged.h"

namespace kiln::sema {

/// Brackets with nothing but names in them, for advice on their order.
struct Brackets {
  const syntax::Subscript* subscript = nullptr;
  Type type;  // of what they stand behind
  std::vector<IndexId> indices;
};

/// Where an index stands bare on an axis: it ranges over the axis.
struct BareSite {
  IndexId index;
  Shape axes;  // one, or those of a pack
  Span span;
  std::shared_ptr<const Brackets> brackets;  // null: a part of a split, or not all of it are bare indices
};

/// A part of a split.
struct Component {
  std::optional<IndexId> index;
  std::optional<dim::Dim> extent;
  Span span;
  bool gives_range = false;  // the extent was stated here, or follows from the other components
};

/// An axis that a subscript splits, `x[b, (n: Heads, d)]`.
struct SplitSite {
  dim::Dim axis;
  std::vector<Component> components;
};

/// Walks the bodies under the names that hold there and collects the sites of the wanted indices. Types of
/// bases are found by checking them muted.
class SiteFinder {
 public:
  SiteFinder(Body& body, const std::vector<IndexId>& wanted) : body_(body), wanted_(wanted) {}

  std::vector<BareSite> bare;
  std::vector<SplitSite> splits;
  bool met_mistake = false;  // a base has a mistake of its own: what is missing may stem from it

  void visit(const syntax::Expression& expression);

 private:
  void visit_all(const std::vector<syntax::ExpressionPtr>& expressions) {
    for (const auto& expression : expressions) visit(*expression);
  }
  void visit_optional(const syntax::ExpressionPtr& expression) {
    if (expression) visit(*expression);
  }
  void visit_binders(const syntax::Binders& binders, const syntax::Expression& body);
  void visit_binder(const syntax::Binder& binder) {
    visit_optional(binder.low);
    visit_optional(binder.high);
    for (const syntax::Binder& part : binder.parts) visit_binder(part);
  }
  void visit_block(const syntax::Block& block);
  void visit_statement(const syntax::Statement& statement);
  void visit_item(const syntax::SubscriptItem& item);
  void visit_subscript(const syntax::Subscript& subscript);
  void take_sites(const syntax::Subscript& subscript, const Type& base);
  void take_item(const std::shared_ptr<const Brackets>& brackets, const syntax::SubscriptItem& item,
                 const Axis& axis);
  std::shared_ptr<const Brackets> brackets_of(const syntax::Subscript& subscript, const Type& base) const;
  std::optional<Type> type_of_base(const syntax::Expression& base);
  std::optional<IndexId> wanted_index(const syntax::Expression& expression) const;
  void take_components(const syntax::SubscriptItem& item, SplitSite& split);
  OpenAxis point_of(const syntax::SubscriptItem& item);
  OpenAxis point_of_pack(const syntax::SubscriptItem& item, size_t member) const;

  Body& body_;
  const std::vector<IndexId>& wanted_;
};

}  // namespace kiln::sema
