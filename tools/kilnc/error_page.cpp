#include "error_page.h"

#include <algorithm>
#include <cctype>
#include <iostream>

#include "command_line.h"
#include "source/error_pages.h"

namespace kiln::tools {

ExitCode print_error_page(const std::string& code) {
  std::string wanted = code;
  for (char& c : wanted) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string_view page = error_page(wanted);
  if (page.empty()) return report("there is no code `" + code + "`; docs/errors.md lists all of them");
  std::cout << page;
  return ExitCode::success;
}

bool is_error_code(const std::string& word) {
  return word.size() == 5 && std::string_view("EWLewl").find(word[0]) != std::string_view::npos &&
         std::all_of(word.begin() + 1, word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace kiln::tools
