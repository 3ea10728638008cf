#pragma once

#include <antlr4-runtime.h>

#include <string_view>
#include <vector>

#include "syntax/ast_node.h"
#include "syntax/reporter.h"

namespace kiln::syntax {

/// The `///` comments of a file. Those on the lines just above a piece of the program belong to it; a `///`
/// behind something on the same line belongs to nothing, and `////` is a plain comment.
class DocComments {
 public:
  DocComments(const antlr4::CommonTokenStream& tokens, std::string_view text);

  /// The doc of what begins at a token; taken once.
  Doc take(const antlr4::Token* first);
  /// The doc of the file: above the first import, or above a blank line at the head.
  Doc take_head(const antlr4::Token* first, bool is_import);
  void warn_unused(Reporter& reporter) const;

 private:
  /// Lines without a blank one between them.
  struct Group {
    size_t before;  // index of the visible token that follows
    size_t begin, end;
    size_t last_line;
    Doc text;
    bool used = false;
  };

  /// The first of the groups whose next visible token this is; they stand in the order of these tokens.
  std::vector<Group>::iterator groups_before(const antlr4::Token* token);
  bool is_just_above(const Group& group, const antlr4::Token* token) const;

  std::string_view text_;
  std::vector<Group> groups_;
};

}  // namespace kiln::syntax
