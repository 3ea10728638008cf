#include "sema/lint.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "sema/visit_syntax.h"
#include "source/diagnostic_table.h"

namespace kiln::sema {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// How often a word stands in a text, comments too: what is counted there is at worst not warned about.
int count_word(std::string_view text, std::string_view word) {
  int count = 0;
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !is_word(text[at - 1]);
    if (begins && (end == text.size() || !is_word(text[end]))) ++count;
  }
  return count;
}

/// A loss that normalises its first argument by itself, and the functions that do the same before.
struct Loss {
  std::string_view loss, before, instead;
};
constexpr Loss losses[] = {
    {"cross_entropy", "softmax", "takes the scores before the softmax"},
    {"bce_with_logits", "sigmoid", "takes the scores before the sigmoid"},
};

class Linter {
 public:
  Linter(const SourceFiles& files, const syntax::File& file, Diagnostics& diagnostics)
      : files_(files), file_(file), text_(files[file.number].text()), diagnostics_(diagnostics) {}

  void run() {
    for (const syntax::Import& import : file_.imports) check_import(import);
    check_comments();
    for_each_function(file_, [this](const syntax::Function* function, const syntax::Block& body, Span whole) {
      function_ = function;
      whole_ = whole;
      lets_.clear();
      visit_block(body, {[this](const syntax::Statement& statement) { statement_found(statement); },
                         [this](const syntax::Expression& expression) { expression_found(expression); }});
    });
  }

 private:
  void check_import(const syntax::Import& import) {
    if (count_word(text_, import.called().text) > 1) return;
    Diagnostic& diagnostic =
        diagnostics_.add(diagnostics::unused_import, import.span,
                         fmt::format("`{}` is imported and not used", import.called().text));
    Span line = import.span;
    if (line.end < text_.size() && text_[line.end] == '\n') ++line.end;
    diagnostic.fix(line, "", "remove the import");
  }

  /// `n // 2` is `n`, and a comment. A comment that goes on like an operand: a number, or a dim.
  void check_comments() {
    size_t begin = 0;
    while (begin < text_.size()) {
      const size_t end = std::min(text_.find('\n', begin), text_.size());
      const std::string_view line = text_.substr(begin, end - begin);
      const size_t at = line.find("//");
      const bool is_doc = at != line.npos && line.substr(at, 3) == "///";
      if (at != line.npos && !is_doc && line.substr(0, at).find('"') == line.npos &&
          ends_operand(line.substr(0, at)) && is_operand(line.substr(at + 2))) {
        const auto place = static_cast<uint32_t>(begin + at);
        const Span sign{file_.number, place, place + 2};
        Diagnostic& diagnostic = diagnostics_.add(diagnostics::comment_for_division, sign,
                                                  "`//` begins a comment: this divides nothing");
        diagnostic.offer(sign, "/", "`/` of integers floors");
      }
      begin = end + 1;
    }
  }

  static bool ends_operand(std::string_view before) {
    const size_t last = before.find_last_not_of(' ');
    return last != before.npos && (is_word(before[last]) || before[last] == ')' || before[last] == ']');
  }

  bool is_operand(std::string_view comment) const {
    const size_t first = std::min(comment.find_first_not_of(' '), comment.size());
    comment.remove_prefix(first);
    const size_t length =
        static_cast<size_t>(std::find_if_not(comment.begin(), comment.end(), is_word) - comment.begin());
    if (length == 0) return false;
    const std::string_view word = comment.substr(0, length);
    const size_t next = comment.find_first_not_of(' ', length);
    const bool goes_on = next != comment.npos;
    if (goes_on && std::string_view("+-*%)]").find(comment[next]) == std::string_view::npos) return false;
    if (std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
      return true;
    // `2 * N // K`, with a dim that the file speaks of; one letter, as words have more.
    return length == 1 && std::isupper(static_cast<unsigned char>(word[0])) != 0 &&
           count_word(text_, word) > 1;
  }

  std::string_view text_of(Span span) const { return files_.text_of(span); }

  void statement_found(const syntax::Statement& statement) {
    const auto* bind = syntax::if_is<syntax::Bind>(statement);
    if (bind == nullptr) return;
    check_used(bind->pattern);
    if (!bind->pattern.name.present() || bind->pattern.has_binders) return;
    check_copied(*bind);
    lets_[bind->pattern.name.text] = bind->is_variable ? nullptr : bind->value.get();
  }

  void check_used(const syntax::Pattern& pattern) {
    for (const syntax::Pattern& part : pattern.parts) check_used(part);
    const syntax::Name& name = pattern.name;
    if (!name.present() || name.text[0] == '_' || count_word(text_of(whole_), name.text) != 1) return;
    Diagnostic& diagnostic = diagnostics_.add(diagnostics::unused_name, name.span,
                                              fmt::format("`{}` is bound and never used", name.text));
    diagnostic.offer(name.span, "_", "if it is dropped on purpose, write `_`");
  }

  /// `let other = rng`: both would draw the same numbers.
  void check_copied(const syntax::Bind& bind) {
    const auto* source = syntax::if_is<syntax::NameExpression>(*bind.value);
    if (source == nullptr || function_ == nullptr) return;
    const std::string &copy = bind.pattern.name.text, &stream = source->name.text;
    const auto parameter = std::find_if(function_->parameters.begin(), function_->parameters.end(),
                                        [&](const auto& p) { return p.name == stream; });
    if (parameter == function_->parameters.end() || !parameter->type ||
        text_of(parameter->type->span) != "Rng")
      return;
    const std::string_view rest = text_of({whole_.file, bind.span.end, whole_.end});
    if (count_word(rest, copy) == 0 || count_word(rest, stream) == 0) return;
    Diagnostic& diagnostic =
        diagnostics_.add(diagnostics::copied_stream, bind.value->span,
                         fmt::format("`{}` is a copy of `{}`: both give the same numbers", copy, stream));
    diagnostic.offer({bind.value->span.file, bind.value->span.end, bind.value->span.end}, ".fork(1)",
                     "a stream of its own is a fork");
  }

  void expression_found(const syntax::Expression& expression) {
    if (const auto* call = syntax::if_is<syntax::Call>(expression)) check_call(*call);
    if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) check_comparison(*binary);
  }

  /// The call that an expression is, directly or by the name of a `let`.
  const syntax::Call* call_behind(const syntax::Expression* expression) const {
    if (const auto* name = syntax::if_is<syntax::NameExpression>(*expression)) {
      const auto found = lets_.find(name->name.text);
      if (found == lets_.end() || found->second == nullptr) return nullptr;
      expression = found->second;
    }
    return syntax::if_is<syntax::Call>(*expression);
  }

  bool is_imported(const syntax::Expression& base, std::string_view module) const {
    const auto* name = syntax::if_is<syntax::NameExpression>(base);
    return name != nullptr &&
           std::any_of(file_.imports.begin(), file_.imports.end(), [&](const syntax::Import& import) {
             return import.called() == name->name.text && import.module.parts.size() == 1 &&
                    import.module.parts[0] == module;
           });
  }

  /// Whether a call is that of `nn.function`, or of a function of the language.
  bool calls(const syntax::Call* call, std::string_view function) const {
    if (call == nullptr) return false;
    if (const auto* member = syntax::if_is<syntax::Member>(*call->callee))
      return member->name == function && is_imported(*member->base, "nn");
    const auto* name = syntax::if_is<syntax::NameExpression>(*call->callee);
    return name != nullptr && name->name == function && (function == "sigmoid" || function == "log");
  }

  void check_call(const syntax::Call& call) {
    if (call.arguments.empty() || !call.arguments[0].value) return;
    const syntax::Expression& argument = *call.arguments[0].value;
    const syntax::Call* inner = call_behind(&argument);
    if (inner == nullptr || inner->arguments.size() != 1) return;
    const std::string_view scores = text_of(inner->arguments[0].value->span);
    for (const Loss& row : losses) {
      if (!calls(&call, row.loss) || !calls(inner, row.before)) continue;
      Diagnostic& diagnostic = diagnostics_.add(
          diagnostics::normalised_twice, argument.span,
          fmt::format("`{}` {}: here a {} is applied twice", row.loss, row.instead, row.before));
      diagnostic.labels.push_back({call.callee->span, fmt::format("applies the {} itself", row.before)});
      if (inner->span != argument.span) diagnostic.labels.push_back({inner->span, "applied here"});
      diagnostic.offer(argument.span, std::string(scores), "hand on the scores");
    }
    if (!calls(&call, "log") || !calls(inner, "softmax")) return;
    Diagnostic& diagnostic = diagnostics_.add(diagnostics::log_of_softmax, call.span,
                                              "the logarithm of a softmax is -inf for scores far apart");
    const auto* member = syntax::if_is<syntax::Member>(*inner->callee);
    if (member != nullptr)
      diagnostic.fix(call.span, fmt::format("{}.log_softmax({})", text_of(member->base->span), scores),
                     "the library has both in one, which is exact");
  }

  /// `N >= 0`, where N is a dim.
  void check_comparison(const syntax::Binary& binary) {
    using syntax::BinaryOperator;
    const auto* left = syntax::if_is<syntax::NameExpression>(*binary.left);
    const auto* right = syntax::if_is<syntax::Number>(*binary.right);
    if (left == nullptr || right == nullptr || !is_dim(left->name.text)) return;
    if (!right->is_integer || !right->fits_integer || right->integer != 0) return;
    const bool is_true = binary.op == BinaryOperator::greater_equal,
               is_false = binary.op == BinaryOperator::less;
    if (!is_true && !is_false) return;
    diagnostics_
        .add(diagnostics::known_comparison, binary.span,
             fmt::format("`{}` is always {}", text_of(binary.span), is_true ? "true" : "false"))
        .notes.push_back(fmt::format("`{}` is a dim, which is never negative", left->name.text));
  }

  bool is_dim(const std::string& name) const {
    if (function_ == nullptr || std::isupper(static_cast<unsigned char>(name[0])) == 0) return false;
    for (const syntax::Parameter& parameter : function_->parameters)
      if (parameter.name == name) return parameter.type && text_of(parameter.type->span) == "dim";
    // Else a dim that the signature uses, if nothing else of this name is declared.
    const auto& declarations = file_.declarations;
    const bool is_declared = std::any_of(declarations.begin(), declarations.end(),
                                         [&](const auto& declaration) { return declaration->name == name; });
    const Span head{whole_.file, whole_.begin, function_->body.span.begin};
    return !is_declared && head.begin < head.end && count_word(text_of(head), name) > 0;
  }

  const SourceFiles& files_;
  const syntax::File& file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  const syntax::Function* function_ = nullptr;             // null in a test
  Span whole_;                                             // of the declaration
  std::map<std::string, const syntax::Expression*> lets_;  // null: a `var`
};

}  // namespace

void lint(const SourceFiles& files, const syntax::File& file, Diagnostics& diagnostics) {
  if (file.is_complete) Linter(files, file, diagnostics).run();
}

}  // namespace kiln::sema
