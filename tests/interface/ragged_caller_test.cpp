// Ragged batches as an application hands them over; docs/language.md shows parts of this file.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "bags.hpp"

namespace {

std::string why(const kiln::expected<void>& failed) { return failed ? "" : failed.why().message; }

TEST(RaggedCaller, HandsOverABatchAsItLies) {
  // As Arrow lists, CSR matrices and embedding bags lie: three bags, of 3, 0 and 4 words.
  std::vector<std::int32_t> words = {17, 4, 256, 3, 3, 999, 17};
  std::vector<std::int64_t> offsets = {0, 3, 3, 7};
  kiln::ragged<const std::int32_t> batch(words.data(), offsets);

  bags::context context;
  bags::Classifier model(context, /*seed*/ 1);
  bags::Optimizer optimizer(context, 2);
  std::vector<std::int32_t> labels = {0, 1, 2};
  for (int step = 0; step < 50; ++step)
    bags::train_step(context, model, optimizer, batch.lengths(), batch, labels, 0.05f);

  std::vector<float> memory(words.size());
  kiln::ragged<float> shares(memory.data(), offsets);  // a result has rows like its argument
  bags::classify(context, model, batch.lengths(), batch, labels, shares);
  for (float share : shares[2]) std::printf("%.2f ", share);  // of the 4 words of the last bag

  EXPECT_EQ(labels, (std::vector<std::int32_t>{0, 1, 2}));
  for (const std::int64_t row : {0, 2}) {
    float sum = 0;
    for (const float share : shares[row]) sum += share;
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_EQ(shares[row].size(), batch.length(row));
  }
  EXPECT_EQ(shares[1].size(), 0);
}

TEST(RaggedCaller, TakesLengthsOrOffsetsOfBothWidths) {
  bags::context context;
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::vector<std::int32_t> lengths = {1, 0, 4}, narrow = {0, 1, 1, 5};
  const std::vector<std::int64_t> wide = {7, 8, 8, 12};  // may begin anywhere
  std::vector<float> y(10), total(3);
  const std::vector<float> totals = {3, 0, 52};
  for (const kiln::lengths& given : {kiln::lengths(lengths), kiln::lengths(lengths.data(), {3}),
                                     kiln::lengths::of_offsets(narrow), kiln::lengths::of_offsets(wide)}) {
    EXPECT_EQ(given.row_count(), 3);
    y.assign(10, 0);
    total.assign(3, 0);
    bags::twice(context, given, {x, {5, 2}}, {y, {5, 2}}, total);
    EXPECT_EQ(total, totals);
    EXPECT_EQ(y.back(), 20);
  }
  const bags::twice_plan plan(context, 3, 2, 5, 4);
  const std::int64_t bytes = plan.workspace_bytes();
  std::unique_ptr<void, void (*)(void*)> workspace(
      std::aligned_alloc(64, static_cast<std::size_t>(bytes + 63) / 64 * 64), std::free);
  total.assign(3, 0);
  plan.run(context, kiln::lengths::of_offsets(wide), {x, {5, 2}}, {y, {5, 2}}, total, workspace.get(), bytes);
  EXPECT_EQ(total, totals);
  const std::vector<std::int64_t> none = {0};
  bags::twice(context, kiln::lengths::of_offsets(none), {x.data(), {0, 2}}, {y.data(), {0, 2}},
              {total.data(), {0}});
  const std::vector<std::int32_t> height = {2, 1};
  const std::vector<std::int64_t> width = {0, 2, 5};
  std::vector<float> area(2);
  bags::areas(context, height, kiln::lengths::of_offsets(width), {x.data(), {7}}, area);
  EXPECT_EQ(area, (std::vector<float>{10, 18}));
}

TEST(RaggedCaller, SeesRowsOfASlice) {
  std::vector<float> values = {0, 0, 1, 2, 3, 4, 5, 6, 0, 0};
  const std::vector<std::int32_t> offsets = {1, 2,
                                             4};  // a slice of an Arrow array: its first row is not first
  const kiln::ragged<float> rows(values.data(), offsets, {2});
  EXPECT_EQ(rows.row_count(), 2);
  EXPECT_EQ(rows.packed().data(), values.data() + 2);
  EXPECT_EQ(rows.packed().extent(0), 3);
  EXPECT_EQ(rows[1].extent(0), 2);
  EXPECT_EQ(rows[1].extent(1), 2);
  EXPECT_EQ(rows[1][3], 6);
  EXPECT_EQ(rows.at(1).data(), values.data() + 4);
  EXPECT_THROW(rows.at(2), kiln::error);
  EXPECT_THROW(rows.at(-1), kiln::error);
  bags::context context;
  std::vector<float> memory(10), total(2);
  const kiln::ragged<float> doubled(memory.data(), offsets, {2});
  bags::twice(context, rows.lengths(), rows, doubled, total);
  EXPECT_EQ(total, (std::vector<float>{3, 18}));
  EXPECT_EQ(memory, (std::vector<float>{0, 0, 2, 4, 6, 8, 10, 12, 0, 0}));
}

TEST(RaggedCaller, SaysWhatIsWrongWithOffsets) {
  bags::context context;
  const std::vector<float> x(10);
  std::vector<float> y(10, -1), total(3, -1);
  const auto twice = [&](const kiln::lengths& given, std::int64_t places) {
    return why(bags::try_twice(context, given, {x.data(), {places, 2}}, {y.data(), {places, 2}}, total));
  };
  const auto of = [](const auto& offsets) { return kiln::lengths::of_offsets(offsets); };
  const std::vector<std::int64_t> falling = {0, 3, 2, 5}, short_of = {0, 5, 5}, empty,
                                  vast = {0, std::int64_t{1} << 33, std::int64_t{1} << 34,
                                          std::int64_t{1} << 35},
                                  wrapping = {std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max(), 0, 0};
  const std::vector<std::int32_t> fitting = {0, 1, 2, 5};
  EXPECT_EQ(twice(of(falling), 5), "twice: len[2] is less than [1], but offsets never fall");
  EXPECT_EQ(twice(of(wrapping), 5), "twice: len[1] is less than [0], but offsets never fall");
  EXPECT_EQ(twice(of(vast), 5), "twice: len: row 0 is longer than 2147483647");
  EXPECT_EQ(twice(of(empty), 5),
            "twice: len: expected offsets, i32 or i64 of rank 1, one more than there are rows, got i64[0]");
  EXPECT_EQ(twice(of(fitting), 4),
            "twice: x: expected f32[len_total, D] with D = 2, len_total = 5 (from len), got f32[4, 2]");
  EXPECT_EQ(twice(of(short_of), 5), "twice: total: expected f32[B] with B = 2 (from len), got f32[3]");
  EXPECT_EQ(total, std::vector<float>(3, -1));
  const kiln::lengths lengths(fitting);
  const kiln::view<const float> rows(x, {5, 2});
  const kiln::view<float> doubles(y, {5, 2}), sums_of_rows(total);
  kiln_tensor len = lengths.c(), packed = rows.c();
  const kiln_tensor doubled = doubles.c(), sums = sums_of_rows.c();
  const auto called = [&] {
    const kiln_status status = bags_twice(context.c(), &len, &packed, &doubled, &sums);
    EXPECT_EQ(status, KILN_INVALID_ARGUMENT);
    return std::string(bags_context_message(context.c()));
  };
  packed.form = KILN_OFFSETS;
  EXPECT_EQ(called(),
            "twice: x: kiln_tensor.form is 1, expected 0: only lengths of rows that the call reads may be "
            "offsets (KILN_OFFSETS)");
  packed.form = KILN_LENGTHS;
  len.form = 7;
  EXPECT_EQ(called(),
            "twice: len: kiln_tensor.form is 7, expected 0: only lengths of rows that the call reads may "
            "be offsets (KILN_OFFSETS)");
  len.form = KILN_OFFSETS;
  len.data = nullptr;
  EXPECT_EQ(called(), "twice: len: the data is null, expected 16 bytes");
  const std::vector<std::int32_t> first = {-1, 3};
  const std::vector<std::int64_t> nothing;
  EXPECT_THROW(kiln::ragged<float>(y.data(), falling), kiln::error);
  EXPECT_THROW(kiln::ragged<float>(y.data(), first), kiln::error);
  EXPECT_THROW(kiln::ragged<float>(y.data(), nothing), kiln::error);
}

}  // namespace
