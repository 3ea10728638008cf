#include "format/format.h"

#include <algorithm>
#include <map>

#include "requests.h"
#include "syntax/tokens.h"

namespace kiln::lsp {

namespace {

/// A file and the same in the one style.
struct Texts {
  std::shared_ptr<const query::Analysis> analysis;
  std::string before, after;
};

/// Nothing if the file is not known; else the texts, or why there are none.
std::optional<Texts> formatted(Server& server, const Json& parameters, Reply& failure) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return std::nullopt;
  SourceFiles files;
  Diagnostics diagnostics;
  format::Formatted formatted =
      format::format(files, files.add(analysis->path(), analysis->text()), diagnostics);
  if (formatted.text) return Texts{analysis, analysis->text(), std::move(*formatted.text)};
  failure = Reply::failed(ErrorCode::request_failed, formatted.defect.empty()
                                                         ? "a file with mistakes of syntax is not formatted"
                                                         : formatted.defect);
  return std::nullopt;
}

/// Where lines begin that no round or square bracket holds to the line before, by the number of tokens before
/// them. Formatting adds and drops no token but commas, so that equal numbers are the same place.
std::map<size_t, size_t> line_begins(const std::string& text) {
  std::map<size_t, size_t> begins;
  size_t count = 0, depth = 0, end = 0;
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    const std::string_view sign = token.in(text);
    if (sign == ",") continue;
    const size_t line = text.rfind('\n', token.begin) + 1;  // npos + 1 is 0
    if (depth == 0 && (line > end || end == 0)) begins.emplace(count, count == 0 ? 0 : line);
    if (sign == "(" || sign == "[") ++depth;
    if ((sign == ")" || sign == "]") && depth > 0) --depth;
    end = token.end;
    ++count;
  }
  begins.emplace(count, text.size());
  return begins;
}

}  // namespace

Reply formatting(Server& server, const Json& parameters) {
  Reply failure;
  const auto texts = formatted(server, parameters, failure);
  if (!texts) return failure;
  const std::string &before = texts->before, &after = texts->after;
  if (before == after) return Json::array();
  // What the two have in common at both ends stays, by whole lines, so that cursors and marks do too.
  size_t head = 0;
  while (head < std::min(before.size(), after.size()) && before[head] == after[head]) ++head;
  while (head > 0 && before[head - 1] != '\n') --head;
  size_t tail = 0;
  while (tail < std::min(before.size(), after.size()) - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  while (tail > 0 && before[before.size() - tail - 1] != '\n') --tail;
  const Positions positions = server.positions(*texts->analysis, texts->analysis->root);
  return Json::array(
      {{{"range", positions.range(static_cast<uint32_t>(head), static_cast<uint32_t>(before.size() - tail))},
        {"newText", after.substr(head, after.size() - tail - head)}}});
}

/// The lines that the range touches, with those that brackets join them to.
Reply range_formatting(Server& server, const Json& parameters) {
  Reply failure;
  const auto texts = formatted(server, parameters, failure);
  const Json* start = find(parameters, {"range", "start"});
  const Json* end = find(parameters, {"range", "end"});
  if (!texts || start == nullptr || end == nullptr) return failure;
  const Positions positions = server.positions(*texts->analysis, texts->analysis->root);
  const size_t first = positions.offset(*start), last = std::max<size_t>(first + 1, positions.offset(*end));
  const std::map<size_t, size_t> now = line_begins(texts->before), then = line_begins(texts->after);
  Json edits = Json::array();
  auto from = now.begin();
  for (auto to = std::next(from); to != now.end(); ++to) {
    if (then.count(to->first) == 0) continue;  // in the one style this is no begin of a line
    const size_t length = to->second - from->second;
    const size_t begin = then.at(from->first);
    const std::string text = texts->after.substr(begin, then.at(to->first) - begin);
    const size_t end_of_text = texts->before.find_last_not_of(" \t\r\n", to->second - 1) + 1;
    const bool is_touched = from->second < last && first <= end_of_text;
    if (is_touched && texts->before.compare(from->second, length, text) != 0) {
      edits.push_back(
          {{"range", positions.range(static_cast<uint32_t>(from->second), static_cast<uint32_t>(to->second))},
           {"newText", text}});
    }
    from = to;
  }
  return edits;
}

}  // namespace kiln::lsp
