#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sema/observer.h"
#include "sema/session.h"

namespace kiln::query {

/// How much a word of the checker counts: a body is checked more than once, and the generic check says it in
/// the function's own dims.
enum class Weight : uint8_t { none, muted, instance, generic };

struct TypeFact {
  sema::Type type;
  std::string known;  // the value of what is known when it is compiled: "(K - 1) * S", "3"; else empty
  Weight weight = Weight::none;
};

struct RangeFact {
  std::string low, high;  // low <= index < high
  Weight weight = Weight::none;
};

/// What the checker said about one file, and the trees that it speaks of.
class Facts : public sema::Observer {
 public:
  /// Listens to what concerns this file of the session.
  explicit Facts(uint32_t file) : file_(file) {}

  void checked(const sema::Body& body, const syntax::Expression& expression,
               const sema::Value& value) override;
  void defined(const sema::Body& body, const sema::Entity& entity) override;
  void ended(const sema::Body& body) override;
  void finished(sema::Session& session) override;

  /// The expressions around a place, inner ones first.
  std::vector<const syntax::Expression*> around(uint32_t offset) const;
  /// The longest expression that ends at a place; null if there is none.
  const syntax::Expression* ending_at(uint32_t offset) const;
  /// Null if nothing is known.
  const TypeFact* of(const syntax::Expression& expression) const;
  const TypeFact* of_name(Span name) const;
  const RangeFact* range_of(Span name) const;
  /// What a function (or the fields of a model) needs and does not say: "N >= 1".
  std::vector<std::string> inferred(const syntax::Function& function) const;
  std::vector<std::string> inferred(const syntax::Model& model) const;
  /// The fields of a model with its arguments; null if nobody asked for them.
  const std::vector<sema::ModelField>* fields_of(const sema::ModelApplication& model) const;
  const sema::Modules& modules() const { return modules_; }

 private:
  bool concerns(Span span) const { return span.file == file_; }
  static Weight weight_of(const sema::Body& body);

  uint32_t file_;
  std::unordered_map<const syntax::Expression*, TypeFact> expressions_;
  std::unordered_map<uint32_t, TypeFact> names_;  // by where the name begins
  std::unordered_map<uint32_t, RangeFact> ranges_;
  sema::Modules modules_;
  std::map<const syntax::Function*, sema::GenericResult> functions_;
  std::map<const syntax::Model*, sema::GenericResult> models_;
  std::map<std::string, std::vector<sema::ModelField>> fields_;
};

}  // namespace kiln::query
