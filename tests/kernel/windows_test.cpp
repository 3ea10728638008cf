#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "check_program.h"
#include "kernel/print.h"

namespace kiln::kernel {
namespace {

/// A convolution of images in whatever form: forward, or one of its two gradients.
struct Shape {
  int in, out, height, width, taps, stride, pad, dilation;
};

int places(int size, const Shape& shape) {
  return (size + 2 * shape.pad - shape.dilation * (shape.taps - 1) - 1) / shape.stride + 1;
}

/// `S*i + D*d - P`, and that it lies within an axis of this size.
std::string subscript(const char* place, const char* tap, const Shape& shape) {
  return fmt::format("sub(add(mul({}, {}), mul({}, {})), {})", shape.stride, place, shape.dilation, tap,
                     shape.pad);
}
std::string within(const char* place, const char* tap, int size, const Shape& shape) {
  const std::string at =
      fmt::format("add(mul({}, {}), mul({}, {}))", shape.stride, place, shape.dilation, tap);
  return fmt::format("le({0}, {1}), lt({1}, {2})", shape.pad, at, size + shape.pad);
}

std::string forward(const Shape& s) {
  const int h = places(s.height, s), w = places(s.width, s);
  return fmt::format(R"(function f(N) {{
    input %x: f32[N, {0}, {1}, {2}]
    input %w: f32[{3}, {0}, {4}, {4}]
    input %b: f32[{3}]
    input %r: f32[N, {3}, {5}, {6}]
    %y: f32[N, {3}, {5}, {6}] = compute [n: N, o: {3}, i: {5}, j: {6}, c: {0}, p: {4}, q: {4}]
        write [n, o, i, j] where {7}, {8} sum mul(%x[n, c, {9}, {10}], %w[o, c, p, q])
    %z: f32[N, {3}, {5}, {6}] = compute [n: N, o: {3}, i: {5}, j: {6}] write [n, o, i, j] assign
        max(0.0, add(add(%y[n, o, i, j], %b[o]), %r[n, o, i, j]))
    output %z as "z" }})",
                     s.in, s.height, s.width, s.out, s.taps, h, w, within("i", "p", s.height, s),
                     within("j", "q", s.width, s), subscript("i", "p", s), subscript("j", "q", s));
}

std::string weight_gradient(const Shape& s) {
  const int h = places(s.height, s), w = places(s.width, s);
  return fmt::format(R"(function f(N) {{
    input %x: f32[N, {0}, {1}, {2}]
    input %t: f32[N, {3}, {5}, {6}]
    %g: f32[{3}, {0}, {4}, {4}] = compute [o: {3}, c: {0}, p: {4}, q: {4}, n: N, i: {5}, j: {6}]
        write [o, c, p, q] where {7}, {8} sum mul(%t[n, o, i, j], %x[n, c, {9}, {10}])
    output %g as "g" }})",
                     s.in, s.height, s.width, s.out, s.taps, h, w, within("i", "p", s.height, s),
                     within("j", "q", s.width, s), subscript("i", "p", s), subscript("j", "q", s));
}

/// Of stride 1, as the normalisation of derivatives leaves it.
std::string input_gradient(const Shape& s) {
  const int h = places(s.height, s), w = places(s.width, s);
  const auto place = [&](const char* pixel, const char* tap) {
    return fmt::format("sub(add({}, {}), mul({}, {}))", pixel, s.pad, s.dilation, tap);
  };
  const auto inside = [&](const char* pixel, const char* tap, int size) {
    return fmt::format("le(mul({0}, {1}), add({2}, {3})), le({2}, add(mul({0}, {1}), {4}))", s.dilation, tap,
                       pixel, s.pad, size - 1 - s.pad);
  };
  return fmt::format(R"(function f(N) {{
    input %w: f32[{3}, {0}, {4}, {4}]
    input %t: f32[N, {3}, {5}, {6}]
    %g: f32[N, {0}, {1}, {2}] = compute [n: N, c: {0}, i: {1}, j: {2}, o: {3}, p: {4}, q: {4}]
        write [n, c, i, j] where {7}, {8} sum mul(%w[o, c, p, q], %t[n, o, {9}, {10}])
    output %g as "g" }})",
                     s.in, s.height, s.width, s.out, s.taps, h, w, inside("i", "p", h), inside("j", "q", w),
                     place("i", "p"), place("j", "q"));
}

/// As the transpose of the forward read leaves it: each tap of a window adds to its pixel.
std::string scattered_input_gradient(const Shape& s, const char* after = "") {
  const int h = places(s.height, s), w = places(s.width, s);
  return fmt::format(R"(function f(N) {{
    input %w: f32[{3}, {0}, {4}, {4}]
    input %t: f32[N, {3}, {5}, {6}]
    %g: f32[N, {0}, {1}, {2}] = compute [n: N, c: {0}, i: {5}, j: {6}, p: {4}, q: {4}, o: {3}]
        write [n, c, {9}, {10}] where {7}, {8} sum mul(%w[o, c, p, q], %t[n, o, i, j])
    {11}
    output %{12} as "g" }})",
                     s.in, s.height, s.width, s.out, s.taps, h, w, within("i", "p", s.height, s),
                     within("j", "q", s.width, s), subscript("i", "p", s), subscript("j", "q", s), after,
                     *after ? "y" : "g");
}

/// The kernels of a gradient without any scatter, and whether each residue is a contraction of its own.
void expect_residues(const std::string& text, const Case& how, bool contract = true) {
  SCOPED_TRACE(text);
  const Program program = expect_same(text, how);
  bool found = false;
  for (const Kernel& kernel : program.kernels) {
    EXPECT_EQ(kernel.explanation.schedule.find("scatter"), std::string::npos) << kernel.explanation.schedule;
    found = found || kernel.explanation.schedule.find("residues, each a contraction") != std::string::npos;
  }
  EXPECT_EQ(found, contract) << print(program);
}

void expect_windows(const std::string& text, int64_t batch) {
  SCOPED_TRACE(text);
  const Program program = expect_same(text, {.dims = {{"N", batch}}});
  ASSERT_EQ(program.kernels.size(), 1u);
  const std::string& schedule = program.kernels[0].explanation.schedule;
  EXPECT_NE(schedule.find("windows"), std::string::npos) << schedule;
}

constexpr Shape shapes[] = {
    {3, 6, 11, 12, 3, 1, 1, 1},  // padded
    {5, 17, 9, 13, 3, 2, 1, 1},  // strided
    {4, 7, 13, 10, 3, 1, 2, 2},  // dilated
    {2, 33, 8, 7, 5, 1, 2, 1},   // large
    {3, 9, 21, 19, 7, 2, 3, 1},  // the first layer of a network
    {7, 5, 6, 18, 3, 1, 0, 1},   // without padding
    {2, 3, 5, 4, 3, 3, 2, 1},    // strided past its windows
    {19, 40, 4, 5, 3, 1, 1, 1},  // few pixels
};

TEST(Windows, OfPaddedStridedAndDilatedConvolutions) {
  for (const Shape& shape : shapes) expect_windows(forward(shape), 2);
}

TEST(Windows, OfWeightGradients) {
  for (const Shape& shape : shapes) expect_windows(weight_gradient(shape), 3);
}

TEST(Windows, OfInputGradients) {
  for (const Shape& shape : shapes)
    if (shape.stride == 1) expect_windows(input_gradient(shape), 2);
}

TEST(Residues, OfStridedInputGradientsAreContractions) {
  constexpr Shape strided[] = {
      {6, 5, 9, 12, 3, 2, 1, 1},     // 1, 2, 2 and 4 taps
      {5, 33, 8, 7, 5, 2, 2, 1},     // 4, 6, 6 and 9
      {3, 9, 21, 19, 7, 2, 3, 1},    // the first layer of a network
      {17, 20, 11, 10, 3, 3, 0, 1},  // windows side by side
      {4, 6, 13, 10, 3, 2, 2, 3},    // dilated: pixels between that are every third
      {6, 4, 14, 11, 4, 3, 1, 2},    // the taps run against the residues
      {40, 6, 30, 31, 3, 2, 1, 1},   // whole vectors of pixels
  };
  for (const Shape& shape : strided) expect_residues(scattered_input_gradient(shape), {.dims = {{"N", 2}}});
}

TEST(Residues, ThatNoTapReachesAreZero) {
  for (const Shape& shape : {Shape{18, 5, 9, 8, 1, 2, 0, 1},     // every other pixel
                             Shape{7, 6, 10, 13, 2, 4, 1, 1},    // two of four
                             Shape{7, 6, 12, 9, 3, 2, 1, 2},     // dilated by the stride
                             Shape{5, 20, 17, 12, 2, 4, 2, 2}})  // by half of it
    expect_residues(scattered_input_gradient(shape), {.dims = {{"N", 2}}});
}

TEST(Residues, AreReadByWhatFollows) {
  expect_residues(scattered_input_gradient({6, 5, 9, 12, 3, 2, 1, 1}, R"(input %x: f32[N, 6, 9, 12]
    %y: f32[N, 6, 9, 12] = compute [n: N, c: 6, i: 9, j: 12] write [n, c, i, j] assign
        select(lt(0.0, %x[n, c, i, j]), %g[n, c, i, j], 0.0))"),
                  {.dims = {{"N", 3}}});
}

TEST(Residues, OfNoImagesAndOfImagesWhoseSizeTheCallTells) {
  expect_residues(scattered_input_gradient({6, 5, 9, 12, 3, 2, 1, 1}), {.dims = {{"N", 0}}});
  for (const int64_t height : {1, 2, 8, 9})
    expect_residues(R"(function f(N, H, W) {
    fact H - 1 >= 0
    fact W - 1 >= 0
    input %w: f32[5, 6, 3, 3]
    input %t: f32[N, 5, (H - 1) / 2 + 1, (W - 1) / 2 + 1]
    %g: f32[N, 6, H, W] = compute [n: N, c: 6, i: (H - 1) / 2 + 1, j: (W - 1) / 2 + 1, p: 3, q: 3, o: 5]
        write [n, c, sub(add(mul(2, i), p), 1), sub(add(mul(2, j), q), 1)]
        where le(1, add(mul(2, i), p)), le(add(mul(2, i), p), {H}), le(1, add(mul(2, j), q)), le(add(mul(2, j), q), {W})
        sum mul(%w[o, c, p, q], %t[n, o, i, j])
    output %g as "g" })",
                    {.dims = {{"N", 2}, {"H", height}, {"W", 7}}});
}

TEST(Residues, OfOneAxisAndOfThree) {
  expect_residues(R"(function f(N) {
    input %w: f32[6, 4, 5]
    input %t: f32[N, 6, 13]
    %g: f32[N, 4, 39] = compute [n: N, c: 4, i: 13, p: 5, o: 6] write [n, c, sub(add(mul(3, i), p), 1)]
        where le(1, add(mul(3, i), p)), lt(add(mul(3, i), p), 40) sum mul(%w[o, c, p], %t[n, o, i])
    output %g as "g" })",
                  {.dims = {{"N", 3}}});
  expect_residues(R"(function f(N) {
    input %w: f32[6, 4, 3, 3, 3]
    input %t: f32[N, 6, 3, 4, 5]
    %g: f32[N, 4, 6, 8, 10] = compute [n: N, c: 4, h: 3, i: 4, j: 5, s: 3, p: 3, q: 3, o: 6]
        write [n, c, sub(add(mul(2, h), s), 1), sub(add(mul(2, i), p), 1), sub(add(mul(2, j), q), 1)]
        where le(1, add(mul(2, h), s)), le(1, add(mul(2, i), p)), le(1, add(mul(2, j), q))
        sum mul(%w[o, c, s, p, q], %t[n, o, h, i, j])
    output %g as "g" })",
                  {.dims = {{"N", 2}}});
}

TEST(Residues, OfGroupsAreContractionsAndOfSingleChannelsSums) {
  const auto in_groups = [](int groups, int inner) {
    return fmt::format(R"(function f(N) {{
    input %w: f32[{1}, {0}, 3, 3]
    input %t: f32[N, {1}, 5, 6]
    %g: f32[N, {1}, 9, 12] = compute [n: N, g: {2}, c: {0}, i: 5, j: 6, p: 3, q: 3, o: {0}]
        write [n, add(mul({0}, g), c), sub(add(mul(2, i), p), 1), sub(add(mul(2, j), q), 1)]
        where le(1, add(mul(2, i), p)), lt(add(mul(2, i), p), 10), le(1, add(mul(2, j), q))
        sum mul(%w[add(mul({0}, g), o), c, p, q], %t[n, add(mul({0}, g), o), i, j])
    output %g as "g" }})",
                       inner, groups * inner, groups);
  };
  expect_residues(in_groups(3, 4), {.dims = {{"N", 2}}});
  expect_residues(in_groups(12, 1), {.dims = {{"N", 2}}}, false);
}

TEST(Residues, OfRandomShapes) {
  std::mt19937 random(2026);
  const auto any = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int i = 0; i < 40; ++i) {
    Shape shape{any(1, 20), any(1, 20), any(1, 23), any(1, 37), any(1, 5), any(2, 5), any(0, 3), any(1, 4)};
    const int span = shape.dilation * (shape.taps - 1) + 1;
    shape.height = std::max(shape.height, span);
    shape.width = std::max(shape.width, span);
    SCOPED_TRACE(scattered_input_gradient(shape));
    expect_same(scattered_input_gradient(shape), {.dims = {{"N", any(1, 3)}}});
  }
}

TEST(Residues, OfRowsThatEndAtTheirNumberAreNone) {
  // A causal mask over few steps: one kernel for all of them.
  const Program program = expect_same(R"(function f(N) {
    input %p: f32[N, 3, 3]
    input %v: f32[N, 3, 20]
    %y: f32[N, 3, 20] = compute [n: N, t: 3, d: 20, u: 3] write [n, t, d] where le(u, t)
        sum mul(%p[n, t, u], %v[n, u, d])
    output %y as "y" })",
                                      {.dims = {{"N", 4}}});
  EXPECT_EQ(program.kernels[0].explanation.schedule.find("residues"), std::string::npos);
}

TEST(Windows, AreCutAlongLongSums) {
  expect_windows(forward({600, 3, 4, 5, 3, 1, 1, 1}), 1);
  expect_windows(input_gradient({3, 600, 4, 5, 3, 1, 1, 1}), 1);
  expect_windows(weight_gradient({2, 3, 31, 29, 3, 1, 1, 1}), 7);
}

TEST(Windows, OfNoImages) {
  expect_windows(forward(shapes[0]), 0);
  expect_windows(weight_gradient(shapes[0]), 0);
}

TEST(Windows, OfGroupsAndChannelsLast) {
  expect_windows(R"(function f(N) {
    input %x: f32[N, 12, 9, 7]
    input %w: f32[20, 3, 3, 3]
    %y: f32[N, 4, 5, 9, 7] = compute [n: N, g: 4, o: 5, i: 9, j: 7, c: 3, p: 3, q: 3] write [n, g, o, i, j]
        where le(1, add(i, p)), lt(add(i, p), 10), le(1, add(j, q)), lt(add(j, q), 8) sum
        mul(%x[n, add(mul(3, g), c), sub(add(i, p), 1), sub(add(j, q), 1)], %w[add(mul(5, g), o), c, p, q])
    output %y as "y" })",
                 2);
  expect_windows(R"(function f(N) {
    input %x: f32[N, 9, 7, 5]
    input %w: f32[3, 3, 5, 18]
    %y: f32[N, 9, 7, 18] = compute [n: N, i: 9, j: 7, o: 18, p: 3, q: 3, c: 5] write [n, i, j, o]
        where le(1, add(i, p)), lt(add(i, p), 10), le(1, add(j, q)), lt(add(j, q), 8) sum
        mul(%x[n, sub(add(i, p), 1), sub(add(j, q), 1), c], %w[p, q, c, o])
    output %y as "y" })",
                 2);
}

TEST(Windows, OfOneAxis) {
  expect_windows(R"(function f(N) {
    input %x: f32[N, 4, 37]
    input %w: f32[6, 4, 5]
    %y: f32[N, 6, 37] = compute [n: N, o: 6, i: 37, c: 4, p: 5] write [n, o, i]
        where le(2, add(i, p)), lt(add(i, p), 39) sum mul(%x[n, c, sub(add(i, p), 2)], %w[o, c, p])
    output %y as "y" })",
                 3);
}

/// With a stride the pixels lie apart, but those of the results do not.
TEST(Windows, OfOnePointJoinRowsOfPixels) {
  for (const int stride : {2, 3}) {
    const Program program = expect_same(fmt::format(R"(function f(N, H, W) {{
      fact H - 1 >= 0
      fact W - 1 >= 0
      input %x: f32[N, 5, {0} * H, {0} * W]
      input %w: f32[18, 5]
      %y: f32[N, 18, H, W] = compute [n: N, o: 18, i: H, j: W, c: 5] write [n, o, i, j] sum
          mul(%x[n, c, mul({0}, i), mul({0}, j)], %w[o, c])
      output %y as "y" }})",
                                                    stride),
                                        {.dims = {{"N", 2}, {"H", 7}, {"W", 5}}});
    const std::string& schedule = program.kernels[0].explanation.schedule;
    EXPECT_NE(schedule.find("lanes i*j"), std::string::npos) << schedule;
  }
}

TEST(Windows, OfSymbolicImages) {
  const Program program = expect_same(R"(function f(N, H, W) {
    fact H - 1 >= 0
    fact W - 1 >= 0
    input %x: f32[N, 3, H, W]
    input %w: f32[6, 3, 3, 3]
    %y: f32[N, 6, H, W] = compute [n: N, o: 6, i: H, j: W, c: 3, p: 3, q: 3] write [n, o, i, j]
        where le(1, add(i, p)), lt(add(i, p), {H + 1}), le(1, add(j, q)), lt(add(j, q), {W + 1}) sum
        mul(%x[n, c, sub(add(i, p), 1), sub(add(j, q), 1)], %w[o, c, p, q])
    output %y as "y" })",
                                      {.dims = {{"N", 2}, {"H", 7}, {"W", 5}}});
  EXPECT_NE(program.kernels[0].explanation.schedule.find("windows"), std::string::npos);
}

/// A convolution of groups as the standard library writes it: the group's index comes last, and the results
/// are joined along the channels. Of one group it is one kernel with what follows.
std::string in_groups(int groups) {
  return fmt::format(R"(function f(N) {{
    input %x: f32[N, 12, 9, 7]
    input %w: f32[20, {1}, 3, 3]
    input %b: f32[20]
    %s: f32[N, {2}, 9, 7, {0}] = compute [n: N, o: {2}, i: 9, j: 7, g: {0}, c: {1}, p: 3, q: 3]
        write [n, o, i, j, g]
        where le(1, add(i, p)), lt(add(i, p), 10), le(1, add(j, q)), lt(add(j, q), 8) sum
        mul(%x[n, add(mul({1}, g), c), sub(add(i, p), 1), sub(add(j, q), 1)], %w[add(o, mul({2}, g)), c, p, q])
    %y: f32[N, 20, 9, 7] = compute [n: N, o: {2}, i: 9, j: 7, g: {0}]
        write [n, add(o, mul({2}, g)), i, j] assign %s[n, o, i, j, g]
    %z: f32[N, 20, 9, 7] = compute [n: N, c: 20, i: 9, j: 7] write [n, c, i, j] assign
        max(0.0, add(%y[n, c, i, j], %b[c]))
    output %z as "z" }})",
                     groups, 12 / groups, 20 / groups);
}

TEST(Windows, OfOneGroupAndWhatFollowsAreOneKernel) {
  const Program program = expect_same(in_groups(1), {.dims = {{"N", 2}}});
  ASSERT_EQ(program.kernels.size(), 1u);
  EXPECT_NE(program.kernels[0].explanation.schedule.find("windows"), std::string::npos);
}

TEST(Windows, OfSeveralGroupsLieInTheOrderOfTheirChannels) {
  const Program program = expect_same(in_groups(4), {.dims = {{"N", 2}}});
  ASSERT_EQ(program.kernels.size(), 2u);
  EXPECT_NE(program.kernels[0].explanation.schedule.find("lanes i*j, windows"), std::string::npos)
      << program.kernels[0].explanation.schedule;
}

/// Nothing is used twice: one tap after the other, lanes along the pixels.
TEST(Windows, OfSingleChannelsAreNoMatrix) {
  const Program program = expect_same(R"(function f(N) {
    input %x: f32[N, 4, 9, 37]
    input %w: f32[4, 3, 3]
    %y: f32[N, 4, 9, 37] = compute [n: N, c: 4, i: 9, j: 37, p: 3, q: 3] write [n, c, i, j]
        where le(1, add(i, p)), lt(add(i, p), 10), le(1, add(j, q)), lt(add(j, q), 38) sum
        mul(%x[n, c, sub(add(i, p), 1), sub(add(j, q), 1)], %w[c, p, q])
    output %y as "y" })",
                                      {.dims = {{"N", 2}}});
  EXPECT_EQ(program.kernels[0].explanation.schedule.find("contraction"), std::string::npos);
}

}  // namespace
}  // namespace kiln::kernel
