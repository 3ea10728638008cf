#pragma once

#include <optional>
#include <string>

#include "graph/graph.h"
#include "graph/text.h"
#include "graph/text_scanner.h"

namespace kiln::graph {

/// Looks at one token at a time. After the first mistake it stands at the end for good, so that whoever reads
/// comes to an end by itself; what it returns from then on means nothing.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : scanner_(text) { advance(); }

  const TextToken& token() const { return token_; }
  bool at(TextToken::Kind kind) const { return token_.kind == kind; }
  bool at_mark(std::string_view mark) const { return at(TextToken::Kind::mark) && token_.text == mark; }
  bool at_word(std::string_view word) const { return at(TextToken::Kind::word) && token_.text == word; }
  TextToken take();
  bool accept(std::string_view mark);
  bool accept_word(std::string_view word);
  void expect(std::string_view mark);
  void expect_word(std::string_view word);
  std::string word(const char* what);
  std::string string();
  uint32_t small_number();

  void fail(std::string message);       // about what was taken last
  void fail_here(std::string message);  // about the token at hand
  const std::optional<ReadError>& error() const { return error_; }

 private:
  void advance();
  void fail_at(int line, std::string message);
  TextScanner scanner_;
  TextToken token_;
  int taken_line_ = 1;
  std::optional<ReadError> error_;
};

/// Keeps what is nested from nesting without bound.
class NestingLevel {
 public:
  NestingLevel(TextCursor& cursor, int& depth) : depth_(depth) {
    constexpr int deepest = 200;
    if (++depth_ > deepest) cursor.fail("this nests too deeply");
  }
  ~NestingLevel() { --depth_; }
  NestingLevel(const NestingLevel&) = delete;
  NestingLevel& operator=(const NestingLevel&) = delete;

 private:
  int& depth_;
};

/// Reads what stands for dims: "2*H - 1", "(H + 2*P - K) / S", "min(T, 8)", and conditions over them.
class DimReader {
 public:
  DimReader(TextCursor& cursor, const std::vector<std::string>& dims) : cursor_(cursor), dims_(dims) {}
  dim::Dim dim();
  dim::Condition condition();
  Type type();
  bool is_dim(const std::string& name) const;

 private:
  dim::Dim product(bool negative, bool as_a_whole);
  dim::Dim factor(bool negative);
  dim::Dim extreme(const std::string& name);
  TextCursor& cursor_;
  const std::vector<std::string>& dims_;
  int depth_ = 0;
};

/// Reads a scalar of a known type; it must be a value of that type.
Scalar read_scalar(TextCursor& cursor, ElementType type);
/// Reads a scalar with its type: "3", "0.5", "3:i32", "true".
std::pair<ElementType, Scalar> read_literal(TextCursor& cursor);
bool at_literal(const TextCursor& cursor);

}  // namespace kiln::graph
