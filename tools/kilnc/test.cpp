#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "call_setup.h"
#include "model_files.h"
#include "property.h"
#include "verb.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct TestOptions {
  std::string filter;
  bool list = false;
  bool json = false;
  bool colour = false;
  uint64_t seed = 1;
  int cases = 100;
  int cores = 1;
};

/// One test, run one way.
struct Outcome {
  std::string file, title, how;
  std::string problem;  // empty: it passed
  std::string sample;   // of a property: what it fails for
  double milliseconds = 0;
};

/// A glob over the whole title if it has a sign of one, else a part of the title.
bool is_chosen(const std::string& title, const std::string& filter) {
  if (filter.find_first_of("*?[") == std::string::npos) return title.find(filter) != std::string::npos;
  return fnmatch(filter.c_str(), title.c_str(), 0) == 0;
}

std::string indented(const std::string& text) {
  std::string result = "        ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "        ";
  }
  return result + "\n";
}

class TestRun {
 public:
  explicit TestRun(const TestOptions& test_options) : options_(test_options) {}

  ExitCode file(const fs::path& path) {
    path_ = path.string();
    const driver::FrontEnd program = load_program(path_);
    if (!program.module) return driver::exit_code_of(program.diagnostics);
    // The tests as functions of a library without exports, so that titles cannot clash with names.
    elaborate::Module module;
    module.name = program.module->name;
    module.models = program.module->models;
    const size_t plain = choose(program.module->tests, module);
    choose(program.module->properties, module);
    if (module.functions.empty()) return ExitCode::success;
    if (options_.list) {
      for (const elaborate::Function& function : module.functions)
        std::cout << path_ << ": " << function.documentation << "\n";
      return ExitCode::success;
    }
    driver::LibraryOptions library_options;
    library_options.target = "native";
    ExitCode exit{};
    const auto library = open_library(module, program.files, library_options, exit);
    if (!library) return exit;
    for (size_t i = 0; i < module.functions.size(); ++i) {
      const elaborate::Function& function = module.functions[i];
      if (i < plain)
        test(*library, module, function);
      else
        property(*library, module, function, program.files);
    }
    return ExitCode::success;
  }

  ExitCode finish(Clock::time_point start) const {
    if (options_.list) return ExitCode::success;
    if (options_.json) {
      std::cout << json_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      std::cout << fmt::format("in {:.2f} s\n", seconds);
      std::cout << passed_ << " passed, " << failed_ << " failed\n";
    }
    return failed_ == 0 ? ExitCode::success : ExitCode::mistake;
  }

 private:
  /// Adds those that the filter chooses, under names that a library can have.
  size_t choose(const std::vector<elaborate::Function>& tests, elaborate::Module& module) const {
    for (const elaborate::Function& test : tests) {
      if (!is_chosen(test.name, options_.filter)) continue;
      module.functions.push_back(test);
      module.functions.back().name = "test_" + std::to_string(module.functions.size() - 1);
      module.functions.back().documentation = test.name;
    }
    return module.functions.size();
  }

  template <class Run>
  void timed(const elaborate::Function& function, const char* how, Run run) {
    Outcome outcome{path_, function.documentation, how, "", "", 0};
    const auto start = Clock::now();
    run(outcome);
    outcome.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    tell(outcome);
  }

  void test(const LoadedLibrary& library, const elaborate::Module& module,
            const elaborate::Function& function) {
    CallValues values;
    timed(function, "interpreted",
          [&](Outcome& outcome) { outcome.problem = call_interpreted(function, values); });
    timed(function, "compiled", [&](Outcome& outcome) {
      outcome.problem = compiled(library, module, function, values, options_.cores);
    });
  }

  static std::string compiled(const LoadedLibrary& library, const elaborate::Module& module,
                              const elaborate::Function& function, CallValues& values, int cores) {
    CompiledCall call(library.api(), module, function, values, cores);
    return call.problem().empty() ? call.run() : call.problem();
  }

  /// Many cases, each run both ways; the first that fails is made smaller, and is the only one told.
  void property(const LoadedLibrary& library, const elaborate::Module& module,
                const elaborate::Function& function, const SourceFiles& files) {
    const std::set<std::string> where = places_of_where(function, files);
    const auto is_none = [&](const std::string& problem) {
      return std::any_of(where.begin(), where.end(),
                         [&](const std::string& place) { return problem.starts_with(place + ":"); });
    };
    const auto interpreted = [&](Case values) { return call_interpreted(function, values); };
    const auto run_compiled = [&](Case values) { return compiled(library, module, function, values, 1); };
    const auto fails = [&](const std::string& problem) { return !problem.empty() && !is_none(problem); };
    const std::string how = fmt::format("{} cases", options_.cases);
    timed(function, how.c_str(), [&](Outcome& outcome) {
      for (int number = 0; number < options_.cases; ++number) {
        std::optional<Case> values;
        std::string problem;
        constexpr uint64_t most_draws = 1000;  // for values that the `where`s let through
        for (uint64_t draw = 0; draw < most_draws; ++draw) {
          values = draw_case(module, function, options_.seed, static_cast<uint64_t>(number) + (draw << 32),
                             outcome.problem);
          if (!values) return;
          problem = interpreted(*values);
          if (!is_none(problem)) break;
        }
        if (is_none(problem)) {
          outcome.problem = fmt::format("{} draws in turn did not meet its `where`: {}", most_draws, problem);
          return;
        }
        const bool fails_interpreted = !problem.empty();
        if (!fails_interpreted && run_compiled(*values).empty()) continue;
        constexpr int most_calls = 1000;
        const Case small = shrink_case(function, std::move(*values), most_calls, [&](const Case& candidate) {
          return fails(fails_interpreted ? interpreted(candidate) : run_compiled(candidate));
        });
        const std::string first = interpreted(small), second = run_compiled(small);
        outcome.problem = first.empty()    ? "compiled, but not interpreted: " + second
                          : second.empty() ? "interpreted, but not compiled: " + first
                                           : first;
        outcome.sample = case_text(module, function, small);
        outcome.how = fmt::format("case {} of {}, made smaller; again with --seed {}", number + 1,
                                  options_.cases, options_.seed);
        return;
      }
    });
  }

  void tell(const Outcome& outcome) {
    const bool is_good = outcome.problem.empty();
    ++(is_good ? passed_ : failed_);
    if (options_.json) {
      nlohmann::json row = {{"file", outcome.file},
                            {"title", outcome.title},
                            {"how", outcome.how},
                            {"passed", is_good},
                            {"milliseconds", outcome.milliseconds}};
      if (!is_good) row["message"] = outcome.problem;
      if (!outcome.sample.empty()) row["case"] = outcome.sample;
      if (!outcome.sample.empty()) row["seed"] = options_.seed;
      json_.push_back(std::move(row));
      return;
    }
    const char* const colour = !options_.colour ? "" : is_good ? "\x1b[32m" : "\x1b[1;31m";
    std::cout << colour << (is_good ? "ok      " : "FAILED  ") << (*colour ? "\x1b[0m" : "")
              << fmt::format("{} ({})", outcome.title, outcome.how)
              << fmt::format(" {:.{}f} ms\n", outcome.milliseconds, outcome.milliseconds < 10 ? 1 : 0);
    if (is_good) return;
    std::cout << indented(outcome.problem);
    if (!outcome.sample.empty()) std::cout << indented(outcome.sample);
  }

  const TestOptions& options_;
  std::string path_;
  int passed_ = 0, failed_ = 0;
  nlohmann::json json_ = nlohmann::json::array();
};

}  // namespace

ExitCode test(const std::vector<std::string>& arguments) {
  options::options_description visible("Options");
  visible.add_options()("filter", options::value<std::string>()->default_value(""),
                        "only tests whose title holds this text, or is as this glob (`*`, `?`, `[…]`) says")(
      "list", "print the titles instead of running the tests")(
      "seed", options::value<uint64_t>()->default_value(1), "of what tests with `for` draw")(
      "cases", options::value<int>()->default_value(100), "how many cases a test with `for` draws")(
      "json", "print the outcomes as JSON on stdout");
  const CommandLine line = parse_command_line(
      arguments, "kilnc test [FILE.model|FOLDER]... [options]",
      "Runs the `test` blocks of files, interpreted and compiled. A folder stands for the .model files in it "
      "and "
      "below; without\nany, the current one. A test with `for` is tried on sizes and values that are drawn.",
      visible, {"files..."});
  if (line.exit) return *line.exit;
  TestOptions test_options;
  test_options.filter = line.get<std::string>("filter");
  test_options.list = line.has("list");
  test_options.json = line.has("json");
  test_options.colour = isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR");
  test_options.seed = line.get<uint64_t>("seed");
  test_options.cases = line.get<int>("cases");
  test_options.cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (test_options.cases < 1) return report("--cases takes a number from 1");
  int problems = 0;
  const auto start = Clock::now();
  const auto files = model_files(
      line.has("files") ? line.get<std::vector<std::string>>("files") : std::vector<std::string>{"."},
      problems);
  ExitCode exit = problems > 0 ? ExitCode::mistake : ExitCode::success;
  TestRun run(test_options);
  for (const fs::path& file : files) {
    if (files.size() > 1 && !test_options.json && !test_options.list) std::cout << file.string() << "\n";
    exit = std::max(exit, run.file(file));
  }
  const ExitCode outcome = run.finish(start);
  return std::max(exit, outcome);
}

}  // namespace kiln::tools
