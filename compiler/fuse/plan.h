#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

/// From a graph to groups of computes, each to become one kernel, and to the memory of what passes between
/// them. Nothing here depends on a machine: one plan serves all targets of a library.
namespace kiln::fuse {

/// Panels (panels.h) of a leaf of a model, which the host makes once for many calls: it freezes the model.
struct FrozenPanels {
  uint32_t model = 0;  // position in Bindings::models
  uint32_t leaf = 0;   // of that model; as a matrix: [lanes, steps], or [steps, lanes]
  ElementType element = ElementType::f32;
  int64_t lanes = 0, steps = 0;
  bool lanes_neighbour = false;  // [steps, lanes]
  friend bool operator==(const FrozenPanels&, const FrozenPanels&) = default;
};

/// Where the caller's memory is. The caller's buffers are numbered 0..argument_count-1 as the driver likes
/// (each leaf of a model is one). An output with the number of an input is that `inout` argument: the input's
/// old value must be read before the output is written there. No other number occurs twice among the outputs,
/// nor do two inputs share one; the memory of different numbers does not overlap, unless both are only read.
struct Bindings {
  uint32_t argument_count = 0;
  std::vector<uint32_t> inputs;        // for each input of the function: the number of its buffer
  std::vector<uint32_t> outputs;       // for each output
  bool may_stay_half_written = false;  // `inout` arguments, by a call that fails: checks need not come first
  struct Model {
    uint32_t first = 0, count = 0;  // the buffers of its leaves, in order
    /// Of a model that the function changes, which is never frozen then: the panels that other functions
    /// read, so that the kernels they have in common stay the same. Else all panels serve.
    std::optional<std::vector<FrozenPanels>> only = {};
  };
  std::vector<Model> models = {};
};

/// Where a value lies between kernels.
struct Place {
  enum class Kind {
    none,      // inlined, or it lives only within its group
    argument,  // `number` is that of the bindings
    constant,  // the data of a Constant node
    arena,     // `number` is that of the arena buffer
    view,      // `number` is that of the view: memory of the others, which of it a loop says
  } kind = Kind::none;
  uint32_t number = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// The operand of a contraction that lies in panels when the model is frozen; else where it is.
struct FrozenOperand {
  uint32_t panels = 0;  // position in Plan::panels
  bool is_a = false;    // of the contraction's operands a and b
  uint32_t lane = 0;    // the innermost of its own indices
};

enum class GroupKind {
  loops,  // map, row reductions, scatters: the members at one point of the common indices, then at the next
  contraction,  // the first member is a sum of products; the others are maps over its result
  running,      // one member: see running_reduction.h
  update,       // one member, in the memory of an older value: see update.h
  points,       // a scatter, and what joins an older value and it: see changed_points.h
  sort,
  copy,    // `source` to `target`, of one type
  loop,    // a plan of its own, round after round
  stream,  // two products and what lies between them (stream.h); then maps over the result
};

/// A value of the user's graph, for people.
struct Source {
  std::string name;  // may be empty
  Origin origin;
};

/// Computes that become one kernel. The members share `common` leading written indices (domain[0..common) of
/// each member, of equal extents, write them as their first axes) and read each other only at the same point
/// of them. So the kernel may run all members at one point of the common indices before it goes on to the
/// next.
struct Group {
  GroupKind kind = GroupKind::loops;
  std::string name;
  std::vector<graph::ValueId> members;  // in order; of a sort or a loop: its results
  uint32_t common = 0;
  graph::ValueId source;                // copy
  Place target;                         // copy
  graph::ValueId copy_of;               // copy: the result of a loop, whose first value it makes; else none
  uint32_t node = UINT32_MAX;           // loop: in the function
  std::vector<Source> sources;          // the values of the user's graph that are computed here
  std::vector<std::string> notes;       // why it ends where it ends
  std::optional<FrozenOperand> frozen;  // contraction
  std::string copied_because;           // why an old value is copied here, where the program asks for that
};

struct Arena {
  std::string name;
  ElementType element = ElementType::f32;
  dim::Dim count;            // elements
  uint32_t first_group = 0;  // written
  uint32_t last_group = 0;   // last read
};

struct PlannedCheck {
  graph::Check check;  // subject and greatest lie in arena, argument or constant memory
  uint32_t after_group = 0;
};

/// A pointer into other memory, which a loop sets. Aligned to its element alone.
struct View {
  std::string name;
  ElementType element = ElementType::f32;
  dim::Dim count;
};

struct Plan;

/// A loop: its body is planned as a function of its own, whose arguments are memory of the plan around.
struct PlannedLoop {
  /// A value that cannot be changed in place: `current` is `initial` in the first round; each round writes
  /// `next`, which is one of the two memories in turn and becomes `current` when the round is over.
  struct Carried {
    Place current, next;  // views
    Place initial;
    Place memory[2];  // arenas
  };
  /// A stacked value: round r writes `row`, which begins r * count elements after the start of `stack`. Rows
  /// of rounds that were not made are zero.
  struct Row {
    Place row;  // a view
    Place stack;
    ElementType element = ElementType::f32;
    dim::Dim count;
  };
  uint32_t group = 0;
  std::string counter;
  std::optional<dim::Dim> limit;
  bool reversed = false;
  Place rounds, go_on, made;  // none: the loop has it not
  Place next_go_on;           // what the body says of the round to come
  std::shared_ptr<const Plan> body;
  std::vector<Place> arguments;  // for each argument number of the body: memory of this plan
  std::vector<Carried> carried;  // those that are not changed in place
  std::vector<Row> rows;
};

struct Plan {
  graph::Function function;  // the given one after inlining: what the groups compute
  Bindings bindings;
  std::vector<Group> groups;  // in the order in which they run
  std::vector<Place> places;  // for each value of `function`
  std::vector<Arena> arenas;
  std::vector<View> views;
  std::vector<PlannedLoop> loops;    // in order of their groups
  std::vector<PlannedCheck> checks;  // in order of after_group
  std::vector<FrozenPanels> panels;  // that groups may read
  std::vector<bool> direct;          // for each output: written where it lies, not copied there at the end
  /// For each value: conditions over its axes (index k: axis k) outside of which nobody reads it, so that its
  /// cells there need not be written (padding.h).
  std::vector<std::vector<graph::ExprId>> bounds;
};

/// The function holds no Derivative; Print nodes are left out. All checks are looked at before the first
/// group that writes an inout argument, and those that stand before a data-dependent read before the group
/// that makes it. The body of a loop is `repeated`.
Plan plan(const graph::Function& function, const Bindings& bindings, bool repeated = false);

}  // namespace kiln::fuse
