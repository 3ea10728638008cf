#pragma once

#include <boost/program_options.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/internal_check.h"
#include "driver/front_end.h"

namespace kiln::tools {

namespace options = boost::program_options;

/// What a verb's command line holds once it is parsed. If `exit` is set, the verb ends with it at once:
/// --help was printed, or a mistake in the command line was reported.
struct CommandLine {
  options::variables_map values;
  std::optional<ExitCode> exit;

  bool has(const char* name) const { return values.count(name) > 0; }
  template <class T>
  T get(const char* name) const {
    return values[name].as<T>();
  }
};

/// `usage` is the first line of --help: "kilnc build FILE.model [options]"; `positional` names the arguments
/// without a dash in order, which are also options of these names. One that ends in `...` takes all that
/// follow, as strings, or none; one in brackets, `[file]`, may be missing.
CommandLine parse_command_line(const std::vector<std::string>& arguments, const char* usage,
                               const char* about, const options::options_description& visible,
                               const std::vector<const char*>& positional);

/// "NAME=VALUE" pairs of an option that may be given several times, in order. Reports and gives nothing where
/// `=` is missing.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(
    const std::vector<std::string>& texts, const char* option);

/// `--dim B=64`: positive 31-bit numbers.
/// "2GiB", "500MB", "4096" as bytes. Nothing, and a report, for anything else.
std::optional<int64_t> parse_bytes(const std::string& option, const std::string& text);
std::optional<std::map<std::string, int64_t>> parse_dims(const std::vector<std::string>& texts);

/// Runs the front end and prints its diagnostics on stderr, in colour on a terminal. `module` is absent if it
/// failed.
driver::FrontEnd load_program(const std::string& file,
                              driver::FrontEndGoal goal = driver::FrontEndGoal::module);

/// Past so many errors a terminal shows no more; 0 means all.
inline constexpr int most_errors_shown = 100;
void print_diagnostics(const Diagnostics& diagnostics, const SourceFiles& files, bool json = false,
                       int most_errors = most_errors_shown);

/// "kilnc: message" on stderr; gives ExitCode::mistake.
ExitCode report(const std::string& message);

}  // namespace kiln::tools
