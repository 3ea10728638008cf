// What plans of whole training steps keep for the way back, against a minimum cut over the same plan with the
// planner's costs: outside of loops no cut decides (docs/decisions/memory-of-derivatives.md), so this says
// that none would find better.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "../programs/ways.h"
#include "driver/build_library.h"
#include "driver/pipeline.h"
#include "fuse/group.h"
#include "graph/cost.h"
#include "transform/choose_kept.h"
#include "transform/lower_storage.h"
#include "transform/minimum_cut.h"

namespace kiln::derivatives {
namespace {

using graph::ValueId;

/// A plan with costs in additions: a byte written or read is 1, as fuse/inline_maps.cpp has it.
class PlannedStep {
 public:
  explicit PlannedStep(fuse::Plan plan) : plan_(std::move(plan)), backward_(function().values.size()) {
    for (const graph::Node& node : function().nodes) {
      const std::vector<ValueId> operands = graph::operands_of(function(), node);
      const bool depends = std::any_of(operands.begin(), operands.end(),
                                       [&](ValueId operand) { return backward_[operand.number]; });
      for (const ValueId result : node.results)
        backward_[result.number] = depends || function()[result].is_backward;
    }
    for (const ValueId output : function().outputs) read_forward_.insert(output);
    for (const fuse::Group& group : plan_.groups) add_reads(group);
    std::erase_if(kept_, [&](ValueId value) { return is_made_on_the_way_back(value); });
  }

  int64_t bytes_between_kernels() const { return traffic_; }
  size_t count_kept() const { return kept_.size(); }

  int64_t cost_of_plan() const {
    int64_t cost = 0;
    for (const ValueId value : kept_) cost += cost_of_keeping(value);
    return cost;
  }

  int64_t cost_of_least_cut() const {
    const transform::KeepingCosts costs = {[&](ValueId value) { return cost_of_keeping(value); },
                                           [&](const graph::Node& node) { return cost_of_making(node); }};
    const auto found = transform::choose_kept(function(), {kept_.begin(), kept_.end()}, costs);
    int64_t cost = 0;
    for (const ValueId value : found.value().values) cost += cost_of_keeping(value);
    for (const uint32_t node : found->made_again) cost += cost_of_making(function().nodes[node]);
    return cost;
  }

 private:
  const graph::Function& function() const { return plan_.function; }

  int64_t bytes_of(ValueId value) const {
    const graph::Type& type = function().type_of(value);
    return size_of(type.element) * transform::volume_of(type.shape);
  }

  bool is_memory(ValueId value) const {
    const fuse::Place::Kind kind = plan_.places[value.number].kind;
    return kind == fuse::Place::Kind::arena || kind == fuse::Place::Kind::view;
  }

  bool is_given(ValueId value) const {
    const graph::Node& node = function().node_of(value);
    return std::holds_alternative<graph::Input>(node.op) || std::holds_alternative<graph::Constant>(node.op);
  }

  /// Another layout of a parameter (fuse/panels_before_loops.h), for the loops of the way back alone: nothing
  /// but the parameter is carried there.
  bool is_made_on_the_way_back(ValueId value) const {
    const graph::Node& node = function().node_of(value);
    const std::vector<ValueId> operands = graph::operands_of(function(), node);
    return !is_given(value) && !read_forward_.contains(value) && transform::cost_of_map(function(), node) &&
           std::all_of(operands.begin(), operands.end(), [&](ValueId operand) { return is_given(operand); });
  }

  void add_reads(const fuse::Group& group) {
    const bool is_backward = std::any_of(group.members.begin(), group.members.end(),
                                         [&](ValueId member) { return backward_[member.number]; });
    for (const ValueId operand : fuse::operands_of(function(), group)) {
      traffic_ += bytes_of(operand);
      if (!is_memory(operand) || backward_[operand.number]) continue;
      (is_backward ? kept_ : read_forward_).insert(operand);
    }
    for (const ValueId member : group.members)
      if (is_memory(member)) traffic_ += bytes_of(member);
  }

  /// Reading it on the way back; and writing it, where the way there does not need it in memory itself.
  int64_t cost_of_keeping(ValueId value) const {
    if (is_given(value)) return 0;
    return bytes_of(value) * (read_forward_.contains(value) ? 1 : 2);
  }

  int64_t cost_of_making(const graph::Node& node) const {
    if (const std::optional<int64_t> map = transform::cost_of_map(function(), node)) return *map;
    const auto* compute = std::get_if<graph::Compute>(&node.op);
    if (compute == nullptr) return transform::FlowNetwork::unlimited;
    std::vector<dim::Dim> extents;
    for (const graph::Index& index : compute->domain) extents.push_back(index.extent);
    return transform::volume_of(extents) * (1 + graph::cost_of(function().expressions, compute->body));
  }

  const fuse::Plan plan_;
  std::vector<bool> backward_;
  std::set<ValueId> kept_, read_forward_;
  int64_t traffic_ = 0;
};

struct Step {
  const char* workload;
  std::map<std::string, int64_t> dims;
};

class LeastCut : public testing::TestWithParam<Step> {};

TEST_P(LeastCut, SavesNothingThatAPlanKeeps) {
  const driver::FrontEnd program =
      driver::run_front_end(std::string(KILN_SOURCE_DIR "/bench/workloads/") + GetParam().workload + ".model",
                            tests::library_folders());
  ASSERT_TRUE(program.module) << tests::text_of(program.diagnostics, program.files);
  const elaborate::Function* train = nullptr;
  for (const elaborate::Function& function : program.module->functions)
    if (function.name == "train") train = &function;
  ASSERT_NE(train, nullptr);
  const elaborate::Function function = driver::specialise(*train, GetParam().dims);
  const graph::Function graph = transform::lower_storage(driver::prepare(function, {}));
  const PlannedStep step(fuse::plan(graph, driver::bindings_of(function)));
  ASSERT_GT(step.count_kept(), 0u);
  const int64_t plan = step.cost_of_plan(), cut = step.cost_of_least_cut();
  EXPECT_LE(cut, plan);
  EXPECT_LE(plan - cut, step.bytes_between_kernels() / 200) << "half a percent of the bytes that move at all";
}

INSTANTIATE_TEST_SUITE_P(TrainingSteps, LeastCut,
                         testing::Values(Step{"mlp", {{"B", 64}}}, Step{"cnn", {{"B", 64}}},
                                         Step{"resnet50", {{"B", 8}}}, Step{"lstm", {{"B", 16}, {"T", 128}}},
                                         Step{"transformer", {{"B", 4}, {"T", 128}}},
                                         Step{"dlrm", {{"B", 2048}}}),
                         [](const testing::TestParamInfo<Step>& step) {
                           return std::string(step.param.workload);
                         });

}  // namespace
}  // namespace kiln::derivatives
