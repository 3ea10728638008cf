#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

/// What is fuzzed. Every target takes any bytes and returns; what it must not do is crash, hang or meet an
/// internal error of the compiler. The same targets run under libFuzzer (preset `fuzz`) and over the corpus
/// in the normal tests.
namespace kiln::fuzz {

using Bytes = std::span<const uint8_t>;

struct Target {
  const char* name;  // of its folder in corpus/, and of the program fuzz_NAME
  void (*run)(Bytes bytes);
  const char* about;
};

std::span<const Target> targets();

void run_text(Bytes bytes);      // source text through all of the front end and the passes
void run_graph(Bytes bytes);     // the graph text form
void run_values(Bytes bytes);    // what `kilnc run` reads: .npy, .safetensors, --arg
void run_program(Bytes bytes);   // choices for a generated program, to kernels
void run_compiled(Bytes bytes);  // the same, to machine code

/// `internal_error` of these programs throws this instead of ending the process, so that the corpus test can
/// name the input and a target can tell a broken promise of its own from a bug.
struct InternalError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Ends the run as a finding.
[[noreturn]] void finding(const std::string& what);

}  // namespace kiln::fuzz
