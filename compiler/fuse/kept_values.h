#pragma once

#include <string>
#include <vector>

#include "fuse/plan.h"

namespace kiln::fuse {

/// A value of the way there that lies in memory until a kernel of the way back has read it.
struct KeptValue {
  std::string name;
  graph::Type type;
  dim::Dim bytes;
};

struct KeptForBackward {
  bool is_there = false;  // whether a reverse derivative is in the plan
  std::vector<KeptValue> kept;
  std::vector<std::string> made_again;  // names of values of the way there that the way back computes too
};

/// What reverse derivatives keep of what they compute on the way there, and what they make again. Arguments
/// and constants lie in memory anyway and are not told. Within loops the stacks of all rounds are values of
/// the plan around.
KeptForBackward kept_for_backward(const Plan& plan);

}  // namespace kiln::fuse
