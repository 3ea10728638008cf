#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sema/value.h"

namespace kiln::sema {

struct Entity;

/// What a lower- or upper-case name stands for inside a function.
struct Entity {
  enum class Kind : uint8_t {
    variable,  // let, var, parameters, results, fields of self, targets of walks
    index,
    pack_index,
    fixed,  // dims, static arguments, types, functions, untyped constants
    pack,   // `...S` of the signature
  };
  Kind kind = Kind::variable;
  Span span;
  Type type;
  Place place;
  bool is_mutable = false;
  bool is_field = false;
  bool is_result = false;
  bool is_inout_elsewhere =
      false;                // of `inout self if Train` where `Train` is false: `&` may mark it all the same
  SharedText why_constant;  // for "cannot be changed: …"
  SharedText path;          // of a leaf in a walk
  size_t depth = 0;         // of the block that declares it, set by `define`

  Shared<dim::Condition> presence;  // of a field with `if`, while its condition is open
  Span presence_span;               // the condition
  std::optional<dim::Dim> integer;
  SharedText family;  // of a tensor of integers: see ragged.h
  bool is_static = false;
  Shared<dim::Condition> condition, refutation;
  std::optional<bool> known;
  std::vector<Constant> constants;
  Shared<StaticValue> fixed;

  IndexId index = 0;  // of an index; of a pack_index the first
  Shape shape;        // pack: the axes
};

/// The names of one function, innermost block last.
class Scope {
 public:
  void push() { blocks_.emplace_back(); }
  void pop() { blocks_.pop_back(); }
  size_t depth() const { return blocks_.size(); }
  Entity* find(const std::string& name);
  const Entity* find(const std::string& name) const { return const_cast<Scope*>(this)->find(name); }
  /// Whether the innermost block declares it.
  bool is_local(const std::string& name) const { return !blocks_.empty() && blocks_.back().count(name) != 0; }
  Entity& define(const std::string& name, Entity entity);
  void erase_local(const std::string& name) { blocks_.back().erase(name); }
  /// All names in scope, for spelling help.
  std::vector<std::string> names() const;
  /// Visits the mutable variables of all blocks.
  template <class Visit>
  void each(Visit visit) {
    for (auto& block : blocks_) {
      for (auto& [name, entity] : block) visit(name, entity);
    }
  }

 private:
  std::vector<std::map<std::string, Entity>> blocks_;
};

}  // namespace kiln::sema
