#include <fmt/format.h>

#include <iostream>

#include "call_values.h"
#include "command_line.h"
#include "driver/build_library.h"
#include "driver/work_memory.h"
#include "error_page.h"
#include "kernel/explain.h"
#include "verb.h"

namespace kiln::tools {
namespace {

/// A dim expression, and its value where the dims are known.
std::string quantity(const dim::Dim& dim, const std::map<std::string, int64_t>& dims, const char* unit) {
  const auto value = dim.evaluate(dims);
  if (!value) return dim.to_string() + " " + unit;
  constexpr const char* prefixes[] = {"", "k", "M", "G", "T"};
  double scaled = static_cast<double>(*value);
  size_t prefix = 0;
  for (; scaled >= 10000 && prefix < 4; ++prefix) scaled /= 1000;
  return fmt::format("{:.4g} {}{}", scaled, prefixes[prefix], unit);
}

/// "each round of t below T", where loops begin and end; work is counted for one round.
std::string rounds_of(const kernel::ProgramLoop& loop) {
  std::string text = "each round of " + loop.counter;
  if (loop.limit) text += " below " + loop.limit->to_string();
  if (loop.reversed) text += ", from the last to the first";
  if (loop.rounds.valid()) text += ", as many as data says";
  if (loop.go_on.valid()) text += ", while a condition holds";
  return text;
}

void tell_loop(const kernel::Program& program, const kernel::ProgramLoop& loop) {
  std::cout << fmt::format("\nkernels {}..{}: {}\n", loop.first_kernel, loop.last_kernel, rounds_of(loop));
  const auto names = [&](const auto& list, const auto& buffer_of) {
    std::string text;
    for (const auto& item : list)
      text += (text.empty() ? "" : ", ") + program.buffers[buffer_of(item).number].name;
    return text;
  };
  if (!loop.carried.empty())
    std::cout << "     " << names(loop.carried, [](const auto& carried) { return carried.current; })
              << ": in two memories in turn, since the old value is read at other places than the new one is "
                 "written\n";
  if (!loop.rows.empty())
    std::cout << "     " << names(loop.rows, [](const auto& row) { return row.stack; })
              << ": each round writes its row\n";
}

/// Sums of formulas of dims are no peak: that needs numbers.
void tell_work_memory(const kernel::Program& program, const std::map<std::string, int64_t>& dims) {
  const auto alone = driver::work_memory({&program}, dims, 1),
             together = driver::work_memory({&program}, dims, 2);
  if (!alone || !together) return;
  std::cout << fmt::format("  {:<41} {} ({} bytes)", "peak, on one thread", quantity(*alone, dims, "B"),
                           *alone);
  if (*together > *alone)
    std::cout << ", with each further thread " << quantity(*together - *alone, dims, "B") << " more";
  std::cout << "\n";
}

void tell_kept(const fuse::KeptForBackward& kept, const std::map<std::string, int64_t>& dims) {
  if (!kept.is_there) return;
  std::cout << "\nkept for the way back of reverse derivatives:\n";
  dim::Dim sum = 0;
  for (const fuse::KeptValue& value : kept.kept) {
    sum = sum + value.bytes;
    std::string shape;
    for (const dim::Dim& extent : value.type.shape)
      shape += (shape.empty() ? "[" : ", ") + extent.to_string();
    std::cout << fmt::format("  {:<24} {:<24} {}\n", value.name,
                             std::string(name_of(value.type.element)) + shape + (shape.empty() ? "" : "]"),
                             quantity(value.bytes, dims, "B"));
  }
  std::cout << fmt::format("  {:<49} {}\n", "in all", quantity(sum, dims, "B"));
  if (kept.made_again.empty()) return;
  std::string names;
  for (const std::string& name : kept.made_again) names += (names.empty() ? "" : ", ") + name;
  std::cout << "made again on the way back: " << names << "\n";
}

}  // namespace

ExitCode explain(const std::vector<std::string>& arguments) {
  using Strings = std::vector<std::string>;
  options::options_description visible("Options");
  visible.add_options()("dim", options::value<Strings>()->composing(), "NAME=N: show numbers for these dims")(
      "target", options::value<std::string>()->default_value("native"), "native, x86-64-v3 or x86-64-v4");
  visible.add_options()("train-memory", options::value<std::string>(),
                        "2GiB: as `kilnc build --train-memory` makes it, for these dims");
  if (arguments.size() == 1 && is_error_code(arguments[0])) return print_error_page(arguments[0]);
  const CommandLine line =
      parse_command_line(arguments, "kilnc explain FILE.model FUNCTION [options], or kilnc explain E0312",
                         "Shows the kernels of one exported function in the order in which they run: what "
                         "was fused into each, FLOPs, bytes, the\n"
                         "schedule, what was not fused and why, and the work memory between them.",
                         visible, {"file", "function"});
  if (line.exit) return *line.exit;
  const driver::FrontEnd program = load_program(line.get<std::string>("file"));
  if (!program.module) return driver::exit_code_of(program.diagnostics);
  const std::string name = line.get<std::string>("function");
  const elaborate::Function* function = find_function(*program.module, name);
  if (!function)
    return report("there is no exported function `" + name +
                  "`; there are: " + function_names(*program.module));
  const auto dims = parse_dims(line.has("dim") ? line.get<Strings>("dim") : Strings{});
  if (!dims) return ExitCode::mistake;
  if (const std::string problem = unknown_dim(*function, *dims); !problem.empty()) return report(problem);

  driver::LibraryOptions library_options;
  if (line.has("train-memory")) {
    library_options.train_memory = parse_bytes("--train-memory", line.get<std::string>("train-memory"));
    if (!library_options.train_memory) return ExitCode::mistake;
    library_options.dims = *dims;
  }
  Diagnostics diagnostics;
  const std::string target = line.get<std::string>("target");
  const auto program_kernels = driver::kernels_of(*function, target, library_options, diagnostics);
  print_diagnostics(diagnostics, program.files);
  if (!program_kernels) return driver::exit_code_of(diagnostics);
  const kernel::Program& kernels = *program_kernels;
  std::cout << name << ": " << kernels.kernels.size()
            << (kernels.kernels.size() == 1 ? " kernel\n" : " kernels\n");
  dim::Dim flops = 0;
  dim::Dim bytes = 0;
  for (size_t i = 0; i < kernels.kernels.size(); ++i) {
    const kernel::Kernel& kernel = kernels.kernels[i];
    const kernel::Explanation& about = kernel.explanation;
    flops = flops + kernel::in_all_rounds(kernels, static_cast<uint32_t>(i), about.flops);
    bytes = bytes + kernel::in_all_rounds(kernels, static_cast<uint32_t>(i), about.bytes);
    for (const kernel::ProgramLoop& loop : kernels.loops)
      if (loop.first_kernel == i) tell_loop(kernels, loop);
    std::cout << fmt::format("\n{:>3}. {}{}\n", i, kernel.name, kernel.serial ? " (one thread)" : "");
    std::string values;
    for (const std::string& value : about.values) values += (values.empty() ? "" : ", ") + value;
    std::cout << "     computes  " << values << "\n     schedule  " << about.schedule << "\n     work      "
              << quantity(about.flops, *dims, "FLOP") << ", " << quantity(about.bytes, *dims, "B") << "\n";
    for (const std::string& note : about.notes) std::cout << "     note      " << note << "\n";
  }
  std::cout << "\nin all " << quantity(flops, *dims, "FLOP") << ", " << quantity(bytes, *dims, "B")
            << " between kernels\n";
  for (const kernel::Check& check : kernels.checks)
    std::cout << fmt::format("checked when it runs, after kernel {}: {}\n", check.after_kernel,
                             check.message.empty()
                                 ? check.tensor + " axis " + std::to_string(check.axis) + " at " + check.place
                                 : check.message);
  std::cout << "\nwork memory (shares space where the lives do not overlap):\n";
  for (const kernel::Buffer& buffer : kernels.buffers)
    if (buffer.scope == kernel::Scope::arena || buffer.scope == kernel::Scope::worker)
      std::cout << fmt::format("  {:<24} {:<16} kernels {}..{}{}\n", buffer.name,
                               quantity(buffer.bytes(), *dims, "B"), buffer.first_kernel, buffer.last_kernel,
                               buffer.scope == kernel::Scope::worker ? ", for each thread" : "");
  tell_work_memory(kernels, *dims);
  if (const auto kept = driver::kept_for_backward(*function, target, library_options, diagnostics))
    tell_kept(*kept, *dims);
  return ExitCode::success;
}

}  // namespace kiln::tools
