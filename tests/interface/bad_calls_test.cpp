// Calls that are wrong: the exact message, and nothing written.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "small_net.h"
#include "tables.h"

namespace {

/// A tensor in the form that C callers have; `data` may be changed to make it wrong.
struct Tensor {
  std::vector<char> bytes;
  std::vector<int64_t> extents;
  kiln_tensor c;

  Tensor(kiln_element element, size_t size, std::vector<int64_t> shape) : extents(std::move(shape)) {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    bytes.assign(static_cast<size_t>(count) * size, 0x5a);
    c = KILN_TENSOR_INIT(bytes.data(), element, static_cast<int32_t>(extents.size()), extents.data());
  }
  Tensor(const Tensor&) = delete;
  bool untouched() const { return bytes == std::vector<char>(bytes.size(), 0x5a); }
};
struct Floats : Tensor {
  explicit Floats(std::vector<int64_t> shape) : Tensor(KILN_F32, 4, std::move(shape)) {}
  float* values() { return reinterpret_cast<float*>(bytes.data()); }
};
struct Integers : Tensor {
  explicit Integers(std::vector<int64_t> shape) : Tensor(KILN_I32, 4, std::move(shape)) {}
  int32_t* values() { return reinterpret_cast<int32_t*>(bytes.data()); }
};

class BadCall : public testing::Test {
 protected:
  BadCall() {
    EXPECT_EQ(tables_context_create(nullptr, &tables_), KILN_OK);
    EXPECT_EQ(small_net_context_create(nullptr, &net_context_), KILN_OK);
  }
  ~BadCall() override {
    tables_context_destroy(tables_);
    small_net_context_destroy(net_context_);
  }
  std::string tables_message() const { return tables_context_message(tables_); }
  std::string net_message() const { return small_net_context_message(net_context_); }

  /// product: (a, b) -> c with this message, and c untouched.
  void expect_product(const kiln_tensor* a, const kiln_tensor* b, const kiln_tensor* c, const char* message,
                      kiln_status status = KILN_INVALID_ARGUMENT) {
    EXPECT_EQ(tables_product(tables_, a, b, c), status);
    EXPECT_EQ(tables_message(), message);
    EXPECT_TRUE(c_.untouched());
  }

  kiln_context *tables_ = nullptr, *net_context_ = nullptr;
  Floats a_{{2, 3}}, b_{{3, 4}}, c_{{2, 4}};
};

TEST_F(BadCall, WrongShape) {
  const Floats long_b({5, 4}), long_c({2, 5});
  expect_product(&a_.c, &long_b.c, &c_.c,
                 "product: b: expected f32[K, N] with K = 3 (from a), N = 4, got f32[5, 4]");
  expect_product(&a_.c, &b_.c, &long_c.c,
                 "product: c: expected f32[M, N] with M = 2 (from a), N = 4 (from b), got f32[2, 5]");
  EXPECT_TRUE(long_c.untouched());
}

TEST_F(BadCall, WrongRankOrElement) {
  const Floats flat({6});
  const Integers integers({2, 3});
  expect_product(&flat.c, &b_.c, &c_.c, "product: a: expected f32[M, K], got f32[6]");
  expect_product(&integers.c, &b_.c, &c_.c, "product: a: expected f32[M, K], got i32[2, 3]");
  kiln_tensor strange = a_.c;
  strange.element = 77;
  expect_product(&strange, &b_.c, &c_.c, "product: a: expected f32[M, K], got element 77[2, 3]");
  strange = a_.c;
  strange.rank = -1;
  expect_product(&strange, &b_.c, &c_.c, "product: a: the rank is -1");
}

TEST_F(BadCall, NullInAnyPlace) {
  expect_product(nullptr, &b_.c, &c_.c, "product: a: null pointer, expected f32[M, K]");
  expect_product(&a_.c, &b_.c, nullptr, "product: c: null pointer, expected f32[M, N]");
  kiln_tensor no_data = b_.c;
  no_data.data = nullptr;
  expect_product(&a_.c, &no_data, &c_.c, "product: b: the data is null, expected 48 bytes");
  no_data = b_.c;
  no_data.extents = nullptr;
  expect_product(&a_.c, &no_data, &c_.c, "product: b: the rank is 2, but `extents` is null");
  EXPECT_EQ(tables_product(nullptr, &a_.c, &b_.c, &c_.c), KILN_INVALID_ARGUMENT);
  EXPECT_TRUE(c_.untouched());
}

TEST_F(BadCall, StructsOfAnotherSize) {
  kiln_tensor empty = {};
  expect_product(&empty, &b_.c, &c_.c, "product: a: kiln_tensor.struct_size is 0, expected at least 48");
}

TEST_F(BadCall, MisalignedData) {
  kiln_tensor odd = c_.c;
  odd.data = c_.bytes.data() + 1;
  expect_product(&a_.c, &b_.c, &odd, "product: c: the data is not aligned to 4 bytes");
}

TEST_F(BadCall, ResultsThatShareMemory) {
  Floats wide({4, 3});
  const kiln_tensor same_a = KILN_TENSOR_INIT(wide.bytes.data(), KILN_F32, 2, a_.extents.data());
  const kiln_tensor same_c = KILN_TENSOR_INIT(wide.bytes.data() + 16, KILN_F32, 2, c_.extents.data());
  expect_product(&same_a, &b_.c, &same_c, "product: c: shares memory with a, but is written by the call");
  EXPECT_TRUE(wide.untouched());
  // Arguments that are only read may share.
  const Floats square({3, 3});
  const kiln_tensor result = KILN_TENSOR_INIT(wide.bytes.data(), KILN_F32, 2, square.extents.data());
  EXPECT_EQ(tables_product(tables_, &square.c, &square.c, &result), KILN_OK) << tables_message();
}

TEST_F(BadCall, ExtentsThatNoMemoryHolds) {
  kiln_tensor huge = a_.c;
  const int64_t extents[] = {int64_t{1} << 31, 3}, negative[] = {2, -3};
  huge.extents = extents;
  expect_product(&huge, &b_.c, &c_.c, "product: a: axis 0 is 2147483648, expected 0 to 2147483647");
  huge.extents = negative;
  expect_product(&huge, &b_.c, &c_.c, "product: a: axis 1 is -3, expected 0 to 2147483647");
}

TEST_F(BadCall, StridesAndDevices) {
  const int64_t transposed[] = {1, 2}, plain[] = {3, 1};
  kiln_tensor view = a_.c;
  view.strides = transposed;
  expect_product(
      &view, &b_.c, &c_.c,
      "product: a: strides that are not contiguous and row-major are not supported yet: copy the view "
      "first, or pass null strides",
      KILN_NOT_SUPPORTED);
  view.device = 1;
  view.strides = plain;
  expect_product(&view, &b_.c, &c_.c,
                 "product: a: the data is on device 1; this library knows only KILN_DEVICE_CPU (0)",
                 KILN_NOT_SUPPORTED);
  view.device = KILN_DEVICE_CPU;
  EXPECT_EQ(tables_product(tables_, &view, &b_.c, &c_.c), KILN_OK);
}

TEST_F(BadCall, DimsThatBreakAWhere) {
  const Floats x({7}), y({3}), none({0});
  EXPECT_EQ(tables_fold(tables_, &x.c, 3, &y.c), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(tables_message(), "fold: needs N % M == 0, but N = 7, M = 3");
  EXPECT_EQ(tables_fold(tables_, &x.c, 0, &none.c), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(tables_message(), "fold: needs M >= 1, but M = 0");
  EXPECT_EQ(tables_fold(tables_, &x.c, -1, &y.c), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(tables_message(), "fold: M: expected a dim of 0 to 2147483647, got -1");
  EXPECT_TRUE(y.untouched());
  kiln_plan* plan = nullptr;
  EXPECT_EQ(tables_fold_plan(tables_, 7, 3, &plan), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(tables_message(), "fold: needs N % M == 0, but N = 7, M = 3");
  EXPECT_EQ(plan, nullptr);
}

TEST_F(BadCall, ModelsOfAnotherTypeOrLibrary) {
  small_net_Net* net = nullptr;
  small_net_Optimizer* optimizer = nullptr;
  ASSERT_EQ(small_net_Net_create(net_context_, 1, &net), KILN_OK);
  ASSERT_EQ(small_net_Optimizer_create(net_context_, 1, &optimizer), KILN_OK);
  const Floats x({1, 13}), score({1});
  const Integers label({1});
  EXPECT_EQ(
      small_net_predict(net_context_, reinterpret_cast<small_net_Net*>(optimizer), &x.c, &label.c, &score.c),
      KILN_INVALID_ARGUMENT);
  EXPECT_EQ(net_message(), "predict: m: expected a model Net, got a model Optimizer");
  EXPECT_EQ(small_net_predict(net_context_, nullptr, &x.c, &label.c, &score.c), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(net_message(), "predict: m: null pointer, expected a model Net");
  EXPECT_EQ(small_net_predict(tables_, net, &x.c, &label.c, &score.c), KILN_INVALID_ARGUMENT);
  small_net_Net* copy = nullptr;
  EXPECT_EQ(small_net_Net_assign(net_context_, net, reinterpret_cast<small_net_Net*>(optimizer)),
            KILN_INVALID_ARGUMENT);
  EXPECT_EQ(small_net_Optimizer_load(net_context_, optimizer, "/nowhere"), KILN_FILE_ERROR);
  EXPECT_EQ(small_net_Net_copy(tables_, net, &copy), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(copy, nullptr);
  EXPECT_TRUE(label.untouched() && score.untouched());
  small_net_Net_free(net);
  small_net_Optimizer_free(optimizer);
}

TEST_F(BadCall, AnInputInsideTheModelThatIsChanged) {
  small_net_Net* net = nullptr;
  ASSERT_EQ(small_net_Net_create(net_context_, 1, &net), KILN_OK);
  kiln_parameter parameter = {};
  parameter.struct_size = sizeof parameter;
  ASSERT_EQ(small_net_Net_parameter(net, 0, &parameter), KILN_OK);
  small_net_Optimizer* optimizer = nullptr;
  ASSERT_EQ(small_net_Optimizer_create(net_context_, 1, &optimizer), KILN_OK);
  const int64_t extents[] = {1, 13};
  const kiln_tensor x = KILN_TENSOR_INIT(parameter.data, KILN_F32, 2, extents);
  Integers labels({1});
  labels.values()[0] = 0;
  float loss = -1;
  EXPECT_EQ(small_net_train_step(net_context_, net, optimizer, &x, &labels.c, 0.1f, &loss),
            KILN_INVALID_ARGUMENT);
  EXPECT_EQ(net_message(), "train_step: m: shares memory with x, but is written by the call");
  EXPECT_EQ(loss, -1);
  small_net_Net_free(net);
  small_net_Optimizer_free(optimizer);
}

std::vector<std::string> contents(const small_net_Net* net, const small_net_Optimizer* optimizer) {
  std::vector<std::string> all;
  kiln_parameter parameter = {};
  parameter.struct_size = sizeof parameter;
  const auto take = [&] {
    all.emplace_back(static_cast<const char*>(parameter.data), static_cast<size_t>(parameter.bytes));
  };
  for (int32_t i = 0; small_net_Net_parameter(net, i, &parameter) == KILN_OK; ++i) take();
  for (int32_t i = 0; small_net_Optimizer_parameter(optimizer, i, &parameter) == KILN_OK; ++i) take();
  return all;
}

TEST_F(BadCall, LabelsOutOfRangeLeaveTheModelAsItWas) {
  small_net_Net* net = nullptr;
  small_net_Optimizer* optimizer = nullptr;
  ASSERT_EQ(small_net_Net_create(net_context_, 1, &net), KILN_OK);
  ASSERT_EQ(small_net_Optimizer_create(net_context_, 1, &optimizer), KILN_OK);
  Floats x({4, 13});
  for (int i = 0; i < 52; ++i) x.values()[i] = 0.1f * static_cast<float>(i % 7);
  Integers labels({4});
  for (int i = 0; i < 4; ++i) labels.values()[i] = i;
  float loss = 0;
  ASSERT_EQ(small_net_train_step(net_context_, net, optimizer, &x.c, &labels.c, 0.1f, &loss), KILN_OK)
      << net_message();
  const std::vector<std::string> before = contents(net, optimizer);
  for (const int32_t label : {5, -1, INT32_MIN, INT32_MAX}) {
    labels.values()[2] = label;
    EXPECT_EQ(small_net_train_step(net_context_, net, optimizer, &x.c, &labels.c, 0.1f, &loss),
              KILN_CHECK_FAILED);
    EXPECT_NE(net_message().find("train_step: "), std::string::npos) << net_message();
    EXPECT_NE(net_message().find(std::to_string(label)), std::string::npos) << net_message();
    EXPECT_EQ(contents(net, optimizer), before);
  }
  labels.values()[2] = 2;
  EXPECT_EQ(small_net_train_step(net_context_, net, optimizer, &x.c, &labels.c, 0.1f, &loss), KILN_OK);
  EXPECT_NE(contents(net, optimizer), before);
  small_net_Net_free(net);
  small_net_Optimizer_free(optimizer);
}

TEST_F(BadCall, PlacesOutOfRangeNameTensorAxisAndValue) {
  const Floats table({10, 2}), rows({3, 2});
  Integers tokens({3});
  tokens.values()[0] = 0;
  tokens.values()[1] = 10;
  tokens.values()[2] = 1;
  EXPECT_EQ(tables_lookup(tables_, &table.c, &tokens.c, &rows.c), KILN_CHECK_FAILED);
  EXPECT_EQ(tables_message(),
            "tables.model:3:22: lookup: index 10 is outside axis 0 of `table`, which has 10 elements");
  Floats bins({4});
  for (int i = 0; i < 4; ++i) bins.values()[i] = 1;
  const std::vector<char> before = bins.bytes;
  const Floats amounts({3});
  EXPECT_EQ(tables_scatter(tables_, &bins.c, &tokens.c, &amounts.c), KILN_CHECK_FAILED);
  EXPECT_EQ(bins.bytes, before);
}

TEST_F(BadCall, MessagesLastUntilTheNextFailure) {
  const Floats flat({6});
  EXPECT_EQ(tables_product(tables_, &flat.c, &b_.c, &c_.c), KILN_INVALID_ARGUMENT);
  EXPECT_NE(tables_message(), "");
  EXPECT_EQ(tables_product(tables_, &a_.c, &b_.c, &c_.c), KILN_OK);
  EXPECT_EQ(tables_message(), "");
}

TEST_F(BadCall, EmptyTensorsAreFine) {
  const Floats a({0, 3}), b({3, 4}), c({0, 4});
  kiln_tensor none = a.c;
  none.data = nullptr;
  EXPECT_EQ(tables_product(tables_, &none, &b.c, &c.c), KILN_OK) << tables_message();
  Floats thin({2, 0}), wide({0, 4}), zeros({2, 4});
  EXPECT_EQ(tables_product(tables_, &thin.c, &wide.c, &zeros.c), KILN_OK) << tables_message();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(zeros.values()[i], 0);
}

}  // namespace
