#include "format/format.h"

#include <algorithm>

#include "requests.h"

namespace kiln::lsp {

Reply formatting(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return {};
  SourceFiles files;
  Diagnostics diagnostics;
  const format::Formatted formatted =
      format::format(files, files.add(analysis->path(), analysis->text()), diagnostics);
  if (!formatted.defect.empty()) return Reply::failed(ErrorCode::request_failed, formatted.defect);
  if (!formatted.text)
    return Reply::failed(ErrorCode::request_failed, "a file with mistakes of syntax is not formatted");
  const std::string &before = analysis->text(), &after = *formatted.text;
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
  const Positions positions = server.positions(*analysis, analysis->root);
  return Json::array(
      {{{"range", positions.range(static_cast<uint32_t>(head), static_cast<uint32_t>(before.size() - tail))},
        {"newText", after.substr(head, after.size() - tail - head)}}});
}

}  // namespace kiln::lsp
