#include <filesystem>
#include <iostream>

#include "command_line.h"
#include "driver/build_library.h"
#include "sema/check.h"
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
    if (!root) return report("cannot read `" + file + "`");
    std::cout << syntax::print(*syntax::parse(files, *root, diagnostics));
    print_diagnostics(diagnostics, files);
    return driver::exit_code_of(diagnostics);
  }
  driver::FrontEnd program = load_program(file, stage == "typed");
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
      "B=64: make a dim of the exports a constant")("debug,g",
                                                    "line information of the .model file, for gdb and perf")(
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

  driver::Timings timings;
  driver::LibraryOptions library_options;
  library_options.target = line.get<std::string>("target");
  library_options.debug_info = line.has("debug");
  if (line.has("dim")) {
    const auto dims = parse_dims(line.get<std::vector<std::string>>("dim"));
    if (!dims) return ExitCode::mistake;
    library_options.dims = *dims;
  }
  if (line.has("print-after")) {
    library_options.passes.print_after = line.get<std::string>("print-after");
    library_options.passes.print = [](const std::string& text) { std::cerr << text << "\n"; };
  }
  if (line.has("time-passes")) library_options.passes.timings = &timings;
  if (line.has("emit")) return emit(line.get<std::string>("emit"), file, library_options);

  const fs::path library =
      line.has("output") ? fs::path(line.get<std::string>("output")) : fs::path("lib" + name + ".so");
  const fs::path headers =
      line.has("header-dir") ? fs::path(line.get<std::string>("header-dir")) : library.parent_path();
  driver::FrontEnd program =
      driver::timed("front-end", library_options.passes.timings, [&] { return load_program(file); });
  if (!program.module) return driver::exit_code_of(program.diagnostics);
  Diagnostics diagnostics;
  const bool built =
      driver::build_library(*program.module, name, library, library_options, diagnostics) &&
      driver::write_headers(*program.module, name, headers.empty() ? "." : headers, diagnostics);
  print_diagnostics(diagnostics, program.files);
  if (library_options.passes.timings) std::cerr << timings.to_string();
  return built ? ExitCode::success : driver::exit_code_of(diagnostics);
}

}  // namespace kiln::tools
