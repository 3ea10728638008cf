#include "workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "call_values.h"
#include "captured_output.h"
#include "command_line.h"
#include "elaborate/elaborate.h"
#include "sema/body.h"
#include "sema/check.h"
#include "sema/observer.h"
#include "syntax/parse.h"
#include "syntax/tokens.h"
#include "tensor_text.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;
using syntax::TokenKind;

std::unique_ptr<syntax::File> parsed(const std::string& text) {
  SourceFiles files;
  Diagnostics diagnostics;
  return syntax::parse(files, files.add("", text), diagnostics);
}

bool parses(const std::string& text) { return parsed(text)->is_complete; }

/// The first word and the last token that is no comment.
std::pair<std::string, std::string> ends_of(const std::string& text) {
  std::string first, last;
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    if (token.kind == TokenKind::comment || token.kind == TokenKind::doc) continue;
    last = token.in(text);
    if (first.empty()) first = last;
  }
  return {first, last};
}

bool is_among(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// How the type of the variable `it` is written.
class TypeOfIt : public sema::Observer {
 public:
  std::string text;

  void defined(const sema::Body& body, const sema::Entity& entity) override {
    if (body.session.files.text_of(entity.span) == "it") text = sema::to_string(entity.type);
  }
  void checked(const sema::Body&, const syntax::Expression&, const sema::Value&) override {}
  void ended(const sema::Body&) override {}
  void finished(sema::Session&) override {}
};

}  // namespace

InputKind kind_of_input(const std::string& input) {
  const std::string first = ends_of(input).first;
  if (first.empty()) return InputKind::nothing;
  if (first == "import") return InputKind::import;
  if (parses("fn f() =\n" + input + "\n")) return InputKind::expression;
  if (parses("fn f() {\n" + input + "\n}\n")) return InputKind::statements;
  if (parses(input)) return InputKind::declarations;
  if (is_among(first, {"fn", "model", "export", "const", "type", "test", "@"}))
    return InputKind::declarations;
  if (is_among(first, {"let", "var", "while", "assert"})) return InputKind::statements;
  return InputKind::expression;
}

bool is_unfinished(const std::string& input) {
  int open = 0;
  for (const syntax::Token& token : syntax::tokens_of(input)) {
    const std::string_view sign = token.in(input);
    if (sign == "(" || sign == "[" || sign == "{") ++open;
    if (sign == ")" || sign == "]" || sign == "}") --open;
  }
  const std::string last = ends_of(input).second;
  return open > 0 ||
         is_among(last, {"+",  "-",   "*",  "/",  "%", "=",  "+=", "-=", "*=", "/=",    ",",   "and",
                         "or", "not", "==", "!=", "<", "<=", ">",  ">=", "->", "where", "else"});
}

std::string FoundValue::to_string() const {
  if (leaves.size() == 1 && leaves[0].path.empty()) return tensor_text(leaves[0].tensor) + " : " + type;
  std::string text = type;
  for (const Leaf& leaf : leaves)
    text += "\n  " + leaf.path + ": " + leaf.type + " = " + tensor_text(leaf.tensor);
  return text;
}

/// A whole program, made of what was said and one more thing.
struct Workspace::Program {
  SourceFiles files;
  Diagnostics diagnostics;
  std::optional<sema::TypedProgram> typed;
  TypeOfIt it;

  Program(const Workspace& workspace, const std::string& last) {
    const uint32_t root = files.add((workspace.folder_ / "input").string(), workspace.compose(last));
    sema::CheckOptions check;
    check.library_folders = driver::standard_library_folders();
    check.observer = &it;
    typed = sema::check(files, root, check, diagnostics);
  }
  /// What was composed last.
  const sema::TypedTest& test() const { return typed->tests.back(); }
};

bool Workspace::load(const fs::path& path) {
  const driver::FrontEnd program = load_program(path.string(), driver::FrontEndGoal::typed);
  if (!program.program) return false;
  clear();
  folder_ = path.parent_path();
  file_text_ = program.files[program.root].text();
  return true;
}

void Workspace::clear() { *this = Workspace(); }

/// The standard library's modules that a text names and nothing else declares.
std::string Workspace::imports_for(const std::string& text) const {
  const auto file = parsed(file_text_);
  std::vector<std::string> taken;
  for (const syntax::Import& import : file->imports) taken.push_back(import.called().text);
  for (const syntax::DeclarationPtr& declaration : file->declarations)
    taken.push_back(declaration->name.text);
  std::string imports;
  for (const std::string& import : imports_) {
    imports += " " + import;
    const auto own = parsed(import);
    if (!own->imports.empty()) taken.push_back(own->imports[0].called().text);
  }
  std::error_code failure;
  std::vector<std::string> modules;
  for (const fs::path& folder : driver::standard_library_folders())
    for (const auto& entry : fs::directory_iterator(folder, failure))
      if (entry.path().extension() == ".model") modules.push_back(entry.path().stem().string());
  std::sort(modules.begin(), modules.end());
  const auto tokens = syntax::tokens_of(text);
  for (const std::string& module : modules) {
    if (std::find(taken.begin(), taken.end(), module) != taken.end()) continue;
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (tokens[i].in(text) != module || tokens[i + 1].in(text) != ".") continue;
      imports += " import " + module;
      break;
    }
  }
  return imports;
}

std::string Workspace::compose(const std::string& last) const {
  std::string said;
  for (const auto& [name, text] : declarations_) said += text + "\n";
  said += "test \"input\" {\n" + statements_ + last + "}\n";
  const std::string imports = imports_for(said);
  // Behind the imports of the file, on their last line.
  const auto file = parsed(file_text_);
  const size_t place = !file->imports.empty()       ? file->imports.back().span.end
                       : file->declarations.empty() ? file_text_.size()
                                                    : file->declarations.front()->span.begin;
  return file_text_.substr(0, place) + imports + " " + file_text_.substr(place) + "\n" + said;
}

/// The statements run again each time; what they printed before is not shown again.
void Workspace::show_new(const std::string& printed) const {
  if (printed.size() > shown_) std::cout << printed.substr(shown_);
}

/// Whether the statements are right, and hold when they run.
bool Workspace::run(bool is_quiet) {
  Program program(*this, "");
  std::string failure, printed;
  if (program.typed) {
    const auto function = elaborate::elaborate_variable(program.test(), std::nullopt, *program.typed,
                                                        program.files, program.diagnostics);
    CallValues values;
    CapturedOutput output;
    if (function) failure = call_interpreted(*function, values);
    printed = output.take();
  }
  const bool is_good = !program.diagnostics.has_errors() && failure.empty();
  if (is_quiet) return is_good;
  show_new(printed);
  print_diagnostics(program.diagnostics, program.files);
  if (!failure.empty()) report(failure);
  shown_ = printed.size();
  return is_good;
}

bool Workspace::add_import(const std::string& input) {
  Workspace changed = *this;
  changed.imports_.push_back(input);
  if (!changed.run(false)) return false;
  *this = std::move(changed);
  return true;
}

bool Workspace::add_declarations(const std::string& input) {
  Workspace changed = *this;
  const auto file = parsed(input);
  std::string name = file->declarations.empty() ? "" : file->declarations.front()->name.text;
  // A later one takes the place of a former one.
  std::erase_if(changed.declarations_,
                [&](const auto& former) { return !name.empty() && former.first == name; });
  changed.declarations_.emplace_back(name, input);
  if (!changed.run(false)) return false;
  *this = std::move(changed);
  return true;
}

bool Workspace::can_add_statements(const std::string& input) const {
  Workspace changed = *this;
  changed.statements_ += input + "\n";
  return changed.run(true);
}

bool Workspace::add_statements(const std::string& input) {
  Workspace changed = *this;
  changed.statements_ += input + "\n";
  if (!changed.run(false)) return false;
  *this = std::move(changed);
  return true;
}

std::optional<FoundValue> Workspace::evaluate(const std::string& expression, bool only_type,
                                              ExitCode& exit) const {
  Program program(*this, "var it =\n" + expression + "\n");
  std::optional<FoundValue> found;
  std::string failure;
  if (program.typed) {
    const sema::TypedFunction& function = *program.test().function;
    std::optional<sema::Slot> slot;
    for (size_t i = 0; i < function.slots.size(); ++i)
      if (function.slots[i].name == "it") slot = static_cast<sema::Slot>(i);
    if (!slot || function.slots[*slot].type.leaves.empty()) {
      print_diagnostics(program.diagnostics, program.files);
      exit = report(
          "this is known when the program is compiled, and has no value to show: it is a function or has no "
          "parts");
      return std::nullopt;
    }
    const sema::ValueType& type = function.slots[*slot].type;
    found.emplace();
    found->type = program.it.text;
    std::optional<elaborate::Function> graph;
    if (!only_type)
      graph = elaborate::elaborate_variable(program.test(), slot, *program.typed, program.files,
                                            program.diagnostics);
    CallValues values;
    values.arguments.resize(type.leaves.size());
    CapturedOutput output;
    if (graph) failure = call_interpreted(*graph, values);
    show_new(output.take());
    if (graph && failure.empty())
      for (size_t i = 0; i < type.leaves.size(); ++i)
        found->leaves.push_back(
            {type.leaves[i].path, graph->arguments[i].source_type, std::move(values.arguments[i][0])});
  }
  print_diagnostics(program.diagnostics, program.files);
  exit = failure.empty() ? driver::exit_code_of(program.diagnostics) : report(failure);
  if (exit != ExitCode::success) return std::nullopt;
  return found;
}

std::string Workspace::to_string() const {
  std::string text;
  for (const std::string& import : imports_) text += import + "\n";
  for (const auto& [name, declaration] : declarations_) text += declaration + "\n";
  return text + statements_;
}

}  // namespace kiln::tools
