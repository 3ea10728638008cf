// Counts every allocation of this program, the libraries in it included: a second call at the same dims makes
// none.
#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "small_net.hpp"

// Written after the functions that they stand for.
extern "C" {
void* __libc_malloc(size_t);
void __libc_free(void*);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {
int64_t allocations = 0;
int failures = 0;

void expect(const char* what, int64_t got, int64_t expected) {
  std::printf("%-62s %lld\n", what, static_cast<long long>(got));
  if (got == expected) return;
  std::printf("  expected %lld\n", static_cast<long long>(expected));
  ++failures;
}

template <class Work>
int64_t count(Work work) {
  const int64_t before = allocations;
  work();
  return allocations - before;
}
}  // namespace

extern "C" {
void* malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void free(void* memory) { __libc_free(memory); }
void* calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, size_t bytes) {
  ++allocations;
  return __libc_realloc(memory, bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  ++allocations;
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
void* mmap(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
  ++allocations;
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}
}

int main() {
  constexpr int64_t batch = 32;
  static float x[batch * 13], score[batch];
  static int32_t labels[batch], label[batch];
  for (int i = 0; i < batch; ++i) labels[i] = i % 5;
  const int64_t x_extents[] = {batch, 13}, extents[] = {batch}, half_x[] = {batch / 2, 13},
                half[] = {batch / 2};
  const kiln_tensor x_view = KILN_TENSOR_INIT(x, KILN_F32, 2, x_extents);
  const kiln_tensor labels_view = KILN_TENSOR_INIT(labels, KILN_I32, 1, extents);
  const kiln_tensor label_view = KILN_TENSOR_INIT(label, KILN_I32, 1, extents);
  const kiln_tensor score_view = KILN_TENSOR_INIT(score, KILN_F32, 1, extents);
  for (const int threads : {1, 3}) {
    std::printf("%d thread%s\n", threads, threads == 1 ? "" : "s");
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    small_net::context context(options);
    small_net::Net net(context, 1);
    small_net::Optimizer optimizer(context, 2);
    kiln_context* c = context.c();
    float loss = 0;
    const auto infer = [&] {
      if (small_net_predict(c, net.c(), &x_view, &label_view, &score_view) != KILN_OK) ++failures;
    };
    const auto train = [&] {
      if (small_net_train_step(c, net.c(), optimizer.c(), &x_view, &labels_view, 0.01f, &loss) != KILN_OK)
        ++failures;
    };
    const int64_t first = count(infer);
    if (first < 1) {
      std::printf("the first call allocates nothing: the counter does not count\n");
      ++failures;
    }
    expect("C: second inference", count(infer), 0);
    count(train);
    expect("C: second training step", count(train), 0);
    expect("C: inference and training in turn, 20 times", count([&] {
             for (int i = 0; i < 20; ++i) infer(), train();
           }),
           0);
    expect(
        "C++: inference and training, 20 times", count([&] {
          for (int i = 0; i < 20; ++i) {
            small_net::predict(context, net, {x, {batch, 13}}, {label, {batch}}, {score, {batch}});
            loss = small_net::train_step(context, net, optimizer, {x, {batch, 13}}, {labels, {batch}}, 0.01f);
          }
        }),
        0);
    // Other dims are a new plan once, and the old one is kept.
    const kiln_tensor half_x_view = KILN_TENSOR_INIT(x, KILN_F32, 2, half_x);
    const kiln_tensor half_label = KILN_TENSOR_INIT(label, KILN_I32, 1, half);
    const kiln_tensor half_score = KILN_TENSOR_INIT(score, KILN_F32, 1, half);
    const auto infer_half = [&] {
      if (small_net_predict(c, net.c(), &half_x_view, &half_label, &half_score) != KILN_OK) ++failures;
    };
    count(infer_half);
    expect("C: two batch sizes in turn, 20 times", count([&] {
             for (int i = 0; i < 20; ++i) infer(), infer_half();
           }),
           0);
    const small_net::train_step_plan plan(context, batch);
    void* workspace = nullptr;
    if (posix_memalign(&workspace, 64, static_cast<size_t>(plan.workspace_bytes()) + 64) != 0) return 1;
    expect("C++: the first runs of a plan in memory of the caller", count([&] {
             for (int i = 0; i < 20; ++i)
               loss = plan.run(context, net, optimizer, {x, {batch, 13}}, {labels, {batch}}, 0.01f, workspace,
                               plan.workspace_bytes());
           }),
           0);
    std::free(workspace);
    labels[0] = 99;
    expect("C: a call that is refused", count([&] {
             if (small_net_train_step(c, net.c(), optimizer.c(), &x_view, &labels_view, 0.01f, &loss) !=
                 KILN_CHECK_FAILED)
               ++failures;
           }),
           0);
    labels[0] = 0;
  }
  std::printf(failures ? "FAILED\n" : "ok\n");
  return failures ? 1 : 0;
}
