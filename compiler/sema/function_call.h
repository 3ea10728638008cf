#pragma once

#include "sema/calls.h"
#include "sema/match_dims.h"
#include "sema/open_signature.h"

namespace kiln::sema {

/// Where a slice that a call changes comes from.
struct SliceOrigin {
  Place place;                                 // the tensor
  std::vector<std::optional<int64_t>> points;  // of each axis: the literal subscript
};

/// One call, judgement 2: place the arguments, match their types, solve what is open, prove the `where`s,
/// make the node.
class FunctionCall {
 public:
  FunctionCall(Body& body, const FunctionReference& function, const syntax::Call& call, Want want)
      : body_(body),
        function_(function),
        call_(call),
        want_(want),
        open_(open_signature(body.session, body.root, function)),
        signature_(open_->signature) {}
  Value check(std::optional<Value> receiver);

 private:
  Value failed() const { return Value::error(call_.span); }
  /// Where the defaults of the parameters are evaluated; made for the calls that need it.
  Body& callee() {
    if (!callee_) callee_ = open_body(body_.session, body_.root, function_);
    return *callee_;
  }
  std::string name() const { return function_.syntax->name.text; }
  void check_arguments_only();
  bool place_arguments();
  bool is_stream_forgotten() const;
  bool is_inout(const syntax::Parameter& parameter) const;
  /// `inout x if Train` while `Train` is open: neither demanded nor refused.
  bool is_inout_open(const syntax::Parameter& parameter) const;
  bool check_statics();
  /// Binds the defaults of static parameters whose dims are known: `K: dim = N`.
  void take_static_defaults();
  void bind_static(const std::string& parameter, StaticValue value);
  bool check_values();

  /// Functions as arguments that are no declared ones; each becomes a FunctionValue.
  bool takes_function_value(size_t at);
  /// A variable that is a model, or a submodel of one.
  bool is_model_value(const syntax::Expression& path);
  bool check_function_value(size_t at);
  /// `fn(x) = e`: its body uses the variables of the caller, and has no effects.
  bool check_lambda(size_t at, const syntax::Lambda& lambda, const Type& type);
  /// A scalar function of the prelude: `apply(exp, x)`.
  bool check_scalar_function(size_t at, ScalarFunction function, const Type& type);
  void bind_function(size_t at, const Type& type, TypedExprPtr value);

  /// Binds what only the results of functions among the arguments say, by looking at these functions with the
  /// types of their parameters. False after a report of what is wrong with one of them.
  bool infer_function_results();
  std::optional<Type> function_result(size_t at, const Type& type);
  std::optional<Type> lambda_result(size_t at, const syntax::Lambda& lambda, const Type& type);
  std::optional<Type> result_of_body(const syntax::Lambda& lambda, const Type& type);

  /// `&c.k[l]`: the slice is copied to a variable of its own, which the call changes, and written back after
  /// it.
  bool take_slice(size_t at);

  /// The call between the copies of the slices it changes and their writing back.
  Value with_slices(Value value);

  /// A function of rank-0 tensors applies to tensors element by element.
  bool finds_lift() const;
  bool match_all();
  void bind_extents();
  bool report_ragged_argument(size_t at);
  bool report_argument(size_t at);
  bool solve_rest();

  /// Integers that the callee's `where` may speak of.
  std::map<std::string, dim::Dim> integer_arguments();
  bool prove_clause(const dim::Condition& condition, const std::string& text, Span place);
  bool prove_where();
  bool convert_arguments();
  bool check_changes();
  std::shared_ptr<const TypedFunction> instance();
  const TypedRule* rule_of(const std::shared_ptr<const TypedFunction>& typed);
  Value make();
  TypedArgument argument(Value& value, bool is_changed);
  Value make_lifted(const Type& type, const std::shared_ptr<const TypedFunction>& typed);
  Body& body_;
  FunctionReference function_;
  const syntax::Call& call_;
  Want want_;
  std::shared_ptr<const OpenSignature> open_;
  const Signature& signature_;
  std::unique_ptr<Body> callee_;  // see callee
  std::optional<Value> receiver_;
  std::vector<const syntax::Argument*> placed_;
  std::vector<std::pair<std::string, StaticValue>> static_defaults_;  // that wait for dims
  std::vector<Value> values_;
  std::vector<bool> has_value_;
  std::vector<const syntax::Expression*>
      functions_;  // arguments that are function values, null for the others
  std::vector<std::unique_ptr<syntax::Lambda>> models_;  // given for functions, as calls of them
  std::vector<TypedExprPtr> function_values_;            // what they became
  std::vector<std::optional<SliceOrigin>> slices_;       // of each parameter
  std::vector<TypedStatementPtr> before_, after_;
  Bindings bindings_;
  bool is_lifted_ = false;
};

}  // namespace kiln::sema
