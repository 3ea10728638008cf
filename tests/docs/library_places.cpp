#include "library_places.h"

#include <algorithm>
#include <regex>
#include <sstream>
#include <vector>

namespace kiln::docs {
namespace {

/// A line of an excerpt: blanks and perhaps a number, ` | ` or an arrow, the rest.
const std::regex excerpt(R"(^( *)(\d*)( \||--> |::: )(.*)$)");
const std::regex place(R"((stdlib/[a-z_]+\.model):\d+:\d+)");

/// One diagnostic: its gutter gets as wide as the numbers that stay need it.
std::string without_library_lines_of(const std::vector<std::string>& lines) {
  struct Row {
    std::string number, sign, rest;
    bool is_excerpt = false;
  };
  std::vector<Row> rows;
  bool in_library = false;
  size_t width = 1;
  for (const std::string& line : lines) {
    std::smatch match;
    if (!std::regex_match(line, match, excerpt)) {
      rows.push_back({"", "", std::regex_replace(line, place, "$1")});
      continue;
    }
    Row row{match[2], match[3], match[4], true};
    if (row.sign != " |") {
      in_library = row.rest.rfind("stdlib/", 0) == 0;
      row.rest = std::regex_replace(row.rest, place, "$1");
    }
    if (in_library) row.number.clear();
    width = std::max(width, row.number.size());
    rows.push_back(row);
  }
  std::string text;
  for (const Row& row : rows) {
    if (row.is_excerpt) text += std::string(width - row.number.size(), ' ') + row.number + row.sign;
    text += row.rest + "\n";
  }
  return text;
}

}  // namespace

std::string without_library_lines(const std::string& said) {
  std::string text, line;
  std::vector<std::string> lines;
  bool speaks_of_it = false;
  const auto end_block = [&] {
    std::string whole;
    for (const std::string& each : lines) whole += each + "\n";
    text += speaks_of_it ? without_library_lines_of(lines) : whole;
    lines.clear();
    speaks_of_it = false;
  };
  std::istringstream all(said);
  while (std::getline(all, line)) {
    if (line.empty()) {
      end_block();
      text += "\n";
    } else {
      speaks_of_it = speaks_of_it || std::regex_search(line, place);
      lines.push_back(line);
    }
  }
  end_block();
  return text;
}

}  // namespace kiln::docs
