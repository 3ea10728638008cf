// Dims that a call computes from integers among its inputs.
#include "graph/derive_dims.h"

#include "read_graph.h"

namespace kiln::graph {
namespace {

const char* const rows = R"(function rows(B, total, longest, area, n) {
  derive total = total 0
  derive longest = longest 0
  derive area = total 0, 1
  derive n = value 2
  input %len: i32[B]
  input %width: i32[B]
  input %count: i32
  input %x: f32[total]
  %y: f32[total + longest] = compute [i: total] write [i] assign %x[i]
  output %y as "y"
})";

std::string derived(const std::vector<double>& len, const std::vector<double>& width, double count,
                    std::map<std::string, int64_t>& dims) {
  const std::vector<Tensor> inputs = {integers({static_cast<int64_t>(len.size())}, len),
                                      integers({static_cast<int64_t>(width.size())}, width),
                                      integers({}, {count}), floats({0}, {})};
  const auto failure = derive_dims(read_valid(rows), inputs, dims);
  return failure ? failure->message : "";
}

TEST(DerivedDims, AreSumsAndGreatestProductsAndValues) {
  std::map<std::string, int64_t> dims;
  EXPECT_EQ(derived({2, 0, 3}, {1, 5, 4}, 7, dims), "");
  EXPECT_EQ(dims, (std::map<std::string, int64_t>{{"total", 5}, {"longest", 3}, {"area", 14}, {"n", 7}}));
  EXPECT_EQ(derived({}, {}, 0, dims), "");
  EXPECT_EQ(dims, (std::map<std::string, int64_t>{{"total", 0}, {"longest", 0}, {"area", 0}, {"n", 0}}));
}

TEST(DerivedDims, RefuseLengthsThatAreNone) {
  std::map<std::string, int64_t> dims;
  EXPECT_EQ(derived({2, -1}, {1, 1}, 0, dims), "len[1] is -1, but a length is at least 0");
  EXPECT_EQ(derived({2}, {1}, -4, dims), "count is -4, but a length is at least 0");
  EXPECT_EQ(derived({2, 3}, {1}, 0, dims), "`len` and `width` have different shapes");
  EXPECT_EQ(derived({2147483647, 1}, {1, 1}, 0, dims), "the lengths len make more than 2147483647 elements");
}

TEST(DerivedDims, ArePrintedAndReadBack) {
  const Function function = read_valid(rows);
  ASSERT_EQ(function.derived.size(), 4u);
  EXPECT_EQ(function.derived[2].inputs, (std::vector<uint32_t>{0, 1}));
  const std::string text = print(function);
  EXPECT_NE(text.find("derive area = total 0, 1\n"), std::string::npos) << text;
  EXPECT_EQ(print(read_valid(text)), text);
}

TEST(DerivedDims, AreKnownToTheInterpreter) {
  const auto result =
      interpret(read_valid(rows), {{"B", 2}},
                {integers({2}, {1, 2}), integers({2}, {0, 0}), integers({}, {1}), floats({3}, {4, 5, 6})});
  const auto* outputs = std::get_if<std::vector<Tensor>>(&result);
  ASSERT_NE(outputs, nullptr);
  EXPECT_EQ(elements_of((*outputs)[0]), (std::vector<double>{4, 5, 6, 0, 0}));
  EXPECT_TRUE(std::holds_alternative<RuntimeFailure>(
      interpret(read_valid(rows), {{"B", 2}},
                {integers({2}, {1, 1}), integers({2}, {0, 0}), integers({}, {1}), floats({3}, {4, 5, 6})})));
}

}  // namespace
}  // namespace kiln::graph
