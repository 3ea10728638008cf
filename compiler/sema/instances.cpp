#include "sema/instances.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/function_check.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"

namespace kiln::sema {

namespace {

std::string key_of(const Bindings& bindings) {
  std::string key;
  for (const auto& [name, value] : bindings.dims) key += name + "=" + value.to_string() + ";";
  for (const auto& [name, value] : bindings.elements) key += name + "=" + key_of(Type::tensor(value)) + ";";
  for (const auto& [name, value] : bindings.packs) {
    key += name + "=" + key_of(Type::tensor(Element{}, value)) + ";";
  }
  for (const auto& [name, value] : bindings.types) key += name + "=" + key_of(value) + ";";
  for (const auto& [name, family] : bindings.families) key += name + "=" + family + ";";
  for (const std::string& name : bindings.defaulted) key += name + ";";
  for (const auto& [name, value] : bindings.others) {
    key += name + "=";
    key += value.function ? fmt::format("{}", fmt::ptr(value.function->reference.syntax)) : value.text;
    if (value.function) key += key_of(value.function->type);
    key += ";";
  }
  return key;
}

/// One more step of the trail while the body of a function is checked for one use.
class Trail {
 public:
  Trail(Session& session, const FunctionReference& function, Span call, bool shown)
      : session_(session), shown_(shown) {
    session_.active.push_back(function.syntax);
    if (!shown_) return;
    std::string text = fmt::format("`{}`", function.syntax->name.text);
    if (function.self) {
      Type type = Type::of(Type::Kind::model);
      type.model = function.self;
      text += " of " + to_string(type);
    }
    session_.trail.push_back({std::move(text), call});
  }
  ~Trail() {
    session_.active.pop_back();
    if (shown_) session_.trail.pop_back();
  }
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

 private:
  Session& session_;
  bool shown_;
};

void report_recursion(Session& session, const FunctionReference& function, Span call) {
  Diagnostic& diagnostic = session.diagnostics.add(
      diagnostics::recursion, call, fmt::format("`{}` calls itself", function.syntax->name.text));
  diagnostic.labels.push_back({function.syntax->name.span, "declared here"});
  diagnostic.help = "functions cannot recurse, directly or through others: write a loop";
}

/// A chain of calls is checked from its end, each callee within its caller: its length is bounded by the
/// stack.
class Depth {
 public:
  static constexpr size_t deepest = 200;
  Depth(Session& session, const FunctionReference& function, Span call) : session_(session) {
    if (++session_.call_depth != deepest + 1) return;
    session_.diagnostics.add(
        diagnostics::nested_too_deeply, call,
        fmt::format("the call of `{}` is the last of more than {}, each in the function that "
                    "the one before calls",
                    function.syntax->name.text, deepest));
  }
  ~Depth() { --session_.call_depth; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  bool is_too_deep() const { return session_.call_depth > deepest; }

 private:
  Session& session_;
};

}  // namespace

std::shared_ptr<const TypedFunction> instantiate(Session& session, Root& root,
                                                 const FunctionReference& function, const Bindings& bindings,
                                                 Span call) {
  std::string key = fmt::format("{}|", fmt::ptr(function.syntax));
  if (function.self) key += sema::key_of(*function.self);
  key += "|" + key_of(bindings);
  if (const auto found = root.instances.find(key); found != root.instances.end()) return found->second;
  if (std::find(session.active.begin(), session.active.end(), function.syntax) != session.active.end()) {
    report_recursion(session, function, call);
    return nullptr;
  }
  const Depth depth(session, function, call);
  if (depth.is_too_deep()) return nullptr;
  const Trail trail(session, function, call, true);
  Body body(session, root, *function.module);
  body.facts = root.facts;
  body.is_trusted = !is_checked_at_use(function);
  body.is_conditional = true;  // what an export needs was inferred generically, from its own calls
  const Signature signature = make_signature(body, function, SignatureMode::bound, bindings);
  if (signature.failed) return nullptr;
  std::vector<dim::Condition> needed;
  if (body.is_trusted) {
    std::map<std::string, dim::Dim> own;
    for (const auto& [name, value] : bindings.dims) own.emplace(name.substr(1), value);
    if (function.self) {
      for (size_t i = 0; i < function.self->arguments.size(); ++i) {
        own.insert_or_assign(function.self->syntax->parameters[i].name.text, function.self->arguments[i].dim);
      }
    }
    const std::vector<dim::Condition> inferred = check_generically(session, function, call).inferred;
    for (const dim::Condition& condition : inferred) needed.push_back(condition.substitute(own));
  }
  for (const auto& [name, value] : bindings.dims) assume_extent(body, value);
  std::vector<dim::Condition> at_run_time;
  for (const dim::Condition& condition : needed) {
    const bool is_run_time = condition.to_string().find('#') != std::string::npos;
    if (is_run_time && !dim::proves(body.facts, condition)) at_run_time.push_back(condition);
    body.facts.add(condition);
  }
  check_function(body, signature, bindings.defaulted, std::move(at_run_time));
  std::shared_ptr<const TypedFunction> typed = std::move(body.function);
  root.instances.emplace(key, typed);
  return typed;
}

const GenericResult& check_generically(Session& session, const FunctionReference& function, Span call) {
  const auto [at, is_new] = session.generic_results.try_emplace(function.syntax);
  GenericResult& result = at->second;
  if (!is_new) {
    if (result.is_active) report_recursion(session, function, call);
    return result;
  }
  const Depth depth(session, function, call);
  if (depth.is_too_deep()) return result;
  result.is_active = true;
  std::vector<TrailStep> trail;
  trail.swap(session.trail);
  Root root;
  root.is_generic = true;
  Body body(session, root, *function.module);
  FunctionReference own = function;
  if (function.model != nullptr) {
    own.self = std::make_shared<const ModelApplication>(open_application(*function.module, *function.model));
  }
  const Signature signature = make_signature(body, own, SignatureMode::own, {});
  if (!signature.failed) {
    check_dims_are_determined(body, signature);
    check_function(body, signature);
  }
  trail.swap(session.trail);
  result.inferred = std::move(root.inferred);
  result.is_active = false;
  return result;
}

}  // namespace kiln::sema
