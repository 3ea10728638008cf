#include <random>
#include <unordered_map>

#include "graph/reducer.h"
#include "read_graph.h"

/// The interpreter flattens a compute, moves work out of loops and shares it between lazy branches. Here it
/// is held against a second evaluator that does none of this, on random expressions.
namespace kiln::graph {
namespace {

using F = ScalarFunction;

/// An expression at one point, straight from its definition.
class PlainEvaluator {
 public:
  PlainEvaluator(const Function& function, const std::map<std::string, int64_t>& dims,
                 const std::vector<const Tensor*>& tensors, std::vector<int64_t> point)
      : function_(function), dims_(dims), tensors_(tensors), point_(std::move(point)) {}

  Scalar operator()(ExprId id) {
    const auto known = known_.find(id.number);
    return known != known_.end() ? known->second : known_[id.number] = find(function_.expressions[id]);
  }

 private:
  Scalar find(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::literal: return expr.literal;
      case ExprKind::index: return Scalar::of_integer(point_[expr.index]);
      case ExprKind::dim: return Scalar::of_integer(*expr.dim.evaluate(dims_));
      case ExprKind::read: {
        const Tensor& tensor = *tensors_[expr.value.number];
        int64_t flat = 0;
        for (size_t axis = 0; axis < expr.operands.size(); ++axis) {
          const int64_t subscript = (*this)(expr.operands[axis]).integer;
          EXPECT_TRUE(subscript >= 0 && subscript < tensor.extents[axis]) << "the test made a stray read";
          flat = flat * tensor.extents[axis] + subscript;
        }
        return tensor.at(flat);
      }
      case ExprKind::call: break;
    }
    const Scalar first = (*this)(expr.operands[0]);
    if (expr.function == F::select) return (*this)(expr.operands[first.integer != 0 ? 1 : 2]);
    if (expr.function == F::logical_and && first.integer == 0) return first;
    if (expr.function == F::logical_or && first.integer != 0) return first;
    std::vector<Scalar> operands = {first};
    for (size_t i = 1; i < expr.operands.size(); ++i) operands.push_back((*this)(expr.operands[i]));
    return evaluate(expr.function, function_.expressions[expr.operands.back()].type, operands, expr.type);
  }

  const Function& function_;
  const std::map<std::string, int64_t>& dims_;
  const std::vector<const Tensor*>& tensors_;
  std::vector<int64_t> point_;
  std::unordered_map<uint32_t, Scalar> known_;
};

constexpr int64_t extents[3] = {3, 2, 4};
constexpr int64_t length = 5;

/// Pools of expressions: safe ones hold everywhere, unsafe ones only where `inside` does.
class RandomExpressions {
 public:
  RandomExpressions(Expressions& e, ValueId x, ValueId table, uint32_t seed) : e_(e), random_(seed) {
    for (uint32_t index = 0; index < 3; ++index) integers_.push_back(e.index(index));
    integers_.push_back(e.integer(2));
    integers_.push_back(e.dim(dim::Dim::symbol("N")));
    grow_integers(6);
    subscript_ = pick(integers_);
    if (random_() % 2 == 0) {  // through data
      const ExprId wrapped = e.call(F::remainder, {subscript_, e.integer(length)});
      subscript_ = e.convert(e.read(table, ElementType::i32, {wrapped}), ElementType::i64);
    }
    inside_ = e.call(F::logical_and, {e.call(F::less_equal, {e.integer(0), subscript_}),
                                      e.call(F::less, {subscript_, e.integer(length)})});
    safe_ = {e.real(0.5, ElementType::f32), e.convert(pick(integers_), ElementType::f32)};
    const ExprId anywhere = e.call(F::remainder, {pick(integers_), e.integer(length)});
    safe_.push_back(e.read(x, ElementType::f32, {anywhere}));
    unsafe_ = {e.read(x, ElementType::f32, {subscript_})};
    for (int i = 0; i < 12; ++i) grow();
  }

  ExprId inside() const { return inside_; }
  ExprId safe() { return safe_.back(); }
  ExprId unsafe() { return unsafe_.back(); }

 private:
  ExprId pick(const std::vector<ExprId>& pool) { return pool[random_() % pool.size()]; }

  void grow_integers(int count) {
    for (int i = 0; i < count; ++i) {
      const ExprId a = pick(integers_), b = pick(integers_);
      switch (random_() % 6) {
        case 0: integers_.push_back(e_.call(F::add, {a, b})); break;
        case 1: integers_.push_back(e_.call(F::subtract, {a, b})); break;
        case 2: integers_.push_back(e_.call(F::multiply, {a, e_.integer(2)})); break;
        case 3: integers_.push_back(e_.call(F::quotient, {a, e_.integer(3)})); break;
        case 4: integers_.push_back(e_.call(F::minimum, {a, b})); break;
        case 5: integers_.push_back(e_.call(F::negate, {a})); break;
      }
    }
  }

  ExprId condition(const std::vector<ExprId>& pool) {
    return random_() % 2 == 0 ? e_.call(F::less, {pick(integers_), pick(integers_)})
                              : e_.call(F::less, {pick(pool), pick(pool)});
  }

  ExprId combine(const std::vector<ExprId>& pool) {
    switch (random_() % 4) {
      case 0: return e_.call(F::add, {pick(pool), pick(safe_)});
      case 1: return e_.call(F::multiply, {pick(pool), pick(pool)});
      case 2: return e_.call(F::sin, {pick(pool)});
      default: return e_.call(F::select, {condition(pool), pick(pool), pick(safe_)});
    }
  }

  void grow() {
    safe_.push_back(combine(safe_));
    unsafe_.push_back(combine(unsafe_));
    unsafe_.push_back(e_.call(F::select, {condition(safe_), pick(unsafe_), pick(unsafe_)}));
    switch (random_() % 3) {
      case 0: safe_.push_back(e_.call(F::select, {inside_, pick(unsafe_), pick(safe_)})); break;
      case 1: {
        const ExprId both = e_.call(F::logical_and, {inside_, condition(unsafe_)});
        safe_.push_back(e_.call(F::select, {both, pick(unsafe_), pick(safe_)}));
        break;
      }
      case 2: {
        const ExprId either =
            e_.call(F::logical_or, {e_.call(F::logical_not, {inside_}), condition(unsafe_)});
        safe_.push_back(e_.call(F::select, {either, pick(safe_), pick(unsafe_)}));
        break;
      }
    }
  }

  Expressions& e_;
  std::mt19937 random_;
  std::vector<ExprId> integers_, safe_, unsafe_;
  ExprId subscript_, inside_;
};

std::vector<double> expected_sums(const Function& function, const Compute& compute,
                                  const std::map<std::string, int64_t>& dims,
                                  const std::vector<const Tensor*>& tensors) {
  std::vector<double> sums(static_cast<size_t>(extents[0] * extents[2]));
  for (int64_t i = 0; i < extents[0]; ++i)
    for (int64_t j = 0; j < extents[1]; ++j)
      for (int64_t k = 0; k < extents[2]; ++k) {
        PlainEvaluator at_point(function, dims, tensors, {i, j, k});
        bool holds = true;
        for (ExprId guard : compute.guard) holds = holds && at_point(guard).integer != 0;
        if (holds) sums[static_cast<size_t>(i * extents[2] + k)] += at_point(compute.body).real;
      }
  for (double& sum : sums) sum = static_cast<float>(sum);
  return sums;
}

TEST(Interpret, AgreesWithThePlainEvaluatorOnRandomExpressions) {
  const Tensor x = floats({length}, {0.5, -1.25, 3, 0.125, -2});
  const Tensor table = integers({length}, {4, -1, 2, 7, 0});
  const std::vector<const Tensor*> tensors = {&x, &table};
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Function function;
    function.dims = {"N"};
    const std::map<std::string, int64_t> dims = {{"N", seed % 4}};
    Builder builder(function);
    const ValueId read = builder.input("x", {ElementType::f32, {length}});
    const ValueId looked_up = builder.input("table", {ElementType::i32, {length}});
    Expressions& e = builder.expressions();
    RandomExpressions expressions(e, read, looked_up, seed);
    Compute compute;
    for (int64_t extent : extents) compute.domain.push_back({extent, ""});
    compute.write = {e.index(0), e.index(2)};
    compute.reducer = Reducer::sum;
    const bool guarded = seed % 2 == 0;
    if (guarded) compute.guard.push_back(expressions.inside());
    compute.body = guarded ? expressions.unsafe() : expressions.safe();
    builder.output(builder.compute(compute, {extents[0], extents[2]}, "y"), "y");
    ASSERT_EQ(verify(function), std::nullopt);
    const auto result = interpret(function, dims, {x, table});
    ASSERT_TRUE(std::holds_alternative<std::vector<Tensor>>(result));
    ASSERT_EQ(elements_of(std::get<std::vector<Tensor>>(result)[0]),
              expected_sums(function, compute, dims, tensors))
        << "seed " << seed << "\n"
        << print(function);
  }
}

}  // namespace
}  // namespace kiln::graph
