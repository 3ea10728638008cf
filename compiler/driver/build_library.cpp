#include "driver/build_library.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "codegen/compile.h"
#include "codegen/library_image.h"
#include "codegen/shared_kernels.h"
#include "driver/compile_kernels.h"
#include "driver/frozen_models.h"
#include "driver/pipeline.h"
#include "driver/train_memory.h"
#include "driver/work_memory.h"
#include "embedded/runtime_archive.h"
#include "fuse/supported.h"
#include "graph/text.h"
#include "kernel/print.h"
#include "kernel/schedule.h"
#include "kernel/verify.h"
#include "package/link_library.h"
#include "package/make_image.h"
#include "package/write_c_header.h"
#include "package/write_cpp_header.h"
#include "package/write_files.h"
#include "source/diagnostic_table.h"
#include "transform/lower_storage.h"
#include "transform/specialise_dims.h"

namespace kiln::driver {
namespace {

namespace fs = std::filesystem;

/// The targets that an option stands for; empty, with a diagnostic, if there are none.
std::vector<const codegen::Target*> targets_of(const std::string& option, Diagnostics& diagnostics) {
  std::vector<const codegen::Target*> targets;
  if (option == "portable") {
    for (const codegen::Target& target : codegen::targets()) targets.push_back(&target);
  } else if (const codegen::Target* target =
                 option == "native" ? codegen::native_target() : codegen::target_named(option)) {
    targets.push_back(target);
  } else if (option == "native") {
    diagnostics.add(diagnostics::no_such_target, {},
                    "this processor is below x86-64-v3: none of Kiln's targets runs on it");
  } else {
    diagnostics.add(diagnostics::no_such_target, {}, "there is no target `" + option + "`").help =
        "targets: native, portable, x86-64-v3, x86-64-v4";
  }
  return targets;
}

kernel::Machine machine_of(const codegen::Target& target) {
  return target.name == "x86-64-v4" ? kernel::x86_64_v4() : kernel::x86_64_v3();
}

/// A function on its way to a library.
struct Work {
  elaborate::Function function;  // specialised
  bool is_exported = false;
  graph::Function graph;  // after the passes
  package::CompiledFunction compiled;
  std::vector<fuse::FrozenPanels> panels = {};  // that the kernels may read
};

/// False, with a diagnostic, if something in the function has no kernels yet.
bool prepare_work(Work& work, const LibraryOptions& options, Diagnostics& diagnostics) {
  static constexpr Pass storage = {"lower-storage", transform::lower_storage};
  work.graph = run_passes({&storage, 1}, prepare(work.function, options.passes), options.passes);
  if (const auto unsupported = fuse::first_unsupported(work.graph)) {
    diagnostics.add(diagnostics::not_yet_supported, unsupported->span,
                    unsupported->what + " cannot be compiled yet, only interpreted");
    return false;
  }
  return true;
}

fuse::Plan plan_of(const Work& work, const PanelsOfModels& panels, const LibraryOptions& options) {
  return timed("plan", options.passes.timings, [&] {
    const CurrentPass current("plan");
    return fuse::plan(work.graph, bindings_of(work.function, panels));
  });
}

using Targets = std::vector<const codegen::Target*>;

/// The kernels of a function as it is. `panels`: of the models that it changes.
bool make_kernels(Work& work, const Targets& targets, const PanelsOfModels& panels,
                  const LibraryOptions& options, Diagnostics& diagnostics) {
  if (!prepare_work(work, options, diagnostics)) return false;
  const fuse::Plan plan = plan_of(work, panels, options);
  work.panels = plan.panels;
  work.compiled.is_exported = work.is_exported;
  for (const codegen::Target* target : targets) {
    kernel::Program program = timed("schedule", options.passes.timings, [&] {
      const CurrentPass current("schedule");
      return kernel::schedule(plan, machine_of(*target));
    });
    if (const auto problem = kernel::verify(program))
      internal_error("the kernels of `" + work.function.name + "` are broken after schedule: " + *problem);
    work.compiled.programs.push_back({target, std::move(program)});
  }
  return true;
}

std::vector<const kernel::Program*> programs_of(const Work& work) {
  std::vector<const kernel::Program*> programs;
  for (const package::TargetProgram& program : work.compiled.programs) programs.push_back(&program.program);
  return programs;
}

/// False, with a diagnostic, if the function cannot be made with the memory that the options give it.
bool fit_memory(Work& work, const Targets& targets, const LibraryOptions& options, Diagnostics& diagnostics) {
  if (!options.train_memory) return true;
  LibraryOptions trial = options;  // dumps show the form that is taken
  trial.passes.print_after.clear();
  const auto peak_of = [&](const elaborate::Function& function) -> std::optional<PeakMemory> {
    Work form{function, work.is_exported, {}, {}};
    if (!make_kernels(form, targets, {}, trial, diagnostics)) return std::nullopt;
    const std::vector<const kernel::Program*> programs = programs_of(form);
    PeakMemory peak;
    for (const kernel::Program* program : programs) peak.unknown.merge(dims_of_work_memory(*program));
    if (!peak.unknown.empty()) return peak;
    peak.bytes = work_memory(programs, {}, 1).value_or(INT64_MAX);
    return peak;
  };
  return fit_train_memory(work.function, *options.train_memory, peak_of, diagnostics);
}

bool schedule(Work& work, const Targets& targets, const PanelsOfModels& panels, const LibraryOptions& options,
              Diagnostics& diagnostics) {
  return fit_memory(work, targets, options, diagnostics) &&
         make_kernels(work, targets, panels, options, diagnostics);
}

bool changes_models(const elaborate::Function& function) {
  return std::any_of(function.arguments.begin(), function.arguments.end(), [](const auto& argument) {
    return argument.kind == sema::ArgumentKind::model && argument.direction != elaborate::Direction::in;
  });
}

/// The functions that read models before those that change them, whose kernels read the same panels as
/// theirs.
bool schedule_all(std::vector<Work>& list, FrozenModels& frozen, const Targets& targets,
                  const LibraryOptions& options, Diagnostics& diagnostics) {
  bool all = true;
  for (const bool changing : {false, true})
    for (Work& work : list) {
      if (changes_models(work.function) != changing) continue;
      all = schedule(work, targets, frozen.forms(), options, diagnostics) && all;
      work.compiled.frozen = frozen.buffers_of(work.function, work.panels);
    }
  return all;
}

/// Exports, then initialisers, in the order of the image.
std::vector<Work> list_work(const elaborate::Module& module, const LibraryOptions& options) {
  std::vector<Work> list;
  for (const elaborate::Function& function : module.functions)
    list.push_back({specialise(function, options.dims), true, {}, {}});
  for (const elaborate::ModelType& model : module.models) list.push_back({model.initialiser, false, {}, {}});
  return list;
}

/// Appends the functions that make the panels. False, with a diagnostic, as above.
bool add_packers(std::vector<Work>& list, const FrozenModels& frozen, const Targets& targets,
                 const LibraryOptions& options, Diagnostics& diagnostics) {
  for (const elaborate::Function& function : frozen.packers()) {
    list.push_back({function, false, {}, {}});
    if (!make_kernels(list.back(), targets, {}, options, diagnostics)) return false;
  }
  return true;
}

/// The objects of all kernels; each program learns which code its kernels call.
std::vector<std::vector<std::byte>> compile(std::vector<Work>& list,
                                            const std::vector<const codegen::Target*>& targets,
                                            const LibraryOptions& options) {
  std::vector<KernelJob> jobs;
  size_t kernels = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    std::vector<codegen::NamedProgram> programs;
    for (const Work& work : list)
      programs.push_back({&work.compiled.programs[i].program, &work.function.name});
    codegen::SharedKernels shared =
        codegen::share_kernels(programs, *targets[i], options.debug_sources != nullptr);
    for (size_t w = 0; w < list.size(); ++w) {
      kernels += shared.uses[w].size();
      list[w].compiled.programs[i].code = std::move(shared.uses[w]);
    }
    for (codegen::SharedKernel& kernel : shared.different) jobs.push_back({std::move(kernel), targets[i]});
  }
  std::optional<codegen::ObjectCache> cache;
  if (options.cache && !options.debug_sources) cache.emplace(*options.cache);
  KernelObjects made =
      compile_kernels(jobs, {options.debug_sources, cache ? &*cache : nullptr, options.jobs});
  if (options.passes.timings) {
    options.passes.timings->note(fmt::format("kernels: {} in all, {} different, {} of these from the cache",
                                             kernels, jobs.size(), made.from_cache));
    if (!made.cache_problem.empty())
      options.passes.timings->note("the cache was not used: " + made.cache_problem);
  }
  return std::move(made.objects);
}

/// The bytes of the library, or nothing with a diagnostic. `file_name` is the name it will have.
std::optional<std::vector<std::byte>> make_library(const elaborate::Module& module, const std::string& name,
                                                   const std::string& file_name,
                                                   const LibraryOptions& options, Diagnostics& diagnostics) {
  for (const package::NameClash& clash : package::find_name_clashes(module))
    diagnostics.add(diagnostics::export_name, clash.function->span, clash.message).help = clash.help;
  const std::vector<const codegen::Target*> targets = targets_of(options.target, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  std::vector<Work> list = list_work(module, options);
  FrozenModels frozen(module);
  if (!schedule_all(list, frozen, targets, options, diagnostics)) return std::nullopt;
  if (!add_packers(list, frozen, targets, options, diagnostics)) return std::nullopt;

  std::vector<std::vector<std::byte>> objects =
      timed("codegen", options.passes.timings, [&] { return compile(list, targets, options); });
  std::vector<package::CompiledFunction> functions;
  for (Work& work : list) {
    work.compiled.function = &work.function;
    functions.push_back(std::move(work.compiled));
  }
  const codegen::Image image =
      package::make_image(module, name, functions, frozen.panels(), options.dims, options.sources);
  objects.push_back(timed("image", options.passes.timings, [&] { return codegen::compile_image(image); }));
  const CurrentPass current("link");
  auto linked = timed("link", options.passes.timings, [&] {
    return package::link_library(objects, codegen::exported_functions(image), file_name,
                                 options.debug_sources != nullptr);
  });
  if (auto* library = std::get_if<std::vector<std::byte>>(&linked)) return std::move(*library);
  diagnostics.add(diagnostics::cannot_write_file, {}, std::get<std::string>(linked));
  return std::nullopt;
}

}  // namespace

elaborate::Function specialise(elaborate::Function function, const std::map<std::string, int64_t>& dims) {
  std::map<std::string, int64_t> own;
  std::map<std::string, dim::Dim> symbols;
  for (const std::string& dim : function.graph.dims)
    if (const auto found = dims.find(dim); found != dims.end()) {
      own.insert(*found);
      symbols.emplace(found->first, found->second);
    }
  if (own.empty()) return function;
  function.graph = transform::specialise_dims(function.graph, own);
  for (elaborate::Argument& argument : function.arguments)
    for (dim::Dim& extent : argument.type.shape) extent = extent.substitute(symbols);
  return function;
}

bool build_library(const elaborate::Module& module, const std::string& name, const fs::path& path,
                   const std::optional<fs::path>& header_folder, const LibraryOptions& options,
                   Diagnostics& diagnostics) {
  const auto library = make_library(module, name, path.filename().string(), options, diagnostics);
  if (!library) return false;
  package::StagedFiles files;
  std::optional<std::string> problem;
  const auto add = [&](const fs::path& file, std::string_view text) {
    if (!problem) problem = files.add(file, text);
  };
  if (header_folder) {
    add(*header_folder / "kiln.h", runtime_header("kiln.h"));
    add(*header_folder / "kiln.hpp", runtime_header("kiln.hpp"));
    add(*header_folder / (name + ".h"), package::write_c_header(module, name));
    add(*header_folder / (name + ".hpp"), package::write_cpp_header(module, name));
  }
  if (!problem) problem = files.add(path, *library, true);
  if (!problem) problem = files.commit();
  if (problem) diagnostics.add(diagnostics::cannot_write_file, {}, *problem);
  return !problem;
}

std::optional<kernel::Program> kernels_of(const elaborate::Function& function, const std::string& target,
                                          const LibraryOptions& options, Diagnostics& diagnostics) {
  const std::vector<const codegen::Target*> targets = targets_of(target, diagnostics);
  Work work{specialise(function, options.dims), true, {}, {}};
  if (targets.empty() || !schedule(work, {targets.back()}, {}, options, diagnostics)) return std::nullopt;
  return std::move(work.compiled.programs.front().program);
}

std::optional<fuse::KeptForBackward> kept_for_backward(const elaborate::Function& function,
                                                       const std::string& target,
                                                       const LibraryOptions& options,
                                                       Diagnostics& diagnostics) {
  Work work{specialise(function, options.dims), true, {}, {}};
  const Targets targets = targets_of(target, diagnostics);
  if (targets.empty() || !fit_memory(work, {targets.back()}, options, diagnostics) ||
      !prepare_work(work, options, diagnostics))
    return std::nullopt;
  return fuse::kept_for_backward(plan_of(work, {}, options));
}

std::string emit_text(const elaborate::Module& module, Emit stage, const LibraryOptions& options,
                      Diagnostics& diagnostics) {
  const std::vector<const codegen::Target*> targets = targets_of(options.target, diagnostics);
  if (targets.empty()) return "";
  std::string text;
  for (Work& work : list_work(module, options)) {
    if (stage == Emit::graphs) {
      if (!fit_memory(work, targets, options, diagnostics)) continue;
      text += graph::print(prepare(work.function, options.passes)) + "\n";
      continue;
    }
    if (!schedule(work, targets, {}, options, diagnostics)) continue;
    for (const package::TargetProgram& program : work.compiled.programs) {
      text += "// " + work.function.name + " for " + std::string(program.target->name) + "\n";
      if (stage == Emit::kernels) text += kernel::print(program.program);
      if (stage == Emit::llvm)
        text += codegen::kernels_as_llvm(program.program, work.function.name, *program.target);
      if (stage == Emit::assembly)
        text += codegen::kernels_as_assembly(program.program, work.function.name, *program.target);
      text += "\n";
    }
  }
  return text;
}

}  // namespace kiln::driver
