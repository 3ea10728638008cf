#include "run_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

#include "codegen/compile.h"
#include "codegen/lower_kernel.h"
#include "kernel/execute.h"
#include "kernel/print.h"
#include "kernel/verify.h"
#include "load_object.h"
#include "runtime/image.h"

namespace kiln::codegen::test {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

int64_t round_up(int64_t bytes) { return (bytes + 63) / 64 * 64; }

Memory work_memory(int64_t bytes) {
  Memory memory(std::aligned_alloc(64, static_cast<size_t>(round_up(std::max<int64_t>(bytes, 1)))));
  std::memset(memory.get(), 0xA5, static_cast<size_t>(round_up(bytes)));
  return memory;
}

}  // namespace

void run_compiled(const kernel::Program& program, const std::map<std::string, int64_t>& dims,
                  Arguments& arguments, int workers) {
  llvm::LLVMContext context;
  const Target& target = host_target();
  auto module = lower_program(context, program, "test", target);
  // Hidden functions are not found by name: the test looks them up itself.
  for (llvm::Function& function : *module) function.setVisibility(llvm::GlobalValue::DefaultVisibility);
  const LoadedObject object(*module, target);

  std::vector<int64_t> dim_values;
  for (const std::string& name : program.dims) dim_values.push_back(dims.at(name));
  std::vector<void*> buffers;
  std::vector<Memory> memory;
  for (const kernel::Buffer& buffer : program.buffers) {
    if (buffer.scope == kernel::Scope::stage) continue;
    if (buffer.scope == kernel::Scope::argument) {
      buffers.push_back(arguments[buffer.argument].data());
      continue;
    }
    const int64_t bytes = buffer.bytes().evaluate(dims).value();
    memory.push_back(work_memory(buffer.scope == kernel::Scope::worker ? round_up(bytes) * workers : bytes));
    if (buffer.scope == kernel::Scope::constant)
      std::memcpy(memory.back().get(), buffer.data.data(), buffer.data.size());
    buffers.push_back(memory.back().get());
  }
  for (size_t i = 0; i < program.kernels.size(); ++i) {
    const kernel::Kernel& kernel = program.kernels[i];
    auto* code = object.function<std::remove_pointer_t<kiln_kernel_function>>(
        kernel_symbol("test", i, kernel.name, target));
    const int count = kernel.serial ? 1 : workers;
    for (int worker = 0; worker < count; ++worker) code(buffers.data(), dim_values.data(), worker, count);
  }
}

void expect_as_executed(const kernel::Program& program, const std::map<std::string, int64_t>& dims,
                        const Arguments& arguments, double tolerance) {
  const auto mistake = kernel::verify(program);
  ASSERT_FALSE(mistake.has_value()) << *mistake << "\n" << kernel::print(program);
  Arguments expected = arguments;
  kernel::execute(program, dims, expected);
  Arguments compiled = arguments;
  run_compiled(program, dims, compiled);
  Arguments by_three = arguments;
  run_compiled(program, dims, by_three, 3);
  for (const kernel::Buffer& buffer : program.buffers) {
    if (buffer.scope != kernel::Scope::argument) continue;
    const std::vector<std::byte>& got = compiled[buffer.argument];
    const std::vector<std::byte>& wanted = expected[buffer.argument];
    EXPECT_EQ(got, by_three[buffer.argument]) << buffer.name << " depends on the number of workers";
    if (!is_float(buffer.element)) {
      EXPECT_EQ(got, wanted) << buffer.name << "\n" << kernel::print(program);
      continue;
    }
    const size_t bytes = static_cast<size_t>(size_of(buffer.element));
    double largest = 0;
    for (size_t at = 0; at < wanted.size(); at += bytes)
      largest = std::max(largest, std::fabs(load(&wanted[at], buffer.element).real));
    for (size_t at = 0; at < wanted.size(); at += bytes) {
      const double a = load(&got[at], buffer.element).real;
      const double b = load(&wanted[at], buffer.element).real;
      if (std::isnan(a) && std::isnan(b)) continue;
      ASSERT_NEAR(a, b, tolerance * largest) << buffer.name << " at " << at / bytes << "\n"
                                             << kernel::print(program);
    }
  }
}

std::vector<std::byte> random_elements(ElementType type, int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> real(-1, 1);
  std::uniform_int_distribution<int> whole(row_of(type).kind == ElementKind::unsigned_integer ? 0 : -50, 50);
  std::vector<std::byte> data(static_cast<size_t>(count * size_of(type)));
  for (int64_t i = 0; i < count; ++i) {
    const Scalar value = is_float(type) ? convert(Scalar::of_real(real(random)), ElementType::f64, type)
                         : type == ElementType::boolean ? Scalar::of_integer(whole(random) > 0)
                                                        : Scalar::of_integer(whole(random));
    store(data.data() + i * size_of(type), type, value);
  }
  return data;
}

}  // namespace kiln::codegen::test
