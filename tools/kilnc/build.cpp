#include <filesystem>
#include <iostream>

#include "cache_settings.h"
#include "command_line.h"
#include "driver/build_library.h"
#include "driver/pipeline.h"
#include "sema/check.h"
#include "sema/reserved_words.h"
#include "syntax/parse.h"
#include "syntax/print_ast.h"
#include "verb.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

/// What `--emit` shows, in the order in which data passes.
struct Stage {
  const char* name;
  std::optional<driver::Emit> emit;  // nothing: a stage of the front end
};

constexpr Stage stages[] = {
    {"ast", std::nullopt},           {"typed", std::nullopt},
    {"graph", driver::Emit::graphs}, {"kernels", driver::Emit::kernels},
    {"llvm", driver::Emit::llvm},    {"asm", driver::Emit::assembly},
};

ExitCode emit(const std::string& stage, const std::string& file,
              const driver::LibraryOptions& library_options) {
  const Stage* found = nullptr;
  for (const Stage& row : stages)
    if (stage == row.name) found = &row;
  if (!found) return report("--emit takes ast, typed, graph, kernels, llvm or asm, not `" + stage + "`");
  if (stage == "ast") {
    SourceFiles files;
    Diagnostics diagnostics;
    const std::optional<uint32_t> root = files.load(file);
    if (!root) return report("cannot read `" + file + "`: there is no such file, or it is no text");
    std::cout << syntax::print(*syntax::parse(files, *root, diagnostics));
    print_diagnostics(diagnostics, files);
    return driver::exit_code_of(diagnostics);
  }
  driver::FrontEnd program =
      load_program(file, stage == "typed" ? driver::FrontEndGoal::typed : driver::FrontEndGoal::module);
  if (program.diagnostics.has_errors()) return driver::exit_code_of(program.diagnostics);
  if (!found->emit) {
    std::cout << sema::print(*program.program);
    return ExitCode::success;
  }
  Diagnostics diagnostics;
  std::cout << driver::emit_text(*program.module, *found->emit, library_options, diagnostics);
  print_diagnostics(diagnostics, program.files);
  return driver::exit_code_of(diagnostics);
}

/// What prevents a name, or nothing.
std::string name_problem(const std::string& name) {
  const bool is_taken = name == "kiln" || name == "std";
  if (!is_taken && !sema::is_reserved_in_c(name)) return "";
  return "the library would be called `" + name + "`, which " +
         (is_taken ? "its headers use themselves" : "is a keyword of C or C++") + ": rename the file";
}

/// Whether files can be put there, before the work of making them.
std::string folder_problem(const fs::path& folder) {
  std::error_code failure;
  if (fs::is_directory(folder, failure)) return "";
  return "there is no folder `" + folder.string() + "`";
}

/// A dim that no exported function has.
std::string dim_problem(const elaborate::Module& module, const std::map<std::string, int64_t>& dims) {
  for (const auto& [dim, value] : dims) {
    bool is_there = false;
    for (const elaborate::Function& function : module.functions)
      for (const std::string& name : function.graph.dims) is_there = is_there || name == dim;
    if (!is_there) return "no exported function has a dim `" + dim + "`";
  }
  return "";
}

std::string pass_problem(const std::string& wanted) {
  std::string names = "all";
  for (const driver::Pass& pass : driver::graph_passes()) {
    if (wanted == pass.name) return "";
    names += std::string(", ") + pass.name;
  }
  return wanted == "all" ? "" : "there is no pass `" + wanted + "`; there are: " + names;
}

/// The library's name: what stands between `lib` and the ending, as an identifier of C.
std::string identifier_of(const fs::path& path) {
  std::string name = path.stem().string();
  for (char& character : name)
    if (!std::isalnum(static_cast<unsigned char>(character))) character = '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name = "_" + name;
  return name;
}

}  // namespace

ExitCode build(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("output,o", options::value<std::string>(),
                        "the library; lib<NAME>.so here if not given")(
      "header-dir", options::value<std::string>(),
      "where NAME.h and NAME.hpp go; beside the library if not given")(
      "target", options::value<std::string>()->default_value("portable"),
      "native, x86-64-v3, x86-64-v4, or portable: code for all of them, chosen when it is loaded")(
      "dim", options::value<std::vector<std::string>>()->composing(),
      "B=64: make a dim of the exports a constant")(
      "train-memory", options::value<std::string>(),
      "2GiB: most work memory of each function with reverse derivatives; needs its dims")(
      "jobs,j", options::value<int>(), "threads that compile kernels; one for each core if not given")(
      "no-cache", "compile all kernels, and keep none for the next build")(
      "debug,g", "line information of the .model file, for gdb and perf")(
      "emit", options::value<std::string>(),
      "print ast, typed, graph, kernels, llvm or asm instead of building")(
      "print-after", options::value<std::string>(), "print the graphs after a pass (or `all`) on stderr")(
      "time-passes", "tell how long each stage took on stderr");
  const CommandLine line = parse_command_line(
      arguments, "kilnc build FILE.model [options]",
      "Compiles a .model file to a shared library with C and C++ headers.", visible, {"file"});
  if (line.exit) return *line.exit;
  const std::string file = line.get<std::string>("file");
  const std::string name = identifier_of(file);
  if (const std::string problem = name_problem(name); !problem.empty()) return report(problem);

  driver::Timings timings;
  driver::LibraryOptions library_options;
  library_options.target = line.get<std::string>("target");
  if (line.has("dim")) {
    const auto dims = parse_dims(line.get<std::vector<std::string>>("dim"));
    if (!dims) return ExitCode::mistake;
    library_options.dims = *dims;
  }
  if (line.has("jobs")) library_options.jobs = line.get<int>("jobs");
  if (line.has("jobs") && library_options.jobs < 1) return report("--jobs takes a number of threads");
  if (line.has("train-memory")) {
    library_options.train_memory = parse_bytes("--train-memory", line.get<std::string>("train-memory"));
    if (!library_options.train_memory) return ExitCode::mistake;
  }
  if (line.has("print-after")) {
    if (const std::string problem = pass_problem(line.get<std::string>("print-after")); !problem.empty())
      return report(problem);
    library_options.passes.print_after = line.get<std::string>("print-after");
    library_options.passes.print = [](const std::string& text) { std::cerr << text << "\n"; };
  }
  if (line.has("time-passes")) library_options.passes.timings = &timings;
  if (!line.has("no-cache"))
    if (const auto mistake = use_cache(library_options)) return *mistake;
  if (line.has("emit")) return emit(line.get<std::string>("emit"), file, library_options);

  const fs::path library =
      line.has("output") ? fs::path(line.get<std::string>("output")) : fs::path("lib" + name + ".so");
  fs::path headers =
      line.has("header-dir") ? fs::path(line.get<std::string>("header-dir")) : library.parent_path();
  if (headers.empty()) headers = ".";
  for (const fs::path& folder : {library.has_parent_path() ? library.parent_path() : fs::path("."), headers})
    if (const std::string problem = folder_problem(folder); !problem.empty()) return report(problem);
  driver::FrontEnd program =
      driver::timed("front-end", library_options.passes.timings, [&] { return load_program(file); });
  if (!program.module) return driver::exit_code_of(program.diagnostics);
  if (const std::string problem = dim_problem(*program.module, library_options.dims); !problem.empty())
    return report(problem);
  library_options.sources = &program.files;
  if (line.has("debug")) library_options.debug_sources = &program.files;
  Diagnostics diagnostics;
  const bool built =
      driver::build_library(*program.module, name, library, headers, library_options, diagnostics);
  print_diagnostics(diagnostics, program.files);
  if (library_options.passes.timings) std::cerr << timings.to_string();
  return built ? ExitCode::success : driver::exit_code_of(diagnostics);
}

}  // namespace kiln::tools
