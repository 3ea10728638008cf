#pragma once

#include <string>

namespace kiln {

/// The exit codes of every tool: the user's mistake, a known limit, our bug.
enum class ExitCode : int { success = 0, mistake = 1, known_limit = 2, internal_error = 3 };

/// Ends the process with `ExitCode::internal_error`, naming the pass at work, what broke and how to report
/// it.
[[noreturn]] void internal_error(const std::string& what);

/// Names what the compiler is doing, for `internal_error`; restores the former name when it ends.
class CurrentPass {
 public:
  explicit CurrentPass(const char* name);
  ~CurrentPass();
  CurrentPass(const CurrentPass&) = delete;
  CurrentPass& operator=(const CurrentPass&) = delete;

 private:
  const char* former_;
};

/// A broken invariant of the compiler itself; never a mistake of the user, which is a diagnostic.
inline void internal_check(bool holds, const char* what) {
  if (!holds) internal_error(what);
}
inline void internal_check(bool holds, const std::string& what) {
  if (!holds) internal_error(what);
}

}  // namespace kiln
