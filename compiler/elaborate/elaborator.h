#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "elaborate/leaf_value.h"
#include "elaborate/module.h"
#include "graph/rule_limits.h"
#include "sema/typed.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::elaborate {

/// Whether an extent holds anything that only data tells (`n#4`, `len#7[b#3]`, `$1`).
bool holds_data(const dim::Dim& value);

/// Elaborates one function into one graph: runs the typed tree once, with symbols for numbers. State: the
/// frames of the calls at work, the regions (differentiated blocks) at work, the index variables of the
/// comprehensions around.
class Elaborator {
 public:
  Elaborator(const SourceFiles& files, Diagnostics& diagnostics, std::string name,
             std::vector<std::string> dims, std::vector<dim::Condition> facts,
             const sema::TypedProgram& program);

  /// Inputs and outputs of the function that is being made. A ragged leaf is packed: the axes up to the last
  /// one that is ragged are one.
  std::vector<Leaves> add_inputs(const sema::TypedFunction& function);
  Leaves add_input(const std::string& name, const sema::ValueType& type);
  void add_output(const LeafValue& leaf, const std::string& name, const std::vector<dim::Dim>& shape);
  /// The body of a function with these arguments; gives the values of its inout parameters, then of its
  /// results.
  Leaves run(const sema::TypedFunction& function, std::vector<Leaves> arguments);
  /// The body of a test; gives what one of its variables holds at the end, or nothing.
  Leaves run_test(const sema::TypedFunction& function, std::optional<sema::Slot> variable);
  /// The initial leaves of a model, from a stream.
  Leaves initialise(const sema::ModelInstance& model, const LeafValue& seed, Span span = {});
  graph::Function finish();
  /// The calls that were inlined, by their numbers in origins less 1.
  std::vector<Origin> calls() { return std::move(calls_); }

 private:
  struct Frame;
  /// The `back` of a `vjp`: the differentiated block, and what its names stood for.
  struct Back {
    const sema::DerivativeValue* value = nullptr;
    std::vector<Leaves> slots;
    std::map<sema::IndexId, LeafValue> indices;
  };
  /// A function value: the frame it sees, and what it runs.
  struct Closure {
    Frame* frame = nullptr;
    const sema::FunctionValue* value = nullptr;
    std::shared_ptr<const Back> back;
  };
  /// What a branch changed: the former values of variables from outside of it, in the order of the changes.
  struct Journal {
    struct Change {
      sema::Slot slot;
      Leaves former;
    };
    std::vector<Change> changes;
    std::set<sema::Slot> bound;  // within the branch
  };
  struct Frame {
    const sema::TypedFunction* function = nullptr;
    std::vector<Leaves> slots;   // empty until bound
    Journal* journal = nullptr;  // of the innermost branch at work
    std::map<sema::Slot, Closure> closures;
    std::map<sema::IndexId, LeafValue> indices;  // the value of each: low + variable, i64 of rank 0
  };
  using Variables = std::vector<uint32_t>;
  /// That a variable counts the places of a row: the table of the rows, and the variable of the row.
  struct RaggedRows {
    uint32_t table = 0;
    uint32_t row = 0;
  };
  struct IndexVariable {
    dim::Dim extent;  // where `limit` is data: its bound
    std::string name;
    std::optional<LeafValue> limit;  // i64 of rank 0, over other variables: the extent where it is data
    std::optional<RaggedRows> rows;
  };
  /// Where the rows of ragged tensors lie, in the outermost region.
  struct Table {
    std::vector<graph::ValueId> lengths;  // a row is as long as the product of these
    graph::ValueId offsets, rows;         // i32[rows], i32[total]
    dim::Dim total;
  };
  /// An axis in memory: a variable, or that of rows and the ragged one packed into one.
  struct StorageAxis {
    uint32_t variable;
    std::optional<uint32_t> packed;
  };
  using Storage = std::vector<StorageAxis>;
  struct InputSymbol {
    uint32_t position;
    std::string name;
  };
  /// A function being made: the outermost is the export, each further one a differentiated block.
  struct Region {
    graph::Function function;
    std::map<graph::ValueId, graph::ValueId> captured;  // of the region around -> input of this one
    std::vector<graph::ValueId> operands;               // the captured values, in the order of those inputs
  };

  // elaborator.cpp: regions, index variables, leaves
  graph::Builder builder() { return graph::Builder(regions_.back()->function, call_); }
  graph::Expressions& expressions() { return regions_.back()->function.expressions; }
  uint32_t depth() const { return static_cast<uint32_t>(regions_.size()) - 1; }
  graph::ValueId capture(uint32_t region, graph::ValueId outer);
  graph::ExprId import(uint32_t region, graph::ExprId body);
  graph::ExprId substitute(graph::ExprId body, const std::map<uint32_t, graph::ExprId>& values);
  /// The element at these subscripts, in the expressions of the innermost region.
  graph::ExprId at(const LeafValue& leaf, const std::vector<graph::ExprId>& subscripts);
  /// The same with f16 and bf16 widened to f32, as expressions compute.
  graph::ExprId wide_at(const LeafValue& leaf, const std::vector<graph::ExprId>& subscripts);
  LeafValue scalar_leaf(graph::ExprId body, ElementType element);
  LeafValue shaped_leaf(const sema::TensorType& type);  // with fresh variables and no body yet
  LeafValue leaf_like(const LeafValue& leaf);           // the same, with its axes
  Leaves zeros(const sema::ValueType& type);            // stands in for a value after a known limit
  std::vector<graph::ExprId> variables_of(const LeafValue& leaf);
  /// A value stored so, as a function of fresh variables in place of `own`; the others are those around.
  LeafValue read_stored(graph::ValueId value, const Storage& storage, const Variables& own,
                        ElementType element);
  /// The same for a value as `whole` gives it.
  LeafValue read_whole(graph::ValueId value, const Variables& around, const Variables& own,
                       ElementType element);
  void name_symbol(const sema::SlotInfo& info, const Leaves& leaves);

  // ragged.cpp
  std::optional<graph::ValueId> root_of(const LeafValue& leaf);
  std::optional<uint32_t> input_of(graph::ValueId root) const;
  const std::string& name_of_input(uint32_t position) const;
  dim::Dim derived(graph::DerivedDim::Kind kind, const std::vector<uint32_t>& inputs,
                   const std::vector<std::string>& names);
  std::optional<std::vector<int64_t>> constant_of(graph::ValueId root) const;
  dim::Dim graph_dim(const dim::Dim& extent);
  void in_region(uint32_t region, const std::function<void()>& work);
  std::optional<uint32_t> index_in(const LeafValue& leaf) const;
  uint32_t region_of(const dim::Dim& value) const;
  graph::ExprId data_of_symbol(const std::string& symbol, const Variables& before);
  graph::ExprId data_of(const dim::Dim& value, const Variables& before);
  graph::ExprId data_of_terms(const dim::Dim& known, const Variables& before);
  std::optional<dim::Dim> bound_of(const dim::Dim& extent);
  std::optional<dim::Dim> bound_of_symbol(const std::string& symbol, bool takes_values);
  std::optional<RaggedRows> rows_of(const dim::Dim& extent, const Variables& before);
  uint32_t new_variable(const dim::Dim& extent, std::string name, const Variables& before = {});
  void require_length(const LeafValue& length);
  Variables new_variables(const std::vector<dim::Dim>& shape);
  std::vector<dim::Dim> extents_of(const Variables& variables) const;
  graph::ExprId extent_at(uint32_t variable, const std::map<uint32_t, graph::ExprId>& values);
  uint32_t variable_like(uint32_t like, const std::map<uint32_t, graph::ExprId>& values);
  Variables fresh_like(const Variables& variables);
  uint32_t table_of(const std::vector<graph::ValueId>& lengths, const std::vector<std::string>& names);
  graph::ExprId table_entry(graph::ValueId table, graph::ExprId place);
  uint32_t table_variable();
  Storage storage_of(const Variables& variables, bool is_padded) const;
  std::vector<dim::Dim> shape_of(const Storage& storage) const;
  std::vector<graph::ExprId> places_in(const Storage& storage,
                                       const std::map<uint32_t, graph::ExprId>& values);
  std::pair<graph::ExprId, graph::ExprId> point_at(uint32_t table, graph::ExprId place);
  graph::ExprId within_limit(uint32_t variable);
  void check_place(graph::ExprId subscript, const sema::TypedSubscript& item, uint32_t variable,
                   const std::map<uint32_t, graph::ExprId>& values, const std::string& tensor, uint32_t axis);

  // packed_arguments.cpp
  struct PackedShape {
    size_t axes = 0;                    // that are one: those of the rows and all up to the last ragged one
    std::vector<std::string> families;  // the lengths whose product, times `factor`, is the size of a row
    dim::Dim factor = 1;
  };
  uint32_t table_of(const PackedShape& packed);
  std::optional<PackedShape> packed_shape(const std::vector<dim::Dim>& shape);
  std::vector<dim::Dim> stored_shape(const std::vector<dim::Dim>& shape);
  LeafValue read_input(graph::ValueId input, const sema::TensorType& type);
  graph::ValueId packed_output(const LeafValue& leaf, const PackedShape& packed, const std::string& name);

  // make_compute.cpp
  struct ComputeParts {
    Variables written;  // kept axes; those around that the body or a guard uses are added before them
    Variables reduced;
    Variables required;  // of those around: kept even if nothing uses them
    graph::ExprId body;
    std::vector<graph::ExprId> guard;  // beside the guards at work
    graph::Reducer reducer = graph::Reducer::assign;
    uint32_t reported = 0;  // argmax, argmin: which of `reduced`
    std::string name;
    Span span;
  };
  struct Made {
    graph::ValueId value;
    Storage storage;  // the leading axes are those around
  };
  Made make(const ComputeParts& parts);
  Variables free_variables(const std::vector<graph::ExprId>& bodies, const Variables& own);
  std::vector<graph::ExprId> active_guards();
  /// The leaf as a value of the graph, rounded to its element; a leaf that is a plain view stays one.
  LeafValue bind(const LeafValue& leaf, const std::string& name, Span span);
  Leaves bind(Leaves leaves, const std::string& name, const sema::ValueType& type, Span span);
  bool is_bound(const LeafValue& leaf);
  /// As a whole value whose leading axes are `around`; no copy is made where it is one already.
  graph::ValueId whole(const LeafValue& leaf, const Variables& around, const std::string& name, Span span);
  ComputeParts over_points_around(graph::ExprId body, Span span);
  void check_inside(graph::ExprId subscript, const dim::Dim& extent, const std::string& tensor, uint32_t axis,
                    Span span);
  void check_divisor(graph::ExprId divisor, Span span);
  void check_holds(graph::ExprId condition, graph::Check::Kind kind, const std::string& message, Span span);

  // elaborate_expressions.cpp
  Leaves value(const sema::TypedExpr& expr);
  LeafValue tensor(const sema::TypedExpr& expr);
  graph::ExprId scalar(const sema::TypedExpr& expr);        // of rank 0, widened
  graph::ExprId subscript(const sema::TypedExprPtr& expr);  // i64; null: 0
  Leaves apply(const sema::Apply& expr);
  Leaves access(const sema::Access& expr);
  LeafValue access(const sema::Access& expr, const LeafValue& base, bool is_checked);
  Leaves conditional(const sema::ConditionalValue& expr);
  Leaves leafwise(const sema::Leafwise& expr);
  Leaves fill(const sema::Fill& expr);
  Leaves block(const sema::TypedBlock& block);  // its result, or nothing
  LeafValue select(graph::ExprId condition, const LeafValue& yes, const LeafValue& no);

  // elaborate_indices.cpp
  Variables open_binders(const std::vector<sema::TypedBinder>& binders);
  void close_binders(const Variables& variables);
  Leaves comprehension(const sema::Comprehension& expr);
  Leaves reduction(const sema::Reduction& expr);
  std::optional<graph::ExprId> points_of(const Variables& variables);

  // elaborate_assignments.cpp
  void assign_points(const sema::AssignPoints& statement);
  LeafValue assign_by_solving(const sema::AssignPoints& statement, const LeafValue& old,
                              const Variables& binders, bool& solved);
  LeafValue assign_by_scattering(const sema::AssignPoints& statement, const LeafValue& old,
                                 const Variables& binders);
  LeafValue scatter(graph::ExprId body, graph::Reducer reducer, const Variables& own,
                    const std::vector<graph::ExprId>& write, const LeafValue& like, Span span);

  // elaborate_calls.cpp
  Leaves call(const sema::Call& expr);
  Leaves call_value(const sema::CallValue& expr);
  std::optional<Closure> closure_of(const sema::TypedExpr& expr);
  Leaves intrinsic(const sema::Intrinsic& expr);
  Leaves sort(const sema::Intrinsic& expr);
  LeafValue filled_to_bound(const LeafValue& leaf, const dim::Dim& least, Scalar filler);
  graph::ValueId whole_with_guards(const LeafValue& leaf, Variables& around, Span span);

  // elaborate_random.cpp
  Leaves draw(const sema::Intrinsic& expr);
  Leaves fork(const LeafValue& rng, graph::ExprId number);

  // elaborate_derivatives.cpp
  Leaves derivative(const sema::DerivativeValue& expr, const Leaves* cotangents = nullptr);
  Leaves derivative_around(const sema::DerivativeValue& expr, const Leaves* cotangents);
  void report_if_cut_off(const sema::DerivativeValue& expr, size_t variable, const graph::Function& body,
                         const std::vector<bool>& inputs, const std::vector<uint32_t>& outputs);
  Leaves vjp(const sema::DerivativeValue& expr);
  void report_rule(const graph::RuleProblem& problem, Span derivative);
  Leaves call_back(const Closure& closure, const Leaves& cotangents);

  // used_variables.cpp
  class UsedVariables;
  struct LoopParts;
  /// Of the variables around those that the derivative, the loop depends on.
  Variables used_around(const sema::DerivativeValue& expr, const Leaves* cotangents);
  Variables used_around(const LoopParts& parts);
  Variables used_around(const std::function<void(UsedVariables&)>& note);

  // block_regions.cpp
  /// A block that runs in a region of its own: what it gives and what it changes are that region's outputs.
  struct BlockRegion {
    struct Output {
      Variables around;
      ElementType element;
      Variables own;
    };
    std::vector<Leaves> before;  // the variables
    Journal* journal = nullptr;
    std::vector<Output> outputs;
    std::vector<sema::Place> changed;  // a leaf each; their outputs stand last
  };
  BlockRegion enter_block(const std::string& counter, const std::optional<dim::Dim>& limit);
  void give(BlockRegion& region, const LeafValue& leaf, const Variables& around, const std::string& name,
            Span span);
  void give(BlockRegion& region, const LeafValue& leaf, const std::string& name, Span span);
  void give_changes(BlockRegion& region, const std::vector<Leaves>& since, Span span);
  std::unique_ptr<Region> leave_block(const BlockRegion& region);
  LeafValue read_output(graph::ValueId result, const BlockRegion::Output& output);
  Leaves checkpoint(const sema::BlockValue& expr);

  // elaborate_rules.cpp
  struct BoundArguments;
  Leaves ruled_call(const sema::Call& expr);
  std::unique_ptr<Region> in_own_region(const std::function<void()>& work);
  Leaves argument_inputs(const std::vector<graph::ValueId>& operands, const Leaves& floats,
                         const Variables& around);
  void take_arguments(Frame& frame, const BoundArguments& arguments, const Leaves& inside);
  Leaves run_frame(Frame& frame);
  void check_linear(const sema::TypedRule& rule, const graph::Function& function,
                    const graph::RuledCall& call);

  // elaborate_loops.cpp
  struct LoopParts {
    std::string counter;
    std::optional<dim::Dim> limit;
    std::optional<LeafValue> rounds;  // i64 of rank 0; may differ between the points around
    const sema::TypedExpr* condition = nullptr;
    const sema::TypedBlock* body = nullptr;
    const std::optional<sema::CheckpointRounds>* checkpoints = nullptr;
    bool recompute = false;
    Span span;
  };
  /// A leaf of a variable that the rounds hand on.
  struct Carried {
    sema::Slot slot;
    uint32_t leaf;
    LeafValue first;
  };
  void range_loop(const sema::RangeLoop& statement);
  void while_loop(const sema::WhileStatement& statement);
  void take_limit(LoopParts& parts, const dim::Dim& limit);
  void loop(const LoopParts& parts);
  void loop_around(const LoopParts& parts);
  std::vector<dim::Dim> checkpoints_of(const LoopParts& parts);
  std::vector<Carried> carried_by(const LoopParts& parts) const;
  std::optional<dim::Dim> greatest(graph::ExprId expression);
  graph::ExprId before_end(const LoopParts& parts, graph::ExprId round);
  LeafValue condition_of(const LoopParts& parts, const LeafValue& may_run);
  graph::ExprId joined(const std::vector<graph::ExprId>& conditions);
  graph::ValueId reduced_around(graph::ExprId body, graph::Reducer reducer, const std::string& name,
                                Span span);
  LeafValue over_axes_of(const LeafValue& leaf, const LeafValue& like);
  void open_region(const std::string& counter, const std::optional<dim::Dim>& limit);
  std::unique_ptr<Region> close_region();

  // elaborate_statements.cpp
  void run(const sema::TypedStatement& statement);
  void run(const std::vector<sema::TypedStatementPtr>& statements);
  void set(const sema::Place& place, Leaves leaves);
  Leaves get(const sema::Place& place) const;
  void branch(const sema::BranchStatement& statement);
  using Branch = std::function<void()>;
  void choose(const LeafValue& condition, const Branch& then_branch, const Branch& else_branch, Span span);
  std::map<sema::Slot, Leaves> changes_of(const LeafValue& guard, const Branch& branch);
  void set_slot(sema::Slot slot, Leaves leaves);
  void remember(sema::Slot slot);

  void limit(Span span, const std::string& message);
  /// Whether the function has become larger than it may: reported once.
  bool is_too_large(Span span);
  std::string slot_name(sema::Slot slot) const { return frame_->function->slots[slot].name; }

  const SourceFiles& files_;
  bool is_reversed_ = false;  // within a block whose derivative is taken backwards
  Diagnostics& diagnostics_;
  size_t inlined_calls_ = 0;
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<IndexVariable> variables_;
  Variables context_;              // of the comprehensions and reductions around, outermost first
  std::vector<LeafValue> guards_;  // conditions around, of rank 0
  Frame* frame_ = nullptr;
  Span span_;                    // of what is being elaborated
  std::vector<Origin> calls_;    // that were inlined
  uint32_t call_ = 0;            // the one at work, from 1; 0: none
  size_t derivative_depth_ = 0;  // blocks at work that are differentiated
  std::set<const sema::TypedRule*> told_of_rules_;

  const std::map<std::string, sema::ElementSymbol>* elements_;
  const std::map<std::string, dim::Dim>* bounds_;
  std::map<std::string, LeafValue> symbols_;              // what the symbols in extents are here
  std::map<std::string, InputSymbol> inputs_of_symbols_;  // those that are inputs
  std::vector<Table> tables_;
  std::optional<uint32_t> table_variable_;
  std::set<std::pair<uint32_t, uint32_t>> required_lengths_;  // by region and expression
};

}  // namespace kiln::elaborate
