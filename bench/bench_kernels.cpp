// Single kernels of generated code under Google Benchmark, at one and two threads:
//
//   cmake -S . -B build/release -DKILN_BENCHMARKS=ON && ninja -C build/release bench_kernels
//   build/release/bench/bench_kernels --benchmark_filter=matmul
//
// FLOP/s counts multiplications and additions of products, B/s every byte of arguments and results once.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "kernels.h"

namespace {

using Shape = std::vector<int64_t>;

/// A tensor with values between 0 and 1, the same in every run.
struct Tensor {
  Shape extents;
  std::vector<float> values;
  kiln_tensor c;

  explicit Tensor(Shape shape) : extents(std::move(shape)) {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    values.resize(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 2654435761u % 1024) / 1024;
    c = KILN_TENSOR_INIT(values.data(), KILN_F32, static_cast<int32_t>(extents.size()), extents.data());
  }
  Tensor(const Tensor&) = delete;
};

template <class... Tensors>
using Function = kiln_status (*)(kiln_context*, Tensors...);

/// One benchmark: a function of the library on tensors of these shapes, results last.
template <class... Tensors>
void add(const std::string& name, Function<Tensors...> function, double flops,
         const std::array<Shape, sizeof...(Tensors)>& shapes) {
  const auto measure = [=](benchmark::State& state) {
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.threads = static_cast<int32_t>(state.range(0));
    kiln_context* context = nullptr;
    if (kernels_context_create(&options, &context) != KILN_OK)
      return state.SkipWithError("no context could be made");
    double bytes = 0;
    [&]<size_t... i>(std::index_sequence<i...>) {
      std::array<Tensor, sizeof...(i)> tensors{Tensor(shapes[i])...};
      for (const Tensor& tensor : tensors) bytes += 4.0 * static_cast<double>(tensor.values.size());
      for (auto _ : state)
        if (function(context, &tensors[i].c...) != KILN_OK) {
          state.SkipWithError(kernels_context_message(context));
          break;
        }
    }
    (std::make_index_sequence<sizeof...(Tensors)>());
    const auto calls = static_cast<double>(state.iterations());
    if (flops > 0) state.counters["FLOP/s"] = benchmark::Counter(flops * calls, benchmark::Counter::kIsRate);
    state.counters["B/s"] = benchmark::Counter(bytes * calls, benchmark::Counter::kIsRate);
    kernels_context_destroy(context);
  };
  std::string title = name;
  for (const int64_t extent : shapes[0]) title += (title == name ? " " : "x") + std::to_string(extent);
  benchmark::RegisterBenchmark(title.c_str(), measure)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
}

void add_products() {
  for (const auto& [m, n, k] : std::vector<std::array<int64_t, 3>>{{256, 256, 256},
                                                                   {1024, 1024, 1024},
                                                                   {1, 3072, 768},
                                                                   {64, 512, 784},
                                                                   {513, 127, 89},
                                                                   {16, 16, 16}}) {
    const double flops = 2.0 * static_cast<double>(m * n * k);
    add("matmul", kernels_matmul, flops, {Shape{m, k}, {k, n}, {m, n}});
    add("matmul_turned", kernels_matmul_turned, flops, {Shape{m, k}, {n, k}, {m, n}});
  }
}

void add_convolutions() {
  for (const auto& [channels, size] :
       std::vector<std::pair<int64_t, int64_t>>{{64, 56}, {256, 14}, {12, 33}}) {
    const double points = static_cast<double>(channels * size * size);
    const Shape image{1, channels, size, size};
    add("conv3x3", kernels_conv3x3, 18 * points * static_cast<double>(channels),
        {image, {channels, channels, 3, 3}, image});
    add("depthwise3x3", kernels_depthwise3x3, 18 * points, {image, {channels, 3, 3}, image});
  }
}

void add_rows() {
  for (const auto& [rows, columns] :
       std::vector<std::pair<int64_t, int64_t>>{{4096, 4096}, {512, 768}, {10'000, 3}, {7, 100'003}}) {
    const Shape matrix{rows, columns};
    add("row_sums", kernels_row_sums, 0, {matrix, {rows}});
    add("column_sums", kernels_column_sums, 0, {matrix, {columns}});
    add("softmax", kernels_softmax, 0, {matrix, matrix});
    add("gelu", kernels_gelu, 0, {matrix, matrix});
    add("transpose", kernels_transpose, 0, {matrix, {columns, rows}});
  }
}

void add_attention() {
  for (const int64_t length : {128, 512, 197}) {
    const Shape heads{1, 12, length, 64};
    add("attend", kernels_attend, 4.0 * 12 * 64 * static_cast<double>(length * length),
        {heads, heads, heads, heads});
  }
}

}  // namespace

int main(int count, char** arguments) {
  add_products();
  add_convolutions();
  add_rows();
  add_attention();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
