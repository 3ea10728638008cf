#pragma once

#include <set>

#include "fuse/plan.h"

namespace kiln::fuse {

/// Groups and what must run before what. `before[g]` holds the groups that g waits for: it reads their
/// values, or reads or writes through data under a check that they compute.
struct Grouping {
  std::vector<Group> groups;
  std::vector<std::set<uint32_t>> before;
  std::vector<uint32_t> group_of;  // for each value; UINT32_MAX if none computes it
};

/// What the groups' kernels read, each value once for each member.
std::vector<graph::ValueId> operands_of(const graph::Function& function, const Group& group);

/// Puts each compute into the group of a producer where the two can run point by point of common indices, or
/// else opens a group. `sources[v]` names what was inlined into value v, `kept[v]` says why v was not inlined
/// itself.
Grouping make_groups(const graph::Function& function, const std::vector<std::vector<Source>>& sources,
                     const std::vector<std::string>& kept);

/// Whether `from` waits for `to`, directly or not (a group waits for itself).
bool waits_for(const Grouping& grouping, uint32_t from, uint32_t to);

}  // namespace kiln::fuse
