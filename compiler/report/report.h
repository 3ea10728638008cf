#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dim/dim.h"
#include "elaborate/module.h"
#include "fuse/kept_values.h"
#include "kernel/kernel.h"
#include "source/source_file.h"

/// What there is to know of one exported function as kernels: their work, their place in the program, what is
/// fused and why not more, the memory between them. Text, JSON and a page are three ways to write a Report.
namespace kiln::report {

/// A size as a formula of the dims, and its number where these are known.
struct Amount {
  dim::Dim formula;
  std::optional<double> number;
};

/// Lines first..last (from 1) of a file.
struct Lines {
  uint32_t file = 0;
  int first = 0, last = 0;
  friend auto operator<=>(const Lines&, const Lines&) = default;
};

/// How fast a machine can be at best.
struct Limits {
  double flops = 0;  // for each second, f32
  double bytes = 0;  // for each second, from and to main memory
  int threads = 1;
  std::string source;  // "measured on this machine, one thread"
};

struct Kernel {
  std::string name;
  std::string place;  // "net.model:12:7" in the user's own function; may be empty
  std::vector<std::string> values, notes;
  std::string schedule;
  bool is_serial = false;
  std::vector<Lines> lines;         // that it computes: those of the user's file first
  Amount flops, bytes;              // of one run
  Amount runs;                      // rounds of the loops around it, at most; 1 where nothing limits them
  Amount all_flops, all_bytes;      // of all runs
  std::optional<double> predicted;  // seconds of all runs at the limits
  bool is_bound_by_flops = false;
  std::optional<double> measured;  // seconds of all runs

  /// What it took, or else what it should take.
  double seconds() const { return measured ? *measured : predicted.value_or(0); }
};

struct Loop {
  uint32_t first_kernel = 0, last_kernel = 0;
  std::string rounds;              // "each round of t below T"
  std::vector<std::string> notes;  // what of it takes how much memory, and why
};

/// A piece of work memory.
struct Buffer {
  std::string name;  // may be empty
  bool is_for_each_thread = false;
  Amount bytes;  // for one thread
  uint32_t first_kernel = 0, last_kernel = 0;
  int64_t offset = -1, placed_bytes = 0;  // in the arena of a call on one thread; -1: not known
};

struct Peak {
  int64_t bytes = 0;              // of a call on one thread
  int64_t for_each_thread = 0;    // more, with each further thread
  int64_t arena = 0;              // of these: the buffers; the rest are the tables of the call
  uint32_t kernel = 0;            // where most is held
  int64_t held = 0;               // then, in bytes
  std::vector<uint32_t> holders;  // buffers, the largest first
};

struct Kept {
  std::string name, type;
  Amount bytes;
};

struct Measurement {
  double seconds = 0;  // the median of a call
  int calls = 0;
  int threads = 1;
};

struct Report {
  std::string function, documentation, target;
  uint32_t file = 0;  // that holds it
  std::map<std::string, int64_t> dims;
  std::vector<std::string> unknown_dims;
  std::vector<Kernel> kernels;
  std::vector<Loop> loops;
  std::vector<std::string> checks;
  std::vector<Buffer> buffers;
  std::optional<Peak> peak;
  bool has_reverse_derivative = false;
  std::vector<Kept> kept;
  Amount kept_bytes, flops, bytes;
  std::vector<std::string> made_again;
  std::optional<Limits> limits;
  std::optional<Measurement> measurement;

  double seconds() const;
};

struct Subject {
  const elaborate::Function& function;
  const kernel::Program& program;
  const std::optional<fuse::KeptForBackward>& kept;
  const SourceFiles& files;
  uint32_t root = 0;  // the user's file
  std::string target;
};

Report make_report(const Subject& subject, const std::map<std::string, int64_t>& dims);

/// Says of each kernel what it would take at the limits, where its work is a number.
void predict(Report& report, const Limits& limits);

/// "12.35 M" and a unit, or the formula.
std::string text_of(const Amount& amount, const char* unit);
std::string text_of(double number, const char* unit);
/// "1.23 ms".
std::string time_text(double seconds);
/// "270 GFLOP/s and 12 GB/s (measured …)".
std::string text_of(const Limits& limits);

std::string write_text(const Report& report);
std::string write_json(const Report& report, const SourceFiles& files);
/// One self-contained page. The report has predictions.
std::string write_page(const Report& report, const SourceFiles& files);

}  // namespace kiln::report
