#include "syntax/parse_on_demand.h"

#include <map>

#include "source/utf8.h"
#include "syntax/attempt.h"
#include "syntax/check_tokens.h"
#include "syntax/parse.h"
#include "syntax/scanner.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

bool is_name(size_t type) {
  switch (type) {
    case Parser::IDENT:
    case Parser::STATE:
    case Parser::PARAM:
    case Parser::OF:
    case Parser::AS:
    case Parser::TEST:
    case Parser::MESH:
    case Parser::TYPE:
    case Parser::DERIVATIVE:
    case Parser::ADJOINT: return true;
    default: return false;
  }
}

/// Where a declaration begins, as a place in the token stream.
struct Head {
  size_t place = 0;
  std::string name;  // empty: a rule, a test or a mesh
  bool is_test = false;
};

/// The heads of a file without mistakes. Outside of all brackets `fn`, `model`, `const` and `type` before a
/// name are declarations, and so are `test` before a string and `derivative of`.
std::vector<Head> heads_of(const TokenList& tokens, const std::vector<antlr4::Token*>& all) {
  std::vector<size_t> places;  // of the visible tokens
  for (const antlr4::Token* token : all)
    if (token->getChannel() == antlr4::Token::DEFAULT_CHANNEL) places.push_back(token->getTokenIndex());
  std::vector<Head> heads;
  size_t before = TokenList::none;  // an annotation or `export`, which belongs to what follows
  for (size_t i = 0; i < tokens.size(); ++i) {
    const size_t type = tokens.type(i), next = tokens.type(i + 1);
    const bool opens = type == Parser::LPAREN || type == Parser::LBRACKET || type == Parser::LBRACE;
    const bool declares = (type == Parser::FN || type == Parser::MODEL || type == Parser::CONST ||
                           type == Parser::TYPE || type == Parser::MESH) &&
                          is_name(next);
    const bool is_test = type == Parser::TEST && next == Parser::STRING;
    const bool is_rule = (type == Parser::DERIVATIVE || type == Parser::ADJOINT) && next == Parser::OF;
    if (declares || is_test || is_rule) {
      Head head{places[before == TokenList::none ? i : before], "", is_test};
      if (declares && type != Parser::MESH) head.name = std::string(tokens.text(i + 1));
      heads.push_back(std::move(head));
      before = TokenList::none;
      ++i;
    } else if (opens) {
      const size_t partner = tokens.partner(i);
      if (partner == TokenList::none) break;
      i = partner;
    } else if ((type == Parser::AT || type == Parser::EXPORT) && before == TokenList::none) {
      before = i;
    }
  }
  return heads;
}

}  // namespace

/// What the parser works with stays as long as the file.
struct FileOnDemand::State {
  State(const SourceFiles& source_files, uint32_t file_number, Diagnostics& said)
      : files(source_files),
        number(file_number),
        diagnostics(said),
        text(source_files[file_number].text()),
        reporter(file_number),
        scanner(text),
        stream(&scanner) {}

  /// Parses what stands at a place of the stream; false if that has a mistake.
  bool add(size_t place) {
    try {
      const size_t count = file->declarations.size();
      attempt->stream.seek(place);
      attempt->add_next(Kept::faultless, *file);
      return reporter.mistakes() == 0 && file->declarations.size() == count + 1;
    } catch (const antlr4::ParseCancellationException&) {
    } catch (const TooDeep&) {
    }
    return false;
  }

  const SourceFiles& files;
  uint32_t number;
  Diagnostics& diagnostics;
  std::string_view text;
  Reporter reporter;
  Scanner scanner;
  antlr4::CommonTokenStream stream;
  std::unique_ptr<TokenList> tokens;
  std::unique_ptr<Attempt> attempt;
  std::shared_ptr<File> file;
  std::shared_ptr<const File> shown;
  std::map<std::string, size_t> places;  // of what was not asked for yet
  std::map<std::string, const Declaration*> found;
};

FileOnDemand::FileOnDemand(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileOnDemand::~FileOnDemand() = default;

std::unique_ptr<FileOnDemand> FileOnDemand::open(const SourceFiles& files, uint32_t number,
                                                 Diagnostics& diagnostics) {
  auto state = std::make_unique<State>(files, number, diagnostics);
  if (state->text.size() > largest_source || find_invalid_utf8(state->text) != std::string_view::npos)
    return nullptr;
  state->stream.fill();
  std::set<size_t> spoiled = check_tokens(state->stream, state->text, state->reporter);
  state->tokens = std::make_unique<TokenList>(state->stream.getTokens(), state->text, number);
  const TokenList& tokens = *state->tokens;
  if (state->reporter.mistakes() > 0 || tokens.deepest() > deepest_brackets ||
      tokens.too_long_list_at() != TokenList::none || !check_matrix_signs(tokens, state->reporter).empty())
    return nullptr;
  state->attempt =
      std::make_unique<Attempt>(state->stream, tokens, std::move(spoiled), state->text, state->reporter);
  Attempt& attempt = *state->attempt;
  attempt.give_up_at_mistakes();
  state->file = attempt.builder.start(attempt.stream.LT(1));
  state->shown = state->file;
  try {
    while (attempt.stream.LA(1) == Parser::IMPORT) attempt.add_next(Kept::faultless, *state->file);
  } catch (const antlr4::ParseCancellationException&) {
    return nullptr;
  }
  const std::vector<Head> heads = heads_of(tokens, state->stream.getTokens());
  const size_t first = attempt.stream.index();
  if (attempt.stream.LA(1) != antlr4::Token::EOF && (heads.empty() || heads[0].place != first))
    return nullptr;
  for (const Head& head : heads) {
    if (head.name.empty()) {
      if (!head.is_test && !state->add(head.place)) return nullptr;
    } else if (!state->places.emplace(head.name, head.place).second) {
      return nullptr;  // declared twice
    }
  }
  state->file->is_complete = true;
  return std::unique_ptr<FileOnDemand>(new FileOnDemand(std::move(state)));
}

const std::shared_ptr<const File>& FileOnDemand::file() const { return state_->shown; }

std::vector<std::string> FileOnDemand::names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : state_->places) names.push_back(name);
  for (const auto& [name, declaration] : state_->found) names.push_back(name);
  return names;
}

const Declaration* FileOnDemand::find(const std::string& name) {
  State& state = *state_;
  if (const auto known = state.found.find(name); known != state.found.end()) return known->second;
  const auto place = state.places.find(name);
  if (place == state.places.end()) return nullptr;
  const size_t at = place->second;
  state.places.erase(place);
  const Declaration*& found = state.found[name];
  if (state.add(at))
    found = state.file->declarations.back().get();
  else
    parse(state.files, state.number, state.diagnostics);  // says what the mistake is
  return found;
}

}  // namespace kiln::syntax
