#include "doc_module.h"

#include <algorithm>

#include "command_line.h"
#include "format/format.h"
#include "sema/check.h"
#include "sema/observer.h"
#include "sema/session.h"
#include "syntax/tokens.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

/// Without comments, empty lines, and what all lines are indented by.
std::string bare_code(const std::string& code) {
  std::string text;
  size_t end = 0;
  for (const syntax::Token& token : syntax::tokens_of(code)) {
    if (token.kind != syntax::TokenKind::comment && token.kind != syntax::TokenKind::doc) continue;
    text += code.substr(end, token.begin - end);
    end = token.end;
  }
  text += code.substr(end);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t stop = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, stop - begin);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
    begin = stop + 1;
  }
  // The first line begins where the declaration does, the others are as far in as the file has them.
  size_t indentation = lines.size() > 1 ? lines.back().find_first_not_of(' ') : 0;
  for (size_t i = 1; i < lines.size(); ++i)
    indentation = std::min(indentation, lines[i].find_first_not_of(' '));
  const bool is_closed =
      lines.size() > 1 && lines.back().find_first_of(")") == lines.back().find_first_not_of(' ');
  std::string result;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t extra = is_closed ? 0 : 4;
    result += i == 0 ? lines[i] : "\n" + std::string(extra, ' ') + lines[i].substr(indentation);
  }
  return result;
}

/// Collects when the checker has finished: then the inferred conditions are known.
class Collector : public sema::Observer {
 public:
  explicit Collector(DocModule& module) : module_(module) {}

  void checked(const sema::Body&, const syntax::Expression&, const sema::Value&) override {}
  void defined(const sema::Body&, const sema::Entity&) override {}
  void ended(const sema::Body&) override {}
  void finished(sema::Session& session) override {
    session_ = &session;
    if (session.modules.empty()) return;
    const sema::Module& root = *session.modules.back();
    module_.name = root.name;
    module_.doc = root.file.doc;
    for (const syntax::Import& import : root.file.imports)
      module_.imports[import.called().text] = import.module.parts.back().text;
    for (const syntax::DeclarationPtr& declaration : root.file.declarations) add(*declaration);
  }

 private:
  std::string text(Span span) const { return std::string(session_->files.text_of(span)); }

  /// From the first token behind the annotations up to a place, without the sign that begins the body.
  std::string header(const std::vector<syntax::Annotation>& annotations, Span span, uint32_t end) const {
    if (!annotations.empty()) span.begin = annotations.back().span.end;
    span.end = end;
    std::string code = text(span);
    const auto is_end = [](char c) { return c == ' ' || c == '\n' || c == '=' || c == '{'; };
    while (!code.empty() && is_end(code.back())) code.pop_back();
    code.erase(0, std::min(code.find_first_not_of(" \n"), code.size()));
    return bare_code(code);
  }

  DocItem function(const syntax::Function& function,
                   const std::vector<syntax::Annotation>& annotations) const {
    DocItem item;
    item.kind = "fn";
    item.name = function.name.text;
    item.is_exported = function.is_exported;
    item.signature = header(annotations, function.span, function.body.span.begin);
    item.doc = function.doc;
    for (const syntax::Parameter& parameter : function.parameters)
      if (!parameter.doc.empty()) item.parts.emplace_back(parameter.name.text, parameter.doc);
    for (const syntax::Result& result : function.results)
      if (!result.doc.empty())
        item.parts.emplace_back(result.name.present() ? result.name.text : "out", result.doc);
    const auto found = session_->generic_results.find(&function);
    if (found == session_->generic_results.end()) return item;
    for (const dim::Condition& condition : found->second.inferred) {
      const std::string condition_text = condition.to_string();
      const bool is_new =
          std::find(item.inferred.begin(), item.inferred.end(), condition_text) == item.inferred.end();
      if (is_new && condition_text.find_first_of("#?") == std::string::npos)
        item.inferred.push_back(condition_text);
    }
    return item;
  }

  DocItem model(const syntax::Model& model) const {
    DocItem item;
    item.kind = "model";
    item.name = model.name.text;
    const std::string whole = text(model.span);
    uint32_t brace = model.span.end;
    for (const syntax::Token& token : syntax::tokens_of(whole))
      if (token.in(whole) == "{" && model.span.begin + token.begin > model.name.span.end) {
        brace = model.span.begin + token.begin;
        break;
      }
    item.signature = header(model.annotations, model.span, brace);
    item.doc = model.doc;
    for (const syntax::Parameter& parameter : model.parameters)
      if (!parameter.doc.empty()) item.parts.emplace_back(parameter.name.text, parameter.doc);
    for (const syntax::Field& field : model.fields) {
      constexpr const char* kinds[] = {"param", "state", "submodel"};
      DocItem member;
      member.kind = kinds[static_cast<int>(field.kind)];
      member.name = field.name.text;
      member.signature = bare_code(text(field.span));
      member.doc = field.doc;
      if (!member.name.starts_with("_")) item.members.push_back(std::move(member));
    }
    for (const auto& method : model.methods)
      if (!method->name.text.starts_with("_")) item.members.push_back(function(*method, method->annotations));
    return item;
  }

  void add(const syntax::Declaration& declaration) {
    if (!declaration.name.present() || declaration.name.text.starts_with("_")) return;
    if (const auto* node = syntax::if_is<syntax::Function>(declaration))
      return module_.items.push_back(function(*node, node->annotations));
    if (const auto* node = syntax::if_is<syntax::Model>(declaration))
      return module_.items.push_back(model(*node));
    DocItem item;
    item.name = declaration.name.text;
    item.doc = declaration.doc;
    item.signature = header(declaration.annotations, declaration.span, declaration.span.end);
    item.kind = declaration.kind == syntax::DeclarationKind::type       ? "type"
                : declaration.kind == syntax::DeclarationKind::constant ? "const"
                                                                        : "fn";
    item.is_exported = item.signature.starts_with("export");
    module_.items.push_back(std::move(item));
  }

  DocModule& module_;
  const sema::Session* session_ = nullptr;
};

}  // namespace

std::optional<DocModule> read_documentation(const fs::path& path, ExitCode& exit) {
  SourceFiles given;
  Diagnostics mistakes;
  const auto file = given.load(path);
  if (!file) {
    exit = report("cannot read `" + path.string() + "`");
    return std::nullopt;
  }
  // What is shown is in the one style, however it is written.
  const format::Formatted formatted = format::format(given, *file, mistakes);
  internal_check(formatted.defect.empty(), "format: " + formatted.defect);
  if (!formatted.text) {
    print_diagnostics(mistakes, given);
    exit = ExitCode::mistake;
    return std::nullopt;
  }
  DocModule module;
  Collector collector(module);
  SourceFiles files;
  Diagnostics diagnostics;
  sema::CheckOptions check;
  check.library_folders = driver::standard_library_folders();
  check.observer = &collector;
  sema::check(files, files.add(path.string(), *formatted.text), check, diagnostics);
  if (diagnostics.has_errors()) {
    print_diagnostics(diagnostics, files);
    // What cannot be compiled yet can be documented.
    if (!diagnostics.has_limits_only()) {
      exit = ExitCode::mistake;
      return std::nullopt;
    }
  }
  return module;
}

}  // namespace kiln::tools
