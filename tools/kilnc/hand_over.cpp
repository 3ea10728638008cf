#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "command_line.h"
#include "verb.h"

namespace kiln::tools {
namespace {

/// The verbs that make machine code are those of `kilnc-compile`, which lies beside this program: to load
/// LLVM takes longer than to check most files. Comes back only with a problem.
ExitCode hand_over(const char* verb, const std::vector<std::string>& arguments) {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::string program = (self.parent_path() / "kilnc-compile").string();
  std::vector<std::string> texts{program, verb};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return report("cannot start `" + program + "`: " + std::strerror(errno));
}

}  // namespace

ExitCode build(const std::vector<std::string>& arguments) { return hand_over("build", arguments); }
ExitCode run(const std::vector<std::string>& arguments) { return hand_over("run", arguments); }
ExitCode test(const std::vector<std::string>& arguments) { return hand_over("test", arguments); }
ExitCode bench(const std::vector<std::string>& arguments) { return hand_over("bench", arguments); }
ExitCode explain(const std::vector<std::string>& arguments) { return hand_over("explain", arguments); }
ExitCode repl(const std::vector<std::string>& arguments) { return hand_over("repl", arguments); }

}  // namespace kiln::tools
