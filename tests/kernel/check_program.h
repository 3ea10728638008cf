#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/schedule.h"

namespace kiln::kernel {

/// What a test says about a run besides the graph.
struct Case {
  std::map<std::string, int64_t> dims;
  std::map<std::string, std::string> inout;  // output name -> name of the input whose memory it takes
  int64_t greatest_integer = 3;              // of random integers, which begin at 0
  double tolerance = 1e-5;                   // relative to the greatest element of each result
  std::vector<Machine> machines = {x86_64_v3(), x86_64_v4()};
};

graph::Function read_graph(const std::string& text);
fuse::Bindings bindings_of(const graph::Function& function,
                           const std::map<std::string, std::string>& inout = {});

/// Plans and schedules the graph for each machine, verifies the programs, runs them with one and with three
/// workers on random inputs, and holds all outputs against the graph's interpreter. Fails the test with the
/// kernels' text. Gives the program for the last machine.
Program expect_same(const std::string& text, const Case& how = {});

}  // namespace kiln::kernel
