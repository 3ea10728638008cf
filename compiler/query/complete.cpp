#include "query/complete.h"

#include <algorithm>
#include <array>
#include <set>

#include "query/describe.h"
#include "query/members.h"
#include "query/prelude_notes.h"
#include "query/scan.h"
#include "query/words.h"

namespace kiln::query {

namespace {

/// What a place asks for.
enum class Context : uint8_t {
  nothing,  // in comments and strings
  import,
  member,
  annotation,
  declaration,
  model_item,
  bound,  // of a generic
  type,
  statement,
  expression,
};

struct KindRow {
  SymbolKind symbol;
  CandidateKind candidate;
  int rank;
};

constexpr std::array kind_table{
    KindRow{SymbolKind::module, CandidateKind::module, 4},
    KindRow{SymbolKind::function, CandidateKind::function, 3},
    KindRow{SymbolKind::method, CandidateKind::function, 2},
    KindRow{SymbolKind::model, CandidateKind::model, 3},
    KindRow{SymbolKind::type, CandidateKind::type, 3},
    KindRow{SymbolKind::constant, CandidateKind::constant, 3},
    KindRow{SymbolKind::param, CandidateKind::field, 2},
    KindRow{SymbolKind::state, CandidateKind::field, 2},
    KindRow{SymbolKind::submodel, CandidateKind::field, 2},
    KindRow{SymbolKind::parameter, CandidateKind::parameter, 1},
    KindRow{SymbolKind::static_parameter, CandidateKind::statics, 1},
    KindRow{SymbolKind::generic, CandidateKind::statics, 1},
    KindRow{SymbolKind::dim, CandidateKind::statics, 1},
    KindRow{SymbolKind::pack, CandidateKind::statics, 1},
    KindRow{SymbolKind::result, CandidateKind::value, 1},
    KindRow{SymbolKind::let, CandidateKind::value, 1},
    KindRow{SymbolKind::variable, CandidateKind::value, 1},
    KindRow{SymbolKind::index, CandidateKind::index, 1},
    KindRow{SymbolKind::loop_variable, CandidateKind::value, 1},
    KindRow{SymbolKind::lambda_parameter, CandidateKind::value, 1},
    KindRow{SymbolKind::self, CandidateKind::value, 2},
    KindRow{SymbolKind::builtin, CandidateKind::function, 5},
};

const KindRow& row_for(SymbolKind kind) {
  return *std::find_if(kind_table.begin(), kind_table.end(),
                       [&](const KindRow& row) { return row.symbol == kind; });
}

class Completer {
 public:
  Completer(const Analysis& analysis, uint32_t offset, const Workspace& workspace, const Analysis* former)
      : analysis_(analysis), text_(analysis.text()), offset_(offset), workspace_(workspace), former_(former) {
    begin_ = offset;
    while (begin_ > 0 && is_word_byte(text_[begin_ - 1])) --begin_;
    pieces_ = scan(std::string_view(text_).substr(0, begin_));
    in_comment_ = !pieces_.empty() && pieces_.back().kind == Piece::Kind::comment &&
                  text_.find('\n', pieces_.back().begin) >= offset;
    std::erase_if(pieces_, [](const Piece& piece) { return piece.kind == Piece::Kind::comment; });
  }

  Completion run() {
    completion_.replaced = {analysis_.root, begin_, offset_};
    switch (context()) {
      case Context::nothing: break;
      case Context::import: add_modules(); break;
      case Context::member: add_members(); break;
      case Context::annotation:
        for (const PreludeNote& note : annotation_notes()) add_note(note, CandidateKind::keyword, 1);
        break;
      case Context::declaration: add_words(WordUse::declaration); break;
      case Context::model_item: add_words(WordUse::model_item); break;
      case Context::bound: add_words(WordUse::bound); break;
      case Context::type: add_types(); break;
      case Context::statement:
        add_words(WordUse::statement);
        add_names();
        break;
      case Context::expression:
        add_named_arguments();
        add_names();
        add_prelude();
        add_words(WordUse::expression);
        break;
    }
    return std::move(completion_);
  }

 private:
  std::string text(const Piece& piece) const { return text_.substr(piece.begin, piece.end - piece.begin); }
  /// The piece that stands `back` places before the word; "" if there is none.
  std::string before(size_t back = 0) const {
    return back < pieces_.size() ? text(pieces_[pieces_.size() - 1 - back]) : "";
  }
  bool is_first_on_line() const { return pieces_.empty() || text_.find('\n', pieces_.back().end) < begin_; }

  /// The innermost bracket that is open, as its place among the pieces.
  std::optional<size_t> open_bracket() const {
    int depth = 0;
    for (size_t i = pieces_.size(); i-- > 0;) {
      if (pieces_[i].kind != Piece::Kind::sign) continue;
      const char sign = text_[pieces_[i].begin];
      if (sign == ')' || sign == ']' || sign == '}') ++depth;
      if (sign != '(' && sign != '[' && sign != '{') continue;
      if (depth-- == 0) return i;
    }
    return std::nullopt;
  }

  /// Whether the bracket holds the parameters of a declaration: `fn f(`, `fn f[T: float](`, `model M(`, `type
  /// T(`.
  bool holds_parameters(size_t open) const {
    size_t at = open;
    if (at > 0 && text(pieces_[at - 1]) == "]") {
      while (at > 0 && text(pieces_[at - 1]) != "[") --at;
      if (at > 0) --at;
    }
    if (at < 2) return false;
    const std::string word = text(pieces_[at - 2]);
    return pieces_[at - 1].kind == Piece::Kind::word && (word == "fn" || word == "model" || word == "type");
  }

  bool is_model_body(size_t open) const {
    for (size_t i = open; i-- > 0;) {
      const std::string word = text(pieces_[i]);
      if (word == "{" || word == "}") return false;
      if (word == "model") return true;
      if (word == "fn" || word == "test") return false;
    }
    return false;
  }

  Context context() const {
    if (in_comment_) return Context::nothing;
    if (!pieces_.empty() && pieces_.back().kind == Piece::Kind::string && pieces_.back().end >= begin_ &&
        (pieces_.back().end - pieces_.back().begin < 2 || text_[pieces_.back().end - 1] != '"')) {
      return Context::nothing;
    }
    if (begin_ < offset_ && text_[begin_] >= '0' && text_[begin_] <= '9') return Context::nothing;
    const std::string last = before();
    if (last == "import" && !is_first_on_line()) return Context::import;
    if (last == ".") return Context::member;
    if (last == "@") return Context::annotation;
    if (last == "->") return Context::type;
    const auto open = open_bracket();
    const std::string bracket = open ? text(pieces_[*open]) : "";
    if (last == ":") {
      if (bracket.empty() || bracket == "{") return Context::type;
      if (bracket == "(" && holds_parameters(*open)) return Context::type;
      if (bracket == "[" && *open >= 2 && text(pieces_[*open - 2]) == "fn") return Context::bound;
      return Context::expression;
    }
    if (bracket.empty()) {
      const bool starts = is_first_on_line() || last == "export";
      if (last == "=" && before(2) == "type") return Context::type;
      return starts && last != "=" ? Context::declaration : Context::expression;
    }
    if (bracket == "{") {
      if (is_model_body(*open))
        return is_first_on_line() || last == "{" ? Context::model_item : Context::expression;
      const bool goes_on =
          !last.empty() && std::string_view("=+-*/%<>,([:&").find(last.back()) != std::string_view::npos;
      return (is_first_on_line() || last == "{") && !goes_on ? Context::statement : Context::expression;
    }
    if (bracket == "(" && holds_parameters(*open)) return Context::nothing;  // a new name
    return Context::expression;
  }

  void add(Candidate candidate) {
    if (!seen_.insert(candidate.name).second) return;
    if (candidate.insert.empty()) candidate.insert = candidate.name;
    completion_.candidates.push_back(std::move(candidate));
  }

  void add_note(const PreludeNote& note, CandidateKind kind, int rank) {
    add({std::string(note.name), "", kind, std::string(note.header), std::string(note.doc), rank});
  }

  void add_symbol(const Analysis& analysis, SymbolId id, const std::string& name) {
    const Symbol& symbol = analysis.symbol(id);
    const KindRow& row = row_for(symbol.kind);
    add({name, "", row.candidate, line_of(analysis, id), symbol.doc, row.rank});
  }

  void add_words(WordUse use) {
    for (const Word& word : words()) {
      if (word.used_in(use)) add({std::string(word.text), "", CandidateKind::keyword, "", "", 6});
    }
  }

  void add_names() {
    for (const SymbolId id : analysis_.visible_at(begin_)) {
      const Symbol& symbol = analysis_.symbol(id);
      if (symbol.kind == SymbolKind::module) continue;
      add_symbol(analysis_, id, symbol.name);
    }
    for (const auto& [name, module] : analysis_.module().imports) {
      if (const auto id = analysis_.symbol_of_node(module)) add_symbol(analysis_, *id, name);
    }
  }

  void add_prelude() {
    for (const PreludeNote& note : prelude_notes()) {
      const bool is_constant =
          note.name == "pi" || note.name == "inf" || note.name == "true" || note.name == "false";
      add_note(note, is_constant ? CandidateKind::constant : CandidateKind::function, 5);
    }
  }

  void add_types() {
    for (const SymbolId id : analysis_.visible_at(begin_)) {
      const Symbol& symbol = analysis_.symbol(id);
      const bool is_type = symbol.kind == SymbolKind::model || symbol.kind == SymbolKind::type ||
                           symbol.kind == SymbolKind::generic;
      if (is_type) add_symbol(analysis_, id, symbol.name);
    }
    for (const auto& [name, module] : analysis_.module().imports) {
      if (const auto id = analysis_.symbol_of_node(module)) add_symbol(analysis_, *id, name);
    }
    for (const PreludeNote& note : prelude_notes()) {
      if (is_type_name(note.name)) add_note(note, CandidateKind::type, 2);
    }
    add_words(WordUse::type);
  }

  void add_modules() {
    std::vector<std::filesystem::path> folders{std::filesystem::path(analysis_.path()).parent_path()};
    folders.insert(folders.end(), workspace_.library_folders.begin(), workspace_.library_folders.end());
    for (const auto& folder : folders) {
      std::error_code failed;
      for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        const auto& path = entry.path();
        if (path.extension() != ".model" || path == analysis_.path()) continue;
        add({path.stem().string(), "", CandidateKind::module, path.string(), "", 1});
      }
    }
  }

  void add_members_of(const Analysis& analysis, const Owner& owner) {
    if (owner.module != nullptr) {
      for (const SymbolId id : members_of_module(analysis, *owner.module))
        add_symbol(analysis, id, analysis.symbol(id).name);
      return;
    }
    std::vector<MemberInfo> members;
    if (owner.is_model_type)
      members = members_of_model_type();
    else if (owner.type)
      members = members_of(analysis, *owner.type);
    for (const MemberInfo& member : members) {
      const CandidateKind kind = member.is_function ? CandidateKind::function : CandidateKind::field;
      add({member.name, "", kind, member.detail, member.doc, 1});
    }
  }

  void add_members() {
    const uint32_t dot = pieces_.back().begin;
    if (const auto owner = owner_before(analysis_, dot)) add_members_of(analysis_, *owner);
    if (!completion_.candidates.empty()) return;
    // The statement may not parse for want of the member: with a name in its place it may.
    std::string patched = text_;
    patched.replace(begin_, offset_ - begin_, "member");
    const auto whole = analyze(analysis_.path(), std::move(patched), workspace_);
    if (const auto owner = owner_before(*whole, dot)) add_members_of(*whole, *owner);
    if (!completion_.candidates.empty() || former_ == nullptr) return;
    add_members_of_former();
  }

  /// By the name alone: it may have meant something in the function before it was broken.
  void add_members_of_former() {
    if (pieces_.size() < 2) return;
    const std::string name = before(1);
    for (auto symbol = former_->symbols.rbegin(); symbol != former_->symbols.rend(); ++symbol) {
      if (symbol->name != name || symbol->span.file != former_->root) continue;
      Owner owner;
      owner.type = type_of(*former_, *symbol);
      if (!owner.type) continue;
      return add_members_of(*former_, owner);
    }
  }

  void add_named_arguments() {
    const auto site = call_around(analysis_, begin_);
    if (!site || (before() != "(" && before() != ",")) return;
    const auto list = analysis_.parameters.find(site->callee);
    if (list == analysis_.parameters.end()) return;
    size_t place = 0;
    for (const syntax::Parameter& parameter : *list->second) {
      if (parameter.name == "self" && !parameter.type) continue;
      if (place++ < site->argument - site->names.size()) continue;  // given by place
      const auto& given = site->names;
      if (std::find(given.begin(), given.end(), parameter.name.text) != given.end()) continue;
      std::string detail = parameter.type ? std::string(analysis_.files.text_of(parameter.type->span)) : "";
      add({parameter.name.text + ":", parameter.name.text + ": ", CandidateKind::named_argument,
           std::move(detail), parameter.doc, 0});
    }
  }

  const Analysis& analysis_;
  const std::string& text_;
  uint32_t offset_, begin_ = 0;
  const Workspace& workspace_;
  const Analysis* former_;
  std::vector<Piece> pieces_;  // before the word, without comments
  bool in_comment_ = false;
  std::set<std::string> seen_;
  Completion completion_;
};

}  // namespace

Completion complete(const Analysis& analysis, uint32_t offset, const Workspace& workspace,
                    const Analysis* former) {
  return Completer(analysis, offset, workspace, former).run();
}

}  // namespace kiln::query
