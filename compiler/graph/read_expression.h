#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/text_cursor.h"

namespace kiln::graph {

/// What names of values mean, as "h" and "2" of "%h#2"; odd names count as others.
class ValueNames {
 public:
  bool define(const TextToken& token, ValueId id);
  /// Fails, and gives an invalid value, if the token is no value that was defined.
  ValueId find(TextCursor& cursor) const;
  static bool is_value(const TextCursor& cursor) {
    return cursor.at(TextToken::Kind::value) || cursor.at(TextToken::Kind::odd_value);
  }

 private:
  using Key = std::tuple<bool, std::string, std::string>;
  static Key key_of(const TextToken& token);
  std::map<Key, ValueId> values_;
};

/// Reads the scalar expressions of one compute.
class ExpressionReader {
 public:
  ExpressionReader(TextCursor& cursor, DimReader& dims, Function& function, const ValueNames& values,
                   const std::vector<Index>& domain)
      : cursor_(cursor), dims_(dims), function_(function), values_(values), domain_(domain) {}
  /// "$0 = …", which must come in the order of their numbers.
  void definition();
  ExprId expression();
  std::vector<ExprId> list();  // one or more
  /// The position of the index with this name; fails if there is none.
  uint32_t index_named(const std::string& name);

 private:
  ExprId fallback() { return function_.expressions.integer(0); }
  ExprId read();
  ExprId call(const std::string& name);
  ExprId leaf(const std::string& name);
  TextCursor& cursor_;
  DimReader& dims_;
  Function& function_;
  const ValueNames& values_;
  const std::vector<Index>& domain_;
  std::vector<ExprId> definitions_;
  int depth_ = 0;
};

}  // namespace kiln::graph
