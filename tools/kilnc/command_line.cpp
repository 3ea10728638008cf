#include "command_line.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "source/render_diagnostic.h"

namespace kiln::tools {

CommandLine parse_command_line(const std::vector<std::string>& arguments, const char* usage,
                               const char* about, const options::options_description& visible,
                               const std::vector<const char*>& positional) {
  CommandLine line;
  options::options_description all;
  all.add(visible);
  all.add_options()("help,h", "");
  options::positional_options_description places;
  std::vector<std::string> needed;
  for (const std::string name : positional) {
    if (name.ends_with("...")) {
      const std::string rest = name.substr(0, name.size() - 3);
      all.add_options()(rest.c_str(), options::value<std::vector<std::string>>());
      places.add(rest.c_str(), -1);
      continue;
    }
    const bool is_optional = name.starts_with("[");
    const std::string plain = is_optional ? name.substr(1, name.size() - 2) : name;
    all.add_options()(plain.c_str(), options::value<std::string>());
    places.add(plain.c_str(), 1);
    if (!is_optional) needed.push_back(plain);
  }
  try {
    // A misspelt option is an error, not a guess.
    namespace style = options::command_line_style;
    options::store(options::command_line_parser(arguments)
                       .options(all)
                       .positional(places)
                       .style(style::unix_style & ~style::allow_guessing)
                       .run(),
                   line.values);
    options::notify(line.values);
  } catch (const options::error& error) {
    line.exit = report(std::string(error.what()) + "\nusage: " + usage);
    return line;
  }
  if (line.has("help")) {
    std::cout << "usage: " << usage << "\n" << about << "\n\n" << visible;
    line.exit = ExitCode::success;
    return line;
  }
  for (const std::string& name : needed)
    if (!line.has(name.c_str())) {
      line.exit = report(name + " is missing\nusage: " + usage);
      return line;
    }
  return line;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(
    const std::vector<std::string>& texts, const char* option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const size_t equal = text.find('=');
    if (equal == std::string::npos || equal == 0) {
      report(std::string("--") + option + " takes NAME=VALUE, not `" + text + "`");
      return std::nullopt;
    }
    pairs.emplace_back(text.substr(0, equal), text.substr(equal + 1));
  }
  return pairs;
}

std::optional<std::map<std::string, int64_t>> parse_dims(const std::vector<std::string>& texts) {
  const auto pairs = parse_pairs(texts, "dim");
  if (!pairs) return std::nullopt;
  std::map<std::string, int64_t> dims;
  for (const auto& [name, text] : *pairs) {
    int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value >= int64_t{1} << 31) {
      report("--dim " + name + " takes a number from 0 to 2147483647, not `" + text + "`");
      return std::nullopt;
    }
    dims[name] = value;
  }
  return dims;
}

std::optional<int64_t> parse_bytes(const std::string& option, const std::string& text) {
  struct Unit {
    const char* name;
    int64_t bytes;
  };
  constexpr Unit units[] = {{"", 1},
                            {"B", 1},
                            {"kB", 1000},
                            {"MB", 1000 * 1000},
                            {"GB", 1000 * 1000 * 1000},
                            {"KiB", int64_t{1} << 10},
                            {"MiB", int64_t{1} << 20},
                            {"GiB", int64_t{1} << 30}};
  int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string unit(end, text.data() + text.size());
  for (const Unit& row : units)
    if (error == std::errc() && unit == row.name && count >= 0 && count <= (int64_t{1} << 50) / row.bytes)
      return count * row.bytes;
  report(option + " takes a number of bytes, such as 2GiB, 500MB or 4096, not `" + text + "`");
  return std::nullopt;
}

void print_diagnostics(const Diagnostics& diagnostics, const SourceFiles& files, bool json, int most_errors) {
  if (json) {
    std::cout << render_json(diagnostics, files, most_errors);
    return;
  }
  if (diagnostics.all().empty()) return;
  const bool colour = isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
  std::cerr << render(diagnostics, files, colour, most_errors);
}

driver::FrontEnd load_program(const std::string& file, driver::FrontEndGoal goal) {
  driver::FrontEnd program = driver::run_front_end(file, driver::standard_library_folders(), goal);
  print_diagnostics(program.diagnostics, program.files);
  return program;
}

ExitCode report(const std::string& message) {
  std::cerr << "kilnc: " << message << "\n";
  return ExitCode::mistake;
}

}  // namespace kiln::tools
