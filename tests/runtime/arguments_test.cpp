#include "test_host.h"

namespace {

class Arguments : public testing::Test {
 protected:
  void expect(kiln_status status, const std::string& message) {
    EXPECT_EQ(status, KILN_INVALID_ARGUMENT);
    EXPECT_EQ(host.message(), message);
  }
  Host host;
  Floats x{{2, 3}, {1, 2, 3, 4, 5, 6}}, y{{2, 3}};
  float factor = 2;
};

TEST_F(Arguments, AreTakenWhenTheyFit) {
  ASSERT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK) << host.message();
  EXPECT_EQ(y.values, (std::vector<float>{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(host.message(), "");
}

TEST_F(Arguments, NullPointers) {
  expect(host.call(scale, {nullptr, &factor, &y.c}), "scale: x: null pointer, expected f32[B, N]");
  expect(host.call(scale, {&x.c, nullptr, &y.c}), "scale: factor: null pointer, expected f32");
  expect(host.call(apply, {nullptr, &x.c, &y.c}), "apply: m: null pointer, expected a model Net");
  int64_t n = 2;
  expect(host.call(count, {&n, nullptr, &y.c}), "count: rng: null pointer, expected a kiln_rng");
  expect(host.call(count, {nullptr, &n, &y.c}), "count: N: null pointer, expected a dim");
  x.c.data = nullptr;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: the data is null, expected 24 bytes");
  x.c.extents = nullptr;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: the rank is 2, but `extents` is null");
}

TEST_F(Arguments, WrongNumberOfThem) {
  expect(host.call(scale, {&x.c, &factor}), "scale: expected 3 arguments, got 2");
  EXPECT_EQ(host.call(static_cast<TestFunction>(99), {}), KILN_NOT_FOUND);
  EXPECT_EQ(host.message(), "there is no exported function 99");
  EXPECT_EQ(host.call(init_net, {}), KILN_NOT_FOUND);
}

TEST_F(Arguments, StructOfAnotherSize) {
  x.c.struct_size = 0;
  expect(host.call(scale, {&x.c, &factor, &y.c}),
         "scale: x: kiln_tensor.struct_size is 0, expected at least " + std::to_string(sizeof(kiln_tensor)));
}

TEST_F(Arguments, WrongElementOrRank) {
  Integers integers({2, 3});
  expect(host.call(scale, {&integers.c, &factor, &y.c}), "scale: x: expected f32[B, N], got i32[2, 3]");
  Floats line({6});
  expect(host.call(scale, {&line.c, &factor, &y.c}), "scale: x: expected f32[B, N], got f32[6]");
  x.c.element = 77;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: expected f32[B, N], got element 77[2, 3]");
  x.c.element = KILN_F32;
  x.c.rank = -1;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: the rank is -1");
}

TEST_F(Arguments, WrongExtents) {
  Floats small({2, 2});
  expect(host.call(scale, {&x.c, &factor, &small.c}),
         "scale: y: expected f32[B, N] with B = 2 (from x), N = 3 (from x), got f32[2, 2]");
  Floats rows({5, 3}), three({5, 3});
  kiln_model* model = host.create(net);
  expect(host.call(apply, {model, &rows.c, &three.c}),
         "apply: x: expected f32[B, 4] with B = 5, got f32[5, 3]");
  kiln_model_free(host.api, model);
}

TEST_F(Arguments, WrongCompoundExtentsAreWorkedOut) {
  Floats a({2, 4, 3}), out({2, 11});
  Integers b({2});
  expect(host.call(flatten, {&a.c, &b.c, &out.c}),
         "flatten: out: expected f32[B, H * W] with B = 2 (from a), H = 4 (from a), W = 3 (from a), so "
         "f32[2, 12], "
         "got f32[2, 11]");
}

TEST_F(Arguments, ExtentsOutOfRange) {
  const int64_t negative[] = {2, -3}, large[] = {int64_t{1} << 31, 1};
  x.c.extents = negative;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: axis 1 is -3, expected 0 to 2147483647");
  x.c.extents = large;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: axis 0 is 2147483648, expected 0 to 2147483647");
}

TEST_F(Arguments, ByteCountsThatLeave64Bits) {
  const int64_t edge = (int64_t{1} << 31) - 1, huge[] = {edge, edge};
  x.c.extents = y.c.extents = huge;
  expect(host.call(scale, {&x.c, &factor, &y.c}),
         "scale: x: f32[B, N] with B = 2147483647, N = 2147483647 takes more bytes than 64 bits can count");
}

TEST_F(Arguments, ExtentsThatWouldBeNegative) {
  Floats two({2}), none({0});
  expect(host.call(window, {&two.c, &none.c}),
         "window: y: axis 0 of f32[N - 3] would be N - 3 = -1 (N = 2), expected 0 to 2147483647");
}

TEST_F(Arguments, ConditionsThatDoNotHold) {
  Integers b({1});
  Floats a({1, 3, 4}), out({1, 12});
  expect(host.call(flatten, {&a.c, &b.c, &out.c}), "flatten: needs H >= W, but H = 3, W = 4");
  Floats nothing({1, 5, 0}), empty({1, 0});
  expect(host.call(flatten, {&nothing.c, &b.c, &empty.c}),
         "flatten: H / W <= 100 divides by a number below 1: H = 5, W = 0");
}

TEST_F(Arguments, Alignment) {
  x.c.data = reinterpret_cast<char*>(x.values.data()) + 1;
  expect(host.call(scale, {&x.c, &factor, &y.c}), "scale: x: the data is not aligned to 4 bytes");
}

TEST_F(Arguments, StridesAreTakenOnlyWhenContiguous) {
  const int64_t contiguous[] = {3, 1}, transposed[] = {1, 2};
  x.c.strides = contiguous;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK) << host.message();
  x.c.strides = transposed;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_NOT_SUPPORTED);
  EXPECT_EQ(host.message(),
            "scale: x: strides that are not contiguous and row-major are not supported yet: copy the view "
            "first, or "
            "pass null strides");
  const int64_t one_row[] = {1, 3}, any_first[] = {-99, 1};
  x.c.extents = y.c.extents = one_row;
  x.c.strides = any_first;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_OK) << host.message();
}

TEST_F(Arguments, Devices) {
  x.c.device = 2;
  EXPECT_EQ(host.call(scale, {&x.c, &factor, &y.c}), KILN_NOT_SUPPORTED);
  EXPECT_EQ(host.message(), "scale: x: the data is on device 2; this library knows only KILN_DEVICE_CPU (0)");
}

TEST_F(Arguments, ResultsMayNotShareMemory) {
  expect(host.call(scale, {&x.c, &factor, &x.c}),
         "scale: y: shares memory with x, but is written by the call");
  y.c.data = x.values.data() + 5;
  expect(host.call(scale, {&x.c, &factor, &y.c}),
         "scale: y: shares memory with x, but is written by the call");
  expect(host.call(scale, {&x.c, y.values.data() + 2, &x.c}),
         "scale: y: shares memory with x, but is written by the call");
  y.c.data = y.values.data();
  expect(host.call(scale, {&x.c, y.values.data() + 2, &y.c}),
         "scale: y: shares memory with factor, but is written by the call");

  kiln_model* model = host.create(net);
  kiln_parameter weight{};
  weight.struct_size = sizeof(weight);
  ASSERT_EQ(kiln_model_parameter(host.api, model, 0, &weight), KILN_OK);
  Floats rows({1, 4});
  rows.c.data = weight.data;
  float norm = 0, rate = 1;
  expect(host.call(train, {model, &rows.c, &rate, &norm}),
         "train: m: shares memory with x, but is written by the call");
  Floats result({1, 3});
  EXPECT_EQ(host.call(apply, {model, &rows.c, &result.c}), KILN_OK) << "what is only read may be shared";
  kiln_model_free(host.api, model);
}

TEST_F(Arguments, InputsMayBeTheSame) {
  Floats one({1, 1, 1}, {3}), out({1, 1});
  const int32_t value = 4;
  Integers b({1}, {value});
  b.c.data = one.values.data();  // the same four bytes, read as integer
  EXPECT_EQ(host.call(flatten, {&one.c, &b.c, &out.c}), KILN_OK) << host.message();
}

TEST_F(Arguments, Models) {
  kiln_model* wrong = host.create(other);
  Floats rows({1, 4}), out({1, 3});
  expect(host.call(apply, {wrong, &rows.c, &out.c}), "apply: m: expected a model Net, got a model Other");
  expect(host.call(apply, {host.context, &rows.c, &out.c}),
         "apply: m: expected a model Net of library handmade, got something else: a handle of another "
         "library, or one "
         "that was freed");
  kiln_model_free(host.api, wrong);
}

TEST_F(Arguments, Dims) {
  int64_t n = -1;
  kiln_rng stream{1, 0};
  expect(host.call(count, {&n, &stream, &y.c}), "count: N: expected a dim of 0 to 2147483647, got -1");
  n = 4;
  Floats out({3});
  expect(host.call(count, {&n, &stream, &out.c}), "count: out: expected f32[N] with N = 4, got f32[3]");
  EXPECT_EQ(stream.counter, 0u);
  Floats four({4});
  ASSERT_EQ(host.call(count, {&n, &stream, &four.c}), KILN_OK) << host.message();
  EXPECT_EQ(four.values, (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(stream.counter, 4u);
}

TEST_F(Arguments, EmptyTensorsNeedNoMemory) {
  Floats none({0, 3}), result({0, 3});
  none.c.data = result.c.data = nullptr;
  EXPECT_EQ(host.call(scale, {&none.c, &factor, &result.c}), KILN_OK) << host.message();
}

TEST_F(Arguments, NothingIsWrittenWhenTheyAreWrong) {
  y.values = {9, 9, 9, 9, 9, 9};
  y.c.data = y.values.data();
  Floats narrow({2, 2});
  EXPECT_EQ(host.call(scale, {&narrow.c, &factor, &y.c}), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(y.values, (std::vector<float>(6, 9)));
}

}  // namespace
