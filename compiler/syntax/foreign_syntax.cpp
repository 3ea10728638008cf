#include "syntax/expected_tokens.h"
#include "syntax/operands.h"
#include "syntax/syntax_messages.h"

/// The messages about what other languages write and Kiln does not.
namespace kiln::syntax {

using Parser = grammar::KilnParser;

/// `lambda x, y: e` gets stuck at the first name or at the colon.
bool SyntaxMessages::python_lambda(const SyntaxMistake& mistake) {
  const size_t line = tokens_.line(mistake.at);
  size_t word = mistake.at + 1;
  while (word > 0 && tokens_.text(word - 1) != "lambda" && tokens_.line(word - 1) == line) --word;
  if (word == 0 || tokens_.text(word - 1) != "lambda") return false;
  size_t colon = word--;
  while (tokens_.is_name(colon) || tokens_.type(colon) == Parser::COMMA) ++colon;
  if (colon == word + 1 && tokens_.type(colon) != Parser::COLON) return false;
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::syntax_error, tokens_.span(word), "there is no `lambda`");
  spoiled_lines_.insert(line);
  diagnostic.help = "a function is written `fn(x) = e`";
  if (tokens_.type(colon) != Parser::COLON) return true;
  const std::string names(colon > word + 1 ? tokens_.text(word + 1, colon - 1) : "");
  diagnostic.fix(tokens_.span(word, colon), "fn(" + names + ") =");
  return true;
}

/// `x[:20]` gets stuck at the number, `x[20:]` at the colon.
bool SyntaxMessages::python_slice(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  const size_t open = tokens_.open_before(at);
  if (at == 0 || open == TokenList::none || tokens_.type(open) != Parser::LBRACKET) return false;
  const auto ends_item = [&](size_t token) {
    return tokens_.type(token) == Parser::COMMA || tokens_.type(token) == Parser::RBRACKET;
  };
  const bool is_end = tokens_.type(at - 1) == Parser::COLON && tokens_.starts_expression(at) &&
                      (at - 1 == open + 1 || tokens_.type(at - 2) == Parser::COMMA) && ends_item(at + 1);
  const bool is_begin = tokens_.type(at) == Parser::COLON && ends_item(at + 1);
  if (!is_end && !is_begin) return false;
  const size_t colon = is_end ? at - 1 : at;
  const std::string slice =
      is_end ? ".." + std::string(tokens_.text(at)) : std::string(tokens_.text(at - 1)) + "..";
  reporter_.mistake(diagnostics::syntax_error, tokens_.span(colon), "a slice is written with `..`")
      .fix(tokens_.span(colon), "..", "write " + in_backticks(slice));
  return true;
}

/// `(h, c) = step(h, c)`
bool SyntaxMessages::tuple_assignment(size_t first) {
  if (tokens_.type(first) != Parser::LPAREN || tokens_.partner(first) == TokenList::none) return false;
  const size_t close = tokens_.partner(first);
  if (tokens_.type(close + 1) != Parser::SET) return false;
  reporter_
      .mistake(diagnostics::not_a_statement, tokens_.span(first, close),
               "several variables are not assigned at once")
      .help = "bind new names, then assign them: `let (a, b) = …`, `x = a`, `y = b`";
  return true;
}

/// `import nn, optim` gets stuck at the comma.
bool SyntaxMessages::listed_imports(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (tokens_.type(at) != Parser::COMMA) return false;
  size_t first = at;
  while (first > 0 && !tokens_.first_on_line(first)) --first;
  if (tokens_.type(first) != Parser::IMPORT) return false;
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::syntax_error, tokens_.span(at), "an import names one file");
  spoiled_lines_.insert(tokens_.line(at));
  std::vector<Edit> edits;
  for (size_t comma = at; tokens_.type(comma) == Parser::COMMA; ++comma) {
    const Span place{tokens_.span(comma).file, tokens_.span(comma).begin, tokens_.span(comma + 1).begin};
    edits.push_back({place, "\nimport "});
    while (!tokens_.first_on_line(comma + 1) && tokens_.type(comma + 1) != Parser::COMMA &&
           comma + 1 < tokens_.last())
      ++comma;
  }
  diagnostic.fix(std::move(edits), "write an import for each");
  return true;
}

/// `fn (x: f32) -> f32` in a model: functions have names, also the one that calls it.
bool SyntaxMessages::nameless_function(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (at == 0 || tokens_.type(at) != Parser::LPAREN || tokens_.type(at - 1) != Parser::FN) return false;
  Diagnostic& diagnostic =
      reporter_.mistake(diagnostics::syntax_error, tokens_.span(at - 1), "a function has a name");
  const size_t open = tokens_.open_before(at);
  if (open == TokenList::none || tokens_.type(open) != Parser::LBRACE) return true;
  const Span between{tokens_.span(at).file, tokens_.span(at - 1).end, tokens_.span(at).begin};
  diagnostic.offer(between, " call", "a model is called through its method `call`");
  return true;
}

/// `export model Net { … }`: a program sees a model by the name of a type, which has its arguments.
bool SyntaxMessages::exported_model(const SyntaxMistake& mistake) {
  const size_t at = mistake.at;
  if (at == 0 || tokens_.type(at) != Parser::MODEL || tokens_.type(at - 1) != Parser::EXPORT) return false;
  const Span place{tokens_.span(at).file, tokens_.span(at - 1).begin, tokens_.span(at).begin};
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::syntax_error, tokens_.span(at - 1),
                                             "a model is exported by the name of a type");
  diagnostic.help = "add `export type Name = " + std::string(tokens_.text(at + 1)) +
                    "`, with arguments if the model has parameters";
  diagnostic.fix(place, "", "leave `export` out here");
  return true;
}

bool SyntaxMessages::foreign_operator(const SyntaxMistake& mistake) {
  struct Foreign {
    size_t first, second;
    const char* shown;
    const char* help;
    const char* now;  // takes its place; null: nothing does
  };
  static constexpr Foreign table[] = {
      {Parser::AMPERSAND, Parser::AMPERSAND, "&&", "write `and`", "and"},
      {Parser::STAR, Parser::STAR, "**", "write `pow(a, b)`", nullptr},
      {Parser::PLUS, Parser::PLUS, "++", "write `+= 1`", " += 1"},
      {Parser::SLASH, Parser::SLASH, "//", "write `/`, which floors integers", "/"},
      {Parser::AT, Parser::IDENT, "@", "write the indices: `y[i, j] = sum[k] a[i, k] * b[k, j]`", nullptr},
      {Parser::SET, Parser::GREATER, "=>", "results stand after `->`, a body after `=`", nullptr},
  };
  const size_t at = mistake.at;
  for (const Foreign& row : table) {
    const bool here = tokens_.type(at) == row.first && tokens_.type(at + 1) == row.second;
    const bool before = at > 0 && tokens_.type(at - 1) == row.first && tokens_.type(at) == row.second;
    if (!here && !before) continue;
    const size_t first = here ? at : at - 1;
    const bool one_sign = row.first == Parser::AT;
    const bool adjacent = tokens_.span(first).end == tokens_.span(first + 1).begin;
    if (one_sign ? tokens_.first_on_line(first) || !here : !adjacent) continue;
    const Span place = one_sign ? tokens_.span(first) : tokens_.span(first, first + 1);
    Diagnostic& diagnostic = reporter_.mistake(diagnostics::syntax_error, place,
                                               "there is no operator " + in_backticks(row.shown));
    diagnostic.help = row.help;
    spoiled_lines_.insert(tokens_.line(first));
    if (row.now != nullptr) diagnostic.fix(place, row.now);
    if (row.first == Parser::STAR)
      if (const auto edit = power_of_operands(tokens_.source(), place)) diagnostic.fix({*edit});
    return true;
  }
  return false;
}

/// What other languages write here and Kiln does not; empty if nothing is known.
std::string SyntaxMessages::foreign_habit(const SyntaxMistake& mistake) const {
  struct Habit {
    std::string_view word, help;
  };
  static constexpr Habit declarations[] = {
      {"def", "a function is written `fn name(x: f32) -> f32 = …` or with a body in `{ }`"},
      {"func", "a function is written `fn name(x: f32) -> f32 = …` or with a body in `{ }`"},
      {"function", "a function is written `fn name(x: f32) -> f32 = …` or with a body in `{ }`"},
      {"class", "layers and their parameters are a `model`, records a `type`"},
      {"struct", "layers and their parameters are a `model`, records a `type`"},
      {"from", "write `import module`, then `module.name`"},
      {"let", "a value of the whole file is a `const`"},
      {"var", "a value of the whole file is a `const`"},
  };
  if (rule_of(mistake.context) == Parser::RuleFile)
    for (const Habit& habit : declarations)
      if (habit.word == tokens_.text(mistake.at)) return std::string(habit.help);
  const size_t at = mistake.at;
  const size_t open = tokens_.open_before(at);
  const size_t before = at > 0 ? tokens_.type(at - 1) : 0;
  if (tokens_.text(at) == "in") return "whether one of them is equal is written `any[i] y[i] == x`";
  if (tokens_.type(at) == Parser::COMMA && rule_of(mistake.context) != Parser::RuleFile &&
      open != TokenList::none && tokens_.type(open) == Parser::LBRACE)
    return "several values are a tuple: `return (a, b)`";
  if (tokens_.type(at) == Parser::RBRACKET && before == Parser::LBRACKET &&
      rule_of(mistake.context) == Parser::RuleDimItem)
    return "one number has no brackets: `f32`";
  if (tokens_.text(at) == ".." || (tokens_.text(at) == "." && before != Parser::RPAREN))
    return "a number has a digit on both sides of its point: `0.5`, `1.0`";
  if (tokens_.text(at) == "." && tokens_.text(at + 1) == "grad")
    return "give the model a name first: `type Net = nn.Linear(4, 2)`, then `Net.grad`";
  if (!tokens_.text(at).empty() && tokens_.text(at).front() == '"' && at > 0 && tokens_.text(at - 1) == "f")
    return "strings hold no values: `print(\"x\", x)` shows both";
  if (tokens_.type(mistake.at) == Parser::COLON && open != TokenList::none && open > 0 &&
      tokens_.type(open) == Parser::LBRACKET && holds(mistake.expected, Parser::RBRACKET))
    return "a slice is written `a..b`; for every second element write `for[i: N / 2] x[2 * i]`";
  if (tokens_.text(mistake.at) == "where" && tokens_.type(mistake.at + 1) == Parser::LPAREN)
    return "choose with `if c { a } else { b }`, which works in index notation: `for[i] if c[i] { a[i] } "
           "else { b[i] "
           "}`";
  const bool colon_ends_line =
      mistake.at > 0 && tokens_.type(mistake.at - 1) == Parser::COLON && tokens_.first_on_line(mistake.at);
  return colon_ends_line ? "a body stands in `{ }`, or behind `=` if it is one expression" : "";
}

}  // namespace kiln::syntax
