#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "call_values.h"
#include "pipeline.h"
#include "small_runs.h"
#include "targets.h"
#include "tensor_text.h"

namespace kiln::fuzz {
namespace {

constexpr const char* program = R"(
model Net(In: dim, Out: dim) {
  param w: f32[Out, In] = 0
  param half: bf16[Out] = 0
  state count: i64 = 0
  fn call(x: f32[B, In]) -> y: f32[B, Out] { y[b, o] = sum[i] x[b, i] * w[o, i] + f32(half[o]) }
}
export type Small = Net(3, 2)
export fn apply(m: Small, x: f32[B, 3], flags: bool[B], k: i32, big: u64, table: i8[N, M]) -> y: f32[B, 2], t: i8[M, N] {
  let z = m(x)
  y[b, o] = if flags[b] { z[b, o] * f32(k) } else { f32(big) }
  t[j, i] = table[i, j]
}
)";

/// The bytes as a file that is gone afterwards.
class TemporaryFile {
 public:
  TemporaryFile(const char* ending, Bytes bytes)
      : path_(std::filesystem::temp_directory_path() / ("kiln_fuzz_" + std::to_string(getpid()) + ending)) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string argument() const { return "@" + path_.string(); }

 private:
  std::filesystem::path path_;
};

/// "name=value" lines.
void add_arguments(std::string_view text, tools::CallRequest& request) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const size_t sign = line.find('=');
    if (sign != std::string_view::npos && line.substr(sign + 1, 1) != "@")
      request.arguments.emplace_back(line.substr(0, sign), line.substr(sign + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

/// The first byte says what the rest is: `n` an .npy file for `table`, `x` one for `x`, `s` a safetensors
/// file for `m`, else lines of --arg.
void run_values(Bytes bytes) {
  if (bytes.empty()) return;
  const driver::FrontEnd front_end = run_pipeline(program, {});
  if (!front_end.module) finding("the program of this target has mistakes");
  const elaborate::Module& module = *front_end.module;
  const elaborate::Function& function = module.functions.front();
  tools::CallRequest request;
  request.random_tensors = true;
  std::optional<TemporaryFile> file;
  const Bytes rest = bytes.subspan(1);
  switch (bytes[0]) {
    case 'n':
    case 'x':
      file.emplace(".npy", rest);
      request.arguments.emplace_back(bytes[0] == 'n' ? "table" : "x", file->argument());
      break;
    case 's':
      file.emplace(".safetensors", rest);
      request.arguments.emplace_back("m", file->argument());
      break;
    default: add_arguments(text_of(rest), request);
  }
  for (const char* name : {"B", "N", "M"})
    if (bytes.size() % 2 == 0) request.dims.emplace(name, 2);
  tools::CallValues values;
  if (!tools::make_call_values(module, function, request, values).empty()) return;
  if (!is_small(function.graph, values.dims)) return;
  tools::call_interpreted(function, values);
  for (const auto& leaves : values.arguments)
    for (const graph::Tensor& leaf : leaves) tools::tensor_text(leaf);
}

}  // namespace kiln::fuzz
