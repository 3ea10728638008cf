#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json.h"
#include "source/span.h"

namespace kiln::lsp {

/// What the `character` of a position counts.
enum class Encoding : uint8_t { utf8, utf16 };

/// The lines of a text as the protocol counts them: from 0, ended by \n, \r\n or \r.
class Positions {
 public:
  Positions(std::string_view text, Encoding encoding);

  Json position(uint32_t offset) const;
  Json range(uint32_t begin, uint32_t end) const;
  Json range(Span span) const { return range(span.begin, span.end); }
  /// The place in bytes; what lies behind a line is its end, what lies behind the text is the text's end.
  uint32_t offset(int64_t line, int64_t character) const;
  uint32_t offset(const Json& position) const;

 private:
  std::string_view text_;
  Encoding encoding_;
  std::vector<uint32_t> starts_;
};

}  // namespace kiln::lsp
