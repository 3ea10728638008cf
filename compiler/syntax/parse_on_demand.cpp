#include "syntax/parse_on_demand.h"

#include <map>
#include <optional>

#include "source/utf8.h"
#include "syntax/attempt.h"
#include "syntax/check_tokens.h"
#include "syntax/parse.h"
#include "syntax/scanner.h"
#include "syntax/token_source.h"
#include "syntax/token_types.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

/// A declaration, with the comments above it.
struct Piece {
  TextPlace begin;
  size_t end = 0;
  std::string name;  // empty: a rule, a test or a mesh
  bool is_test = false;
};

struct Pieces {
  size_t head_end = 0;  // where the first declaration begins: above it stand the imports
  std::vector<Piece> declarations;
};

bool declares(size_t type) {
  return type == Parser::FN || type == Parser::MODEL || type == Parser::CONST || type == Parser::TYPE ||
         type == Parser::MESH;
}

/// The pieces of a file without mistakes; nothing if brackets do not match or a token is none of the
/// language. Outside of all brackets `fn`, `model`, `const`, `type` and `mesh` before a name are
/// declarations, and so are `test` before a string and `derivative of`.
std::optional<Pieces> pieces_of(std::string_view text) {
  Pieces pieces;
  Scanner scanner(text);
  std::vector<size_t> open;           // the closing brackets that are awaited
  std::optional<ScannedToken> first;  // an annotation or `export`, which belongs to what follows
  TextPlace before_first, before;     // behind the token before `first`, and before `token`
  ScannedToken token = scanner.next();
  while (token.is_comment) token = scanner.next();
  while (token.type != antlr4::Token::EOF) {
    const TextPlace behind = scanner.place();
    ScannedToken next = scanner.next();
    while (next.is_comment) next = scanner.next();
    if (token.type == Parser::OTHER || token.type == Parser::UNENDED) return std::nullopt;
    const bool is_test = token.type == Parser::TEST && next.type == Parser::STRING;
    const bool is_rule =
        (token.type == Parser::DERIVATIVE || token.type == Parser::ADJOINT) && next.type == Parser::OF;
    const bool is_named = declares(token.type) && is_name(next.type);
    if (const size_t closing = closing_of(token.type); closing != 0) {
      open.push_back(closing);
    } else if (!open.empty()) {
      const bool closes =
          token.type == Parser::RPAREN || token.type == Parser::RBRACKET || token.type == Parser::RBRACE;
      if (closes && token.type != open.back()) return std::nullopt;
      if (closes) open.pop_back();
    } else if (is_named || is_test || is_rule) {
      Piece piece{first ? before_first : before, 0, "", is_test};
      if (is_named && token.type != Parser::MESH)
        piece.name = std::string(text.substr(next.begin.at, next.end - next.begin.at));
      if (pieces.declarations.empty())
        pieces.head_end = (first ? *first : token).begin.at;
      else
        pieces.declarations.back().end = piece.begin.at;
      pieces.declarations.push_back(std::move(piece));
      first.reset();
    } else if ((token.type == Parser::AT || token.type == Parser::EXPORT) && !first) {
      first = token;
      before_first = before;
    }
    before = behind;
    token = std::move(next);
  }
  if (!open.empty()) return std::nullopt;
  if (pieces.declarations.empty())
    pieces.head_end = text.size();
  else
    pieces.declarations.back().end = text.size();
  return pieces;
}

/// What parsing a piece works with.
struct PieceParser {
  PieceParser(std::string_view text, TextPlace begin, size_t end, uint32_t file)
      : reporter(file), source(text.substr(0, end), begin), stream(&source) {
    stream.fill();
    std::set<size_t> spoiled = check_tokens(stream, text, reporter);
    tokens.emplace(stream.getTokens(), text, file);
    if (reporter.mistakes() > 0 || tokens->deepest() > deepest_brackets ||
        tokens->too_long_list_at() != TokenList::none || !check_matrix_signs(*tokens, reporter).empty())
      return;
    attempt.emplace(stream, *tokens, std::move(spoiled), text, reporter);
    attempt->give_up_at_mistakes();
  }

  Reporter reporter;
  TokenSource source;
  antlr4::CommonTokenStream stream;
  std::optional<TokenList> tokens;
  std::optional<Attempt> attempt;  // none: there is a mistake in the tokens
};

}  // namespace

struct FileOnDemand::State {
  State(const SourceFiles& source_files, uint32_t file_number, Diagnostics& said)
      : files(source_files), number(file_number), diagnostics(said), text(source_files[file_number].text()) {}

  /// Parses what stands before the first declaration; false if that has a mistake.
  bool start(size_t head_end) {
    PieceParser parser(text, {}, head_end, number);
    if (!parser.attempt) return false;
    file = parser.attempt->builder.start(parser.stream.LT(1));
    shown = file;
    try {
      while (parser.stream.LA(1) == Parser::IMPORT) parser.attempt->add_next(Kept::faultless, *file);
    } catch (const antlr4::ParseCancellationException&) {
      return false;
    }
    return parser.reporter.mistakes() == 0 && parser.stream.LA(1) == antlr4::Token::EOF;
  }

  /// Parses a declaration; false if it has a mistake.
  bool add(const Piece& piece) {
    PieceParser parser(text, piece.begin, piece.end, number);
    if (!parser.attempt) return false;
    try {
      const size_t count = file->declarations.size();
      parser.attempt->add_next(Kept::faultless, *file);
      return parser.reporter.mistakes() == 0 && parser.stream.LA(1) == antlr4::Token::EOF &&
             file->declarations.size() == count + 1;
    } catch (const antlr4::ParseCancellationException&) {
    } catch (const TooDeep&) {
    }
    return false;
  }

  const SourceFiles& files;
  uint32_t number;
  Diagnostics& diagnostics;
  std::string_view text;
  std::shared_ptr<File> file;
  std::shared_ptr<const File> shown;
  std::map<std::string, Piece> pieces;  // of what was not asked for yet
  std::map<std::string, const Declaration*> found;
};

FileOnDemand::FileOnDemand(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileOnDemand::~FileOnDemand() = default;

std::unique_ptr<FileOnDemand> FileOnDemand::open(const SourceFiles& files, uint32_t number,
                                                 Diagnostics& diagnostics) {
  auto state = std::make_unique<State>(files, number, diagnostics);
  if (state->text.size() > largest_source || find_invalid_utf8(state->text) != std::string_view::npos)
    return nullptr;
  std::optional<Pieces> pieces = pieces_of(state->text);
  if (!pieces || !state->start(pieces->head_end)) return nullptr;
  for (Piece& piece : pieces->declarations) {
    if (piece.name.empty()) {
      if (!piece.is_test && !state->add(piece)) return nullptr;
      continue;
    }
    const std::string name = piece.name;
    if (!state->pieces.emplace(name, std::move(piece)).second) return nullptr;  // declared twice
  }
  state->file->is_complete = true;
  return std::unique_ptr<FileOnDemand>(new FileOnDemand(std::move(state)));
}

const std::shared_ptr<const File>& FileOnDemand::file() const { return state_->shown; }

std::vector<std::string> FileOnDemand::names() const {
  std::vector<std::string> names;
  for (const auto& [name, piece] : state_->pieces) names.push_back(name);
  for (const auto& [name, declaration] : state_->found) names.push_back(name);
  return names;
}

const Declaration* FileOnDemand::find(const std::string& name) {
  State& state = *state_;
  if (const auto known = state.found.find(name); known != state.found.end()) return known->second;
  const auto place = state.pieces.find(name);
  if (place == state.pieces.end()) return nullptr;
  const Piece piece = std::move(place->second);
  state.pieces.erase(place);
  const Declaration*& found = state.found[name];
  if (state.add(piece))
    found = state.file->declarations.back().get();
  else
    parse(state.files, state.number, state.diagnostics);  // says what the mistake is
  return found;
}

std::vector<std::string> declared_names(std::string_view text) {
  std::vector<std::string> names;
  const std::optional<Pieces> pieces = pieces_of(text);
  if (!pieces) return names;
  for (const Piece& piece : pieces->declarations)
    if (!piece.name.empty()) names.push_back(piece.name);
  return names;
}

}  // namespace kiln::syntax
