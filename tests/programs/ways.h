#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call_values.h"
#include "case_file.h"
#include "compiled_call.h"
#include "driver/front_end.h"

namespace kiln::tests {

/// What a call gave: its values after it, or the message it ended with.
struct Outcome {
  tools::CallValues values;
  std::string message;
};

/// A program, and the library of its exports with dims as they stand.
class Program {
 public:
  /// `problem()` says what is wrong with a program that cannot be built.
  explicit Program(const std::filesystem::path& file);
  const std::string& problem() const { return problem_; }
  const elaborate::Module& module() const { return *front_end_.module; }

  /// The values before a call; or what is wrong with the case.
  std::string arguments_of(const Case& one, tools::CallValues& values) const;
  const elaborate::Function& function_of(const Case& one) const;

  /// The meaning of the program: the graph as it was elaborated, with nothing but its derivatives expanded.
  Outcome interpret(const Case& one, const tools::CallValues& before) const;
  /// After all passes, by the interpreter.
  Outcome interpret_prepared(const Case& one, const tools::CallValues& before) const;
  /// The library for all dims; `freeze`: with the models that the call only reads frozen.
  Outcome call_symbolic(const Case& one, const tools::CallValues& before, int threads,
                        bool freeze = false) const;
  /// What the result of a `training` was at first and is at the end; what went wrong, in the outcome.
  Outcome train(const Case& one, const tools::CallValues& before, double& first, double& last) const;
  /// Whether the call has a model that it only reads.
  bool reads_model(const Case& one) const;
  /// All cases in one library that has a function for each, with the dims of the case as constants, for
  /// x86-64-v3 (the other ways use what this machine has).
  struct Fixed {
    Outcome called;
    std::optional<Outcome> frozen;  // where reads_model
  };
  std::vector<Fixed> call_static(const std::vector<Case>& cases,
                                 const std::vector<tools::CallValues>& before) const;

 private:
  driver::FrontEnd front_end_;
  std::unique_ptr<tools::LoadedLibrary> library_;
  std::string problem_;
};

/// All diagnostics, rendered.
std::string text_of(const Diagnostics& diagnostics, const SourceFiles& files);

std::vector<std::filesystem::path> library_folders();

}  // namespace kiln::tests
