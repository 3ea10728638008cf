#include "sema/modules.h"

#include "sema/foreign_habits.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/session.h"
#include "source/diagnostic_table.h"
#include "syntax/parse.h"

namespace kiln::sema {

const syntax::Declaration* Module::find(const std::string& declared) const {
  const auto found = declarations.find(declared);
  if (found == declarations.end()) return nullptr;
  if (found->second == nullptr && on_demand) found->second = on_demand->find(declared);
  return found->second;
}

std::string path_key(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto found = std::filesystem::weakly_canonical(path, ignored);
  return ignored ? path.string() : found.string();
}

TreeCache::Entry* TreeCache::find(const std::string& path, const std::string& text, uint32_t number) {
  const auto found = entries_.find(path);
  if (found == entries_.end() || found->second.number != number || found->second.text != text) return nullptr;
  return &found->second;
}

namespace {

class Loader {
 public:
  Loader(SourceFiles& files, const CheckOptions& options, Diagnostics& diagnostics)
      : files_(files), options_(options), diagnostics_(diagnostics) {}

  const Module* load(uint32_t number) {
    const bool in_library = !active_.empty() && is_in_library(files_[number].path());
    std::unique_ptr<syntax::FileOnDemand> on_demand;
    if (in_library && options_.observer == nullptr)
      on_demand = syntax::FileOnDemand::open(files_, number, diagnostics_);
    TreeCache::Entry* kept = on_demand ? nullptr : cached(number);
    auto module = std::make_unique<Module>(on_demand         ? on_demand->file()
                                           : kept != nullptr ? kept->tree
                                                             : parse(number));
    module->is_checked = in_library || (kept != nullptr && kept->is_checked);
    module->on_demand = std::move(on_demand);
    module->path = files_[number].path();
    module->name = module->path.stem().string();
    active_.push_back(path_key(module->path));
    for (const syntax::Import& import : module->file.imports) take(*module, import);
    active_.pop_back();
    collect_declarations(*module);
    const Module* result = module.get();
    loaded_[path_key(module->path)] = result;
    modules_.push_back(std::move(module));
    return result;
  }

  Modules finish() { return std::move(modules_); }

 private:
  /// The standard library was checked, file by file, when this compiler was tested: of an import from there
  /// only what is used is checked again. A file of it that the editor has changed is a file like others.
  bool is_in_library(const std::filesystem::path& path) const {
    const std::string own = path_key(path);
    const auto& folders = options_.library_folders;
    return buffer(own) == nullptr && std::any_of(folders.begin(), folders.end(), [&](const auto& folder) {
             return own.starts_with(path_key(folder) + "/");
           });
  }

  TreeCache::Entry* cached(uint32_t number) const {
    if (options_.trees == nullptr || active_.empty()) return nullptr;  // the root
    return options_.trees->find(path_key(files_[number].path()), files_[number].text(), number);
  }

  /// Parses, and keeps the tree if nothing was said about it.
  std::shared_ptr<const syntax::File> parse(uint32_t number) {
    const auto kept = options_.observer == nullptr ? syntax::Kept::faultless : syntax::Kept::all;
    const size_t said = diagnostics_.all().size();
    std::shared_ptr<const syntax::File> tree = syntax::parse(files_, number, diagnostics_, kept);
    if (options_.trees != nullptr && diagnostics_.all().size() == said)
      options_.trees->put(path_key(files_[number].path()), {files_[number].text(), number, tree, false});
    return tree;
  }

  const std::string* buffer(const std::filesystem::path& path) const {
    if (options_.buffers == nullptr) return nullptr;
    const auto found = options_.buffers->find(path_key(path));
    return found == options_.buffers->end() ? nullptr : &found->second;
  }

  void take(Module& importer, const syntax::Import& import) {
    std::filesystem::path relative;
    for (const syntax::Name& part : import.module.parts) relative /= part.text;
    relative += ".model";
    std::vector<std::filesystem::path> folders{importer.path.parent_path()};
    folders.insert(folders.end(), options_.library_folders.begin(), options_.library_folders.end());
    std::string tried;
    for (const auto& folder : folders) {
      const auto path = folder / relative;
      std::error_code ignored;
      if (buffer(path) == nullptr && !std::filesystem::is_regular_file(path, ignored)) {
        tried += fmt::format("{}{}", tried.empty() ? "" : ", ", path.string());
        continue;
      }
      import_file(importer, import, path);
      return;
    }
    Diagnostic& diagnostic = diagnostics_.add(diagnostics::import_not_found, import.module.span,
                                              fmt::format("`{}` cannot be found", relative.string()));
    diagnostic.notes.push_back("looked for " + tried);
    if (!import.module.parts.empty()) diagnostic.help = advice_on_import(import.module.parts[0].text);
  }

  void import_file(Module& importer, const syntax::Import& import, const std::filesystem::path& path) {
    const std::string key = path_key(path);
    if (std::find(active_.begin(), active_.end(), key) != active_.end()) {
      diagnostics_.add(
          diagnostics::import_cycle, import.module.span,
          fmt::format("`{}` imports itself, directly or through others", path.filename().string()));
      return;
    }
    const Module* module = nullptr;
    if (const auto found = loaded_.find(key); found != loaded_.end()) {
      module = found->second;
    } else if (!importer.file.is_complete && options_.observer == nullptr && is_in_library(path)) {
      // The importer's own mistakes end this run, and the library has none: reading it would take longest.
    } else if (const std::string* text = buffer(path)) {
      module = load(files_.add(path.string(), *text));
    } else if (const auto number = files_.load(path)) {
      module = load(*number);
    } else {
      diagnostics_.add(diagnostics::cannot_read_file, import.module.span,
                       fmt::format("`{}` cannot be read", path.string()));
      return;
    }
    const syntax::Name& called = import.called();
    importer.is_checked = importer.is_checked && module != nullptr && module->is_checked;
    if (!importer.imports.emplace(called.text, module).second) {
      diagnostics_
          .add(diagnostics::declared_twice, called.span, fmt::format("`{}` is imported twice", called.text))
          .help = "give one of them another name with `as`";
    }
  }

  void collect_declarations(Module& module) {
    if (module.on_demand) {
      for (const std::string& name : module.on_demand->names()) module.declarations.emplace(name, nullptr);
      return;
    }
    for (const syntax::DeclarationPtr& declaration : module.file.declarations) {
      if (!declaration->name.present()) continue;
      const syntax::Name& name = declaration->name;
      const auto [at, is_new] = module.declarations.emplace(name.text, declaration.get());
      if (is_new && !module.imports.count(name.text)) continue;
      Diagnostic& diagnostic = diagnostics_.add(diagnostics::declared_twice, name.span,
                                                fmt::format("`{}` is declared twice", name.text));
      if (!is_new) diagnostic.labels.push_back({at->second->name.span, "the first declaration"});
    }
  }

  SourceFiles& files_;
  const CheckOptions& options_;
  Diagnostics& diagnostics_;
  Modules modules_;
  std::map<std::string, const Module*> loaded_;
  std::vector<std::string> active_;
};

}  // namespace

Modules load_modules(SourceFiles& files, uint32_t root, const CheckOptions& options,
                     Diagnostics& diagnostics) {
  Loader loader(files, options, diagnostics);
  loader.load(root);
  return loader.finish();
}

const Module* prelude_module(Session& session) {
  for (const auto& folder : session.options.library_folders) {
    if (session.prelude) break;
    const auto number = session.files.load(folder / "prelude.model");
    if (!number) continue;
    Loader loader(session.files, session.options, session.diagnostics);
    loader.load(*number);
    Modules modules = loader.finish();
    session.prelude = std::move(modules.back());
  }
  return session.prelude.get();
}

}  // namespace kiln::sema
