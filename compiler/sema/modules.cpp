#include "sema/modules.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/session.h"
#include "source/diagnostic_table.h"
#include "syntax/parse.h"

namespace kiln::sema {

const syntax::Declaration* Module::find(const std::string& declared) const {
  const auto found = declarations.find(declared);
  return found == declarations.end() ? nullptr : found->second;
}

namespace {

class Loader {
 public:
  Loader(SourceFiles& files, const CheckOptions& options, Diagnostics& diagnostics)
      : files_(files), options_(options), diagnostics_(diagnostics) {}

  const Module* load(uint32_t number) {
    auto module = std::make_unique<Module>();
    module->path = files_[number].path();
    module->name = module->path.stem().string();
    const auto kept = options_.observer == nullptr ? syntax::Kept::faultless : syntax::Kept::all;
    module->file = std::move(*syntax::parse(files_, number, diagnostics_, kept));
    active_.push_back(key_of(module->path));
    for (const syntax::Import& import : module->file.imports) take(*module, import);
    active_.pop_back();
    collect_declarations(*module);
    const Module* result = module.get();
    loaded_[key_of(module->path)] = result;
    modules_.push_back(std::move(module));
    return result;
  }

  Modules finish() { return std::move(modules_); }

 private:
  static std::string key_of(const std::filesystem::path& path) {
    std::error_code ignored;
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return ignored ? path.string() : canonical.string();
  }

  const std::string* buffer(const std::filesystem::path& path) const {
    if (options_.buffers == nullptr) return nullptr;
    const auto found = options_.buffers->find(key_of(path));
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
    diagnostics_
        .add(diagnostics::import_not_found, import.module.span,
             fmt::format("`{}` cannot be found", relative.string()))
        .notes.push_back("looked for " + tried);
  }

  void import_file(Module& importer, const syntax::Import& import, const std::filesystem::path& path) {
    const std::string key = key_of(path);
    if (std::find(active_.begin(), active_.end(), key) != active_.end()) {
      diagnostics_.add(
          diagnostics::import_cycle, import.module.span,
          fmt::format("`{}` imports itself, directly or through others", path.filename().string()));
      return;
    }
    const Module* module = nullptr;
    if (const auto found = loaded_.find(key); found != loaded_.end()) {
      module = found->second;
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
    if (!importer.imports.emplace(called.text, module).second) {
      diagnostics_
          .add(diagnostics::declared_twice, called.span, fmt::format("`{}` is imported twice", called.text))
          .help = "give one of them another name with `as`";
    }
  }

  void collect_declarations(Module& module) {
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
