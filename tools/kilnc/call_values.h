#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elaborate/module.h"
#include "graph/interpret.h"

namespace kiln::tools {

/// What is wrong with dims that a function should have: empty, or the name of one that it has not.
std::string unknown_dim(const elaborate::Function& function, const std::map<std::string, int64_t>& dims);

/// The values of one call in the host's memory: for each argument of the function its leaves (a dim: none).
/// Results are zeros until the call.
struct CallValues {
  std::map<std::string, int64_t> dims;
  std::vector<std::vector<graph::Tensor>> arguments;
};

/// What the command line says about a call.
struct CallRequest {
  std::vector<std::pair<std::string, std::string>>
      arguments;                        // NAME=VALUE, @file.npy, MODEL=@weights.safetensors
  std::map<std::string, int64_t> dims;  // needed for arguments that are not given
  uint64_t seed = 1;
  bool random_tensors = false;  // tensors that are not given are drawn; else that is a mistake
  std::map<std::string, graph::Tensor> tensors = {};  // given as they are
};

/// Values for every argument: given ones are parsed, dims bound from them, models that are not given created
/// from the seed, `where` checked. Empty, or what is wrong.
std::string make_call_values(const elaborate::Module& module, const elaborate::Function& function,
                             const CallRequest& request, CallValues& values);

/// The initial leaves of a model, by the interpreter.
std::vector<graph::Tensor> initial_leaves(const elaborate::ModelType& model, uint64_t seed);

/// Runs the function by the interpreter and puts what it changed and gave into `values`. Empty, or the failed
/// check.
std::string call_interpreted(const elaborate::Function& function, CallValues& values);

const elaborate::Function* find_function(const elaborate::Module& module, const std::string& name);
/// "a, b, c": for the message when a function is not found.
std::string function_names(const elaborate::Module& module);

}  // namespace kiln::tools
