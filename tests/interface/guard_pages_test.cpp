// Generated code reads and writes its arguments and nothing beside them: every buffer ends, and in a second
// run begins, at a page that cannot be touched.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "small_net.h"
#include "tables.h"

namespace {

enum class Against { end, start };

/// Memory of exactly so many bytes, with a guard page behind its end or before its start.
class Guarded {
 public:
  Guarded(size_t bytes, Against side) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    const size_t inner = (bytes + page_ - 1) / page_ * page_;
    size_ = inner + 2 * page_;
    base_ = static_cast<char*>(mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(base_, MAP_FAILED);
    if (inner > 0) {
      EXPECT_EQ(mprotect(base_ + page_, inner, PROT_READ | PROT_WRITE), 0);
    }
    data_ = side == Against::start ? base_ + page_ : base_ + page_ + inner - bytes;
    std::memset(base_ + page_, 0x5a, inner);
    bytes_ = bytes;
    inner_ = inner;
  }
  ~Guarded() { munmap(base_, size_); }
  Guarded(const Guarded&) = delete;
  char* data() const { return data_; }
  /// What shares a page with it, but is not part of it.
  bool surroundings_untouched() const {
    for (const char* at = base_ + page_; at < base_ + page_ + inner_; ++at)
      if ((at < data_ || at >= data_ + bytes_) && *at != 0x5a) return false;
    return true;
  }

 private:
  size_t page_, size_ = 0, bytes_ = 0, inner_ = 0;
  char *base_ = nullptr, *data_ = nullptr;
};

template <class T>
struct GuardedTensor {
  std::vector<int64_t> extents;
  int64_t count = 1;
  Guarded memory;
  kiln_tensor c;
  GuardedTensor(kiln_element element, std::vector<int64_t> shape, Against side)
      : extents(std::move(shape)),
        count(count_of(extents)),
        memory(static_cast<size_t>(count) * sizeof(T), side) {
    c = KILN_TENSOR_INIT(memory.data(), element, static_cast<int32_t>(extents.size()), extents.data());
  }
  T* values() const { return reinterpret_cast<T*>(memory.data()); }
  static int64_t count_of(const std::vector<int64_t>& extents) {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    return count;
  }
};
struct Floats : GuardedTensor<float> {
  Floats(std::vector<int64_t> shape, Against side) : GuardedTensor(KILN_F32, std::move(shape), side) {
    for (int64_t i = 0; i < count; ++i) values()[i] = static_cast<float>((i * 7 + 3) % 11) / 8 - 0.5f;
  }
};
struct Integers : GuardedTensor<int32_t> {
  Integers(std::vector<int64_t> shape, int32_t below, Against side)
      : GuardedTensor(KILN_I32, std::move(shape), side) {
    for (int64_t i = 0; i < count; ++i) values()[i] = static_cast<int32_t>((i * 5 + 1) % below);
  }
};

constexpr int64_t sizes[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127};

/// Both sides of each buffer, both targets that this machine may have, one thread and three.
class GuardPages : public testing::TestWithParam<std::tuple<Against, kiln_target, int>> {
 protected:
  void SetUp() override {
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.target = std::get<1>(GetParam());
    options.threads = std::get<2>(GetParam());
    const kiln_status status = tables_context_create(&options, &tables_);
    if (status == KILN_NO_TARGET) GTEST_SKIP() << "this processor has no such target";
    ASSERT_EQ(status, KILN_OK);
    ASSERT_EQ(small_net_context_create(&options, &net_), KILN_OK);
  }
  void TearDown() override {
    tables_context_destroy(tables_);
    small_net_context_destroy(net_);
  }
  Against side() const { return std::get<0>(GetParam()); }
  kiln_context *tables_ = nullptr, *net_ = nullptr;
};

TEST_P(GuardPages, Products) {
  for (const int64_t m : {int64_t{1}, int64_t{3}, int64_t{6}, int64_t{13}, int64_t{65}})
    for (const int64_t n : sizes)
      for (const int64_t k : {int64_t{1}, int64_t{5}, int64_t{16}, int64_t{67}}) {
        const Floats a({m, k}, side()), b({k, n}, side()), c({m, n}, side());
        ASSERT_EQ(tables_product(tables_, &a.c, &b.c, &c.c), KILN_OK) << tables_context_message(tables_);
        ASSERT_TRUE(c.memory.surroundings_untouched()) << m << " " << n << " " << k;
        for (int64_t i = 0; i < m * n; ++i) {
          double sum = 0;
          for (int64_t j = 0; j < k; ++j)
            sum += static_cast<double>(a.values()[i / n * k + j]) *
                   static_cast<double>(b.values()[j * n + i % n]);
          ASSERT_NEAR(c.values()[i], sum, 1e-4) << m << " " << n << " " << k << " at " << i;
        }
      }
}

TEST_P(GuardPages, RowsLookupsAndFolds) {
  for (const int64_t rows : {int64_t{1}, int64_t{4}, int64_t{9}})
    for (const int64_t n : sizes) {
      const Floats x({rows, n}, side()), y({rows, n}, side());
      ASSERT_EQ(tables_softmax(tables_, &x.c, &y.c), KILN_OK);
      for (int64_t row = 0; row < rows; ++row) {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(y.values()[row * n + i]);
        ASSERT_NEAR(sum, 1, 1e-5) << rows << " " << n;
      }
      const Integers tokens({n}, static_cast<int32_t>(rows), side());
      const Floats table({rows, n}, side()), found({n, n}, side());
      ASSERT_EQ(tables_lookup(tables_, &table.c, &tokens.c, &found.c), KILN_OK);
      ASSERT_EQ(found.values()[n * n - 1], table.values()[tokens.values()[n - 1] * n + n - 1]);
      const Floats long_one({rows * n}, side()), folded({n}, side()), bins({rows}, side()),
          amounts({n}, side());
      ASSERT_EQ(tables_fold(tables_, &long_one.c, n, &folded.c), KILN_OK);
      ASSERT_EQ(tables_scatter(tables_, &bins.c, &tokens.c, &amounts.c), KILN_OK);
      ASSERT_TRUE(y.memory.surroundings_untouched() && found.memory.surroundings_untouched() &&
                  folded.memory.surroundings_untouched() && bins.memory.surroundings_untouched());
      const GuardedTensor<uint8_t> bytes(KILN_U8, {rows, 3, n}, side());
      const GuardedTensor<double> wide(KILN_F64, {rows, 3 * n}, side());
      ASSERT_EQ(tables_widen(tables_, &bytes.c, &wide.c), KILN_OK);
      ASSERT_EQ(wide.values()[wide.count - 1], 0x5a / 2.0);
    }
}

TEST_P(GuardPages, TrainingInAWorkspaceOfTheExactSize) {
  small_net_Net* net = nullptr;
  small_net_Optimizer* optimizer = nullptr;
  ASSERT_EQ(small_net_Net_create(net_, 1, &net), KILN_OK);
  ASSERT_EQ(small_net_Optimizer_create(net_, 2, &optimizer), KILN_OK);
  for (const int64_t batch : sizes) {
    const Floats x({batch, 13}, side()), score({batch}, side());
    const Integers labels({batch}, 5, side()), label({batch}, 5, side());
    kiln_plan* plan = nullptr;
    ASSERT_EQ(small_net_train_step_plan(net_, batch, &plan), KILN_OK);
    const int64_t bytes = small_net_plan_workspace(plan);
    // The workspace is aligned to 64, so its end is at the guard page only if its size is a multiple of that.
    const Guarded workspace(static_cast<size_t>((bytes + 63) / 64 * 64), side());
    float loss = -1;
    ASSERT_EQ(small_net_train_step_run(plan, net_, net, optimizer, &x.c, &labels.c, 0.01f, &loss,
                                       workspace.data(), bytes),
              KILN_OK)
        << small_net_context_message(net_);
    ASSERT_TRUE(std::isfinite(loss) && loss > 0);
    small_net_plan_free(plan);
    ASSERT_EQ(small_net_predict(net_, net, &x.c, &label.c, &score.c), KILN_OK);
    ASSERT_TRUE(label.memory.surroundings_untouched() && score.memory.surroundings_untouched() &&
                x.memory.surroundings_untouched() && workspace.surroundings_untouched());
  }
  small_net_Net_free(net);
  small_net_Optimizer_free(optimizer);
}

INSTANTIATE_TEST_SUITE_P(All, GuardPages,
                         testing::Combine(testing::Values(Against::end, Against::start),
                                          testing::Values(KILN_TARGET_X86_64_V3, KILN_TARGET_X86_64_V4),
                                          testing::Values(1, 3)));

}  // namespace
